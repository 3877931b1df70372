-- Components that break a limit: a chain of links, each harmless by itself, has joined two people.
with

components as (

    select * from {{ ref('int_identity__components') }}

),

limited_nodes as (

    select * from {{ ref('int_identity__limited_nodes') }}

),

size_limit as (

    select max_count
    from {{ ref('profile_limits') }}
    where limit_code = 'any'

),

sizes as (

    select
        component_id,
        count(*) as identifier_count
    from components
    group by component_id

),

counted as (

    select
        components.component_id,
        limited_nodes.limit_code,
        min(limited_nodes.max_count) as max_count,
        count(*) as identifier_count
    from components
    inner join limited_nodes on components.node_id = limited_nodes.node_id
    group by components.component_id, limited_nodes.limit_code

    union all

    select
        sizes.component_id,
        cast('any' as varchar) as limit_code,
        size_limit.max_count,
        sizes.identifier_count
    from sizes
    -- One row: the limit of the size.
    cross join size_limit

),

final as (

    select
        component_id,
        limit_code,
        cast(identifier_count as integer) as identifier_count,
        max_count
    from counted
    where identifier_count > max_count

)

select * from final
