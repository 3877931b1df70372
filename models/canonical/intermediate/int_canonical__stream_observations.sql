-- Streams only grow, and their observations are most of all: they are kept, with their keys. A run
-- takes the landing days from the last one on, wholly, as the maps do, so that it equals a rebuild.
with

fed as (

    {{ cdp.union_feeds('identifier_observations', derived=[
        'identifier_key', 'identifier_namespace', 'identifier_normalised',
    ]) }}

),

arrived as (

    select * from fed
    where
        ({{ cdp.is_streamed() }})
        and (
            {%- for source_name, source_table in cdp.streamed_tables() %}
            {%- set rows = "source_name = '" ~ source_name ~ "' and source_table = '" ~ source_table ~ "'" %}
            {{ 'or ' if not loop.first }}(
                {{ rows }}
                and received_at >= cast({{ cdp.read_from(rows) }} as date)
            )
            {%- else %}
            1 = 0
            {%- endfor %}
        )

),

keyed as (

    {{ cdp.with_identifier_key('arrived', normalised=true) }}

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
