-- The cluster of every identifier that has a usable shape. A refused identifier stands alone: what
-- is known under a shared device or address belongs to nobody known.
with

identifiers as (

    select * from {{ ref('int_identity__identifiers_judged') }}

),

ids as (

    select * from {{ ref('int_identity__identifier_ids') }}

),

components as (

    select * from {{ ref('int_identity__components') }}

),

violations as (

    select component_id
    from {{ ref('int_identity__violations') }}
    group by component_id

),

strict as (

    select * from {{ ref('int_identity__components_strict') }}

),

final as (

    select
        identifiers.identifier_key,
        identifiers.first_observed_at,
        case
            when violations.component_id is null
                then coalesce(components.component_id, ids.identifier_id)
            else coalesce(strict.component_id, ids.identifier_id)
        end as cluster_id
    from identifiers
    inner join ids on identifiers.identifier_key = ids.identifier_key
    left join components on ids.identifier_id = components.node_id
    left join violations on components.component_id = violations.component_id
    left join strict on ids.identifier_id = strict.node_id

)

select * from final
