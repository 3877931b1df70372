with

fed as (

    {{ cdp.union_feeds('leads', derived=['identifier_key']) }}

),

keyed as (

    {{ cdp.with_identifier_key('fed') }}

),

final as (

    select
        source_name,
        source_table,
        record_key,
        lead_id,
        identifier_type,
        identifier_value,
        country_code,
        identifier_key,
        status_name,
        created_at,
        converted_at,
        received_at
    from keyed

)

select * from final
