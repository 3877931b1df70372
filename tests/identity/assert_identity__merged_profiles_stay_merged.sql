-- Whoever follows a merge from the profile that ended finds the one that lives on.
select ended.from_profile_id
from {{ ref('identity_merges') }} as ended
inner join {{ ref('identity_map') }} as identity_map
    on ended.from_profile_id = identity_map.profile_id
group by ended.from_profile_id
