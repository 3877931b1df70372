-- An identifier belongs to one profile at a time.
select identifier_key
from {{ ref('identity_map_history') }}
where valid_to_at is null
group by identifier_key
having count(*) > 1
