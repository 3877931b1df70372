-- Two ends of a link are one profile, unless the link was dropped and logged as a conflict.
select edges.edge_key
from {{ ref('identity_edges') }} as edges
inner join {{ ref('identity_map') }} as one_end
    on edges.identifier_key = one_end.identifier_key
inner join {{ ref('identity_map') }} as other_end
    on edges.linked_identifier_key = other_end.identifier_key
left join {{ ref('identity_conflicts') }} as conflicts
    on edges.edge_key = conflicts.edge_key and conflicts.is_dropped
where
    one_end.profile_id <> other_end.profile_id
    and conflicts.edge_key is null
