-- No profile has more values of a type than its rule allows.
select
    identity_map.profile_id,
    identity_map.identifier_type,
    count(*) as identifier_count
from {{ ref('identity_map') }} as identity_map
inner join {{ ref('identifier_rules') }} as rules
    on identity_map.identifier_type = rules.identifier_type
group by identity_map.profile_id, identity_map.identifier_type, rules.max_per_profile
having count(*) > max(rules.max_per_profile)
