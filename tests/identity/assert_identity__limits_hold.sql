-- No profile has more identifiers than its limits allow, unless a person linked two of them.
with

limits as (

    select * from {{ ref('profile_limits') }}

),

members as (

    select
        identity_map.profile_id as component_id,
        limits.limit_code,
        limits.max_count,
        limits.window_days,
        cast(identity_map.first_observed_at as date) as counted_on
    from {{ ref('identity_map') }} as identity_map
    inner join limits
        on identity_map.identifier_type = limits.limit_code or limits.limit_code = 'any'

),

manual as (

    select identity_map.profile_id
    from {{ ref('identity_edges') }} as edges
    inner join {{ ref('identity_map') }} as identity_map
        on edges.identifier_key = identity_map.identifier_key
    where edges.is_manual

),

exceeded as (

    select
        component_id,
        limit_code,
        count(*) as identifier_count
    from members
    where window_days is null
    group by component_id, limit_code
    having count(*) > max(max_count)

    union all

    select
        component_id,
        limit_code,
        identifier_count
    from ({{ cdp.broken_windows('members') }}) as windows

)

select
    exceeded.component_id as profile_id,
    exceeded.limit_code,
    exceeded.identifier_count
from exceeded
left join manual on exceeded.component_id = manual.profile_id
where manual.profile_id is null
