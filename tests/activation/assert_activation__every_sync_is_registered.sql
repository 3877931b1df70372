-- A line of cdp_syncs and a row of destinations.csv belong together; either without the other would
-- silently send nothing.
with

registered as (

    select cast(null as varchar) as sync_name
    where 1 = 0
    {%- for sync_name in var('cdp_syncs') %}
    union all
    select '{{ sync_name }}' as sync_name
    {%- endfor %}

),

destinations as (

    select * from {{ ref('destinations') }}

),

final as (

    select
        registered.sync_name as line_in_cdp_syncs,
        destinations.sync_name as row_in_destinations_csv
    from registered
    full outer join destinations
        on registered.sync_name = destinations.sync_name
    where
        registered.sync_name is null
        or destinations.sync_name is null
        or destinations.sync_name
        <> destinations.destination_code || '__' || destinations.object_name

)

select * from final
