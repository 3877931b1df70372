with

fed as (

    {{ cdp.union_feeds('opportunities', derived=['identifier_key']) }}

),

keyed as (

    {{ cdp.with_identifier_key('fed') }}

),

final as (

    select
        source_name,
        source_table,
        record_key,
        opportunity_id,
        account_id,
        identifier_type,
        identifier_value,
        country_code,
        identifier_key,
        stage_name,
        amount,
        is_closed,
        is_won,
        created_at,
        closes_on,
        received_at
    from keyed

)

select * from final
