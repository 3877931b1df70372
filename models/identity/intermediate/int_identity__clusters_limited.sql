-- The clusters inside components that break a limit. Links are replayed, best first, and those that
-- would break one are dropped. Best is: decided by a person, then the stronger class, the later
-- sighting, the stronger types.
with

edges as (

    select * from {{ ref('identity_edges') }}

),

components as (

    select * from {{ ref('int_identity__components') }}

),

limited_nodes as (

    select * from {{ ref('int_identity__limited_nodes') }}

),

violations as (

    select * from {{ ref('int_identity__violations') }}

),

rules as (

    select * from {{ ref('identifier_rules') }}

),

nodes as (

    select
        components.node_id,
        max(case when violations.limit_code = 'any' then violations.max_count end) as max_size
    from components
    inner join violations on components.component_id = violations.component_id
    group by components.node_id

),

final as (

    select
        edges.identifier_id as node_a,
        edges.linked_identifier_id as node_b,
        row_number() over (
            order by
                case when edges.is_manual then 0 else 1 end,
                {{ cdp.identity_class_rank('edges.class_code') }},
                edges.last_observed_at desc nulls last,
                low_rule.priority + high_rule.priority,
                edges.identifier_key,
                edges.linked_identifier_key
        ) as link_rank,
        edges.is_manual,
        cast(null as varchar) as limit_code,
        cast(null as integer) as max_count
    from edges
    inner join nodes on edges.identifier_id = nodes.node_id
    inner join rules as low_rule on edges.identifier_type = low_rule.identifier_type
    inner join rules as high_rule on edges.linked_identifier_type = high_rule.identifier_type

    union all

    select
        limited_nodes.node_id as node_a,
        cast(null as bigint) as node_b,
        cast(null as bigint) as link_rank,
        limited_nodes.is_manual,
        limited_nodes.limit_code,
        limited_nodes.max_count
    from limited_nodes
    inner join nodes on limited_nodes.node_id = nodes.node_id
    where limited_nodes.window_days is null

    union all

    select
        limited_nodes.node_id as node_a,
        cast(null as bigint) as node_b,
        cast(null as bigint) as link_rank,
        limited_nodes.is_manual,
        violations.limit_code || ':' || violations.window_code as limit_code,
        violations.max_count
    from violations
    inner join components on violations.component_id = components.component_id
    inner join limited_nodes
        on
            components.node_id = limited_nodes.node_id
            and {{ cdp.is_in_window('limited_nodes', 'violations') }}

    union all

    select
        node_id as node_a,
        cast(null as bigint) as node_b,
        cast(null as bigint) as link_rank,
        1 = 0 as is_manual,
        cast('any' as varchar) as limit_code,
        max_size as max_count
    from nodes
    where max_size is not null

)

select * from final
