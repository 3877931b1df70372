-- The budgets of seeds/rules/quality_budgets.csv: a measure of the latest run that is outside, with
-- enough rows behind it to mean something, is shown with its owner.
select
    subject_type,
    subject_name,
    measure_name,
    measure_value,
    min_value,
    max_value,
    owner_name
from {{ ref('quality_scores') }}
where
    not is_within_budget
    and scored_at = {{ cdp.as_of() }}
