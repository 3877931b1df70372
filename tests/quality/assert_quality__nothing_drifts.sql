-- A warning, since a jump may be a campaign or a new source: the max_change of
-- seeds/rules/quality_budgets.csv between this run and the one before, with who looks into it.
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
