-- A type without a rule would be left out of identity without a word: name it and its source.
select
    observations.identifier_type,
    observations.source_name,
    count(*) as observation_count
from {{ ref('identifier_observations') }} as observations
left join {{ ref('identifier_rules') }} as rules
    on observations.identifier_type = rules.identifier_type
where rules.identifier_type is null
group by observations.identifier_type, observations.source_name
