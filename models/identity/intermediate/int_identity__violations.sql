-- Components that break a limit: a chain of links, each harmless by itself, has joined two people.
-- A limit with a window is as many limits as it has windows that are broken.
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

tightest_window as (

    select min(max_count) as max_count
    from {{ ref('profile_limits') }}
    where window_days is not null

),

-- Nearly every identifier counts towards a limit with a window and nearly no component is that
-- large. Counting the days of all took 2 s of 3 M identifiers, of the large ones 0.4.
large as (

    select sizes.component_id
    from sizes
    inner join tightest_window on sizes.identifier_count > tightest_window.max_count

),

dated as (

    select
        components.component_id,
        limited_nodes.limit_code,
        limited_nodes.max_count,
        limited_nodes.window_days,
        limited_nodes.counted_on
    from large
    inner join components on large.component_id = components.component_id
    inner join limited_nodes on components.node_id = limited_nodes.node_id
    where limited_nodes.window_days is not null

),

windows as (

    {{ cdp.broken_windows('dated') }}

),

counted as (

    select
        components.component_id,
        limited_nodes.limit_code,
        min(limited_nodes.max_count) as max_count,
        count(*) as identifier_count
    from components
    inner join limited_nodes on components.node_id = limited_nodes.node_id
    where limited_nodes.window_days is null
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
        cast('' as varchar) as window_code,
        cast(null as date) as starts_on,
        cast(null as integer) as window_days,
        cast(identifier_count as integer) as identifier_count,
        max_count
    from counted
    where identifier_count > max_count

    union all

    select
        component_id,
        limit_code,
        cast(starts_on as varchar) as window_code,
        starts_on,
        window_days,
        identifier_count,
        max_count
    from windows

)

select * from final
