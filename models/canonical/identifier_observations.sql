with

fed as (

    {{ cdp.union_feeds('identifier_observations', derived=[
        'identifier_key', 'identifier_namespace', 'identifier_normalised',
    ]) }}

),

keyed as (

    {{ cdp.with_identifier_key('fed', normalised=true) }}

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
        identifier_namespace,
        identifier_normalised,
        observed_at,
        received_at
    from keyed

)

select * from final
