-- The cluster of every identifier that has a usable shape. A refused identifier stands alone: what
-- is known under a shared device or address belongs to nobody known.
with

identifiers as (

    select * from {{ ref('int_identity__identifiers_judged') }}

),

ids as (

    select * from {{ ref('int_identity__identifier_ids') }}

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
        identifiers.first_observed_at,
        rules.priority,
        coalesce(limited.cluster_id, components.component_id, ids.identifier_id) as cluster_id
    from identifiers
    inner join ids on identifiers.identifier_key = ids.identifier_key
    inner join rules on identifiers.identifier_type = rules.identifier_type
    left join components on ids.identifier_id = components.node_id
    left join limited on ids.identifier_id = limited.node_id

)

select * from final
