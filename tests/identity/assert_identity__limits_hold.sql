-- No profile has more identifiers than its limits allow, unless a person linked two of them.
with

manual as (

    select identity_map.profile_id
    from {{ ref('identity_edges') }} as edges
    inner join {{ ref('identity_map') }} as identity_map
        on edges.identifier_key = identity_map.identifier_key
    where edges.is_manual

)

select
    identity_map.profile_id,
    limits.limit_code,
    count(*) as identifier_count
from {{ ref('identity_map') }} as identity_map
inner join {{ ref('profile_limits') }} as limits
    on identity_map.identifier_type = limits.limit_code or limits.limit_code = 'any'
left join manual on identity_map.profile_id = manual.profile_id
where manual.profile_id is null
group by identity_map.profile_id, limits.limit_code
having count(*) > max(limits.max_count)
