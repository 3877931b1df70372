-- Every measure of every run, so that a drift is seen; a run of the same moment replaces its own.
with

scores as (

    {%- for measure in ['validity_rate', 'duplicate_rate', 'late_rate', 'freshness_hours'] %}
    {{ 'union all' if not loop.first }}
    select
        cast('source' as varchar) as subject_type,
        source_name || '.' || source_table as subject_name,
        source_name as budget_name,
        cast('{{ measure }}' as varchar) as measure_name,
        -- what landed: of a broken table little is used, and that little must not hide it
        row_count + invalid_count as row_count,
        {{ measure }} as measure_value
    from {{ ref('source_quality') }}
    {%- endfor %}

    {%- for measure in ['completeness_rate', 'validity_rate', 'conflict_rate'] %}

    union all

    select
        cast('attribute' as varchar) as subject_type,
        attribute_name as subject_name,
        attribute_name as budget_name,
        cast('{{ measure }}' as varchar) as measure_name,
        profile_count as row_count,
        {{ measure }} as measure_value
    from {{ ref('attribute_quality') }}
    {%- endfor %}

    {%- for measure in [
        'completeness_rate', 'validity_rate', 'duplicate_rate', 'late_rate', 'freshness_hours',
    ] %}

    union all

    select
        cast('source_attribute' as varchar) as subject_type,
        source_name || '.' || source_table || '.' || attribute_name as subject_name,
        attribute_name as budget_name,
        cast('{{ measure }}' as varchar) as measure_name,
        record_count as row_count,
        {{ measure }} as measure_value
    from {{ ref('attribute_source_quality') }}
    {%- endfor %}

),

budgets as (

    select * from {{ ref('quality_budgets') }}

),

-- a budget of a name goes before the one of all names
chosen as (

    select
        scores.subject_type,
        scores.subject_name,
        scores.measure_name,
        scores.row_count,
        scores.measure_value,
        budgets.min_value,
        budgets.max_value,
        budgets.min_row_count,
        budgets.max_change,
        budgets.owner_name,
        row_number() over (
            partition by scores.subject_type, scores.subject_name, scores.measure_name
            order by case when budgets.budget_name = scores.budget_name then 0 else 1 end asc
        ) as choice_number
    from scores
    left join budgets
        on
            scores.subject_type = budgets.subject_type
            and scores.measure_name = budgets.measure_name
            and budgets.budget_name in (scores.budget_name, 'any')
    where scores.measure_value is not null

),

{% if is_incremental() -%}
earlier as (

    select
        subject_type,
        subject_name,
        measure_name,
        measure_value,
        row_number() over (
            partition by subject_type, subject_name, measure_name
            order by scored_at desc
        ) as recency
    from {{ this }}
    where scored_at < {{ cdp.as_of() }}

),
{% else -%}
earlier as (

    select
        subject_type,
        subject_name,
        measure_name,
        measure_value,
        1 as recency
    from chosen
    where 1 = 0

),
{% endif %}

compared as (

    select
        chosen.*,
        earlier.measure_value as previous_value,
        chosen.measure_value - earlier.measure_value as change_value
    from chosen
    left join earlier
        on
            chosen.subject_type = earlier.subject_type
            and chosen.subject_name = earlier.subject_name
            and chosen.measure_name = earlier.measure_name
            and earlier.recency = 1
    where chosen.choice_number = 1

),

final as (

    select
        subject_type,
        cast(subject_name as varchar) as subject_name,
        measure_name,
        cast(owner_name as varchar) as owner_name,
        cast(row_count as bigint) as row_count,
        cast(measure_value as numeric(18, 2)) as measure_value,
        cast(previous_value as numeric(18, 2)) as previous_value,
        cast(change_value as numeric(18, 2)) as change_value,
        cast(min_value as numeric(18, 2)) as min_value,
        cast(max_value as numeric(18, 2)) as max_value,
        not coalesce(
            row_count >= min_row_count
            and (measure_value < min_value or measure_value > max_value),
            false
        ) as is_within_budget,
        coalesce(
            row_count >= min_row_count
            and abs(change_value) > max_change,
            false
        ) as is_drifting,
        {{ cdp.as_of() }} as scored_at
    from compared

)

select * from final
