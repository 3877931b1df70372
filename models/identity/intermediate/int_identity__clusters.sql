-- The cluster of every identifier that has a usable shape. A refused identifier stands alone: what
-- is known under a shared device or address belongs to nobody known.
with

identifiers as (

    select * from {{ ref('int_identity__identifiers_judged') }}

),

rules as (

    select * from {{ ref('identifier_rules') }}

),

components as (

    select * from {{ ref('int_identity__components') }}

),

limited as (

    select * from {{ ref('int_identity__clusters_limited') }}

),

final as (

    select
        identifiers.identifier_key,
        identifiers.identifier_id,
        identifiers.first_observed_at,
        rules.priority,
        coalesce(limited.cluster_id, components.component_id, identifiers.identifier_id)
            as cluster_id
    from identifiers
    inner join rules on identifiers.identifier_type = rules.identifier_type
    left join components on identifiers.identifier_id = components.node_id
    left join limited on identifiers.identifier_id = limited.node_id

)

select * from final
