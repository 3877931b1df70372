-- The budgets of subject identity in seeds/rules/quality_budgets.csv: a measure against the truth
-- that is outside, with its owner. Where no truth has landed there is nothing to hold them against.
select
    quality.measure_name,
    quality.dimension_code,
    quality.measure_value,
    quality.subject_count,
    budgets.min_value,
    budgets.max_value,
    budgets.owner_name
from {{ ref('identity_quality') }} as quality
inner join {{ ref('quality_budgets') }} as budgets
    on
        quality.measure_name = budgets.measure_name
        and quality.subject_count >= budgets.min_row_count
        and budgets.budget_name in ('any', quality.dimension_code)
where
    budgets.subject_type = 'identity'
    and quality.measure_value not between budgets.min_value and budgets.max_value
