with

fed as (

    {{ cdp.union_feeds('identifier_observations', derived=['identifier_key']) }}

),

keyed as (

    {{ cdp.with_identifier_key('fed') }}

),

final as (

    select
        source_name,
        source_table,
        record_key,
        identifier_type,
        identifier_value,
        country_code,
        identifier_key,
        observed_at,
        received_at
    from keyed

)

select * from final
