-- The max_change of seeds/rules/quality_budgets.csv between this run and the one before, with who
-- looks into it. It fails once: the next run compares itself with the new level.
select
    subject_type,
    subject_name,
    measure_name,
    previous_value,
    measure_value,
    owner_name
from {{ ref('quality_scores') }}
where
    is_drifting
    and scored_at = {{ cdp.as_of() }}
