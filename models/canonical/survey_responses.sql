with

fed as (

    {{ cdp.union_feeds('survey_responses', derived=['identifier_key']) }}

),

keyed as (

    {{ cdp.with_identifier_key('fed') }}

),

final as (

    select
        source_name,
        source_table,
        record_key,
        response_id,
        identifier_type,
        identifier_value,
        country_code,
        identifier_key,
        survey_type,
        score,
        product_id,
        comment_text,
        responded_at,
        received_at
    from keyed

)

select * from final
