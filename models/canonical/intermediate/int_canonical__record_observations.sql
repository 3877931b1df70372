-- What tables other than streams say can change: their observations are made anew.
with

fed as (

    {{ cdp.union_feeds('identifier_observations', derived=[
        'identifier_key', 'identifier_namespace', 'identifier_normalised',
    ]) }}

),

records as (

    select * from fed
    where not ({{ cdp.is_streamed() }})

),

keyed as (

    {{ cdp.with_identifier_key('records', normalised=true) }}

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
