-- Long, because what is counted, averaged and compared are three steps of the same rows. A rate's
-- interval adds one success and one failure to either arm (Agresti and Caffo 2000): with few
-- outcomes the plain one is too narrow. Spend has the plain one of two means.
with

outcomes as (

    select * from {{ ref('int_predictions__experiment_outcomes') }}

),

-- All syncs together, by the draws that were not of one sync: each person once, from the first time
-- on. Who was held out of one purpose and not of another is in neither arm.
people as (

    select
        *,
        row_number() over (
            partition by model_name, profile_id
            order by assigned_at, assignment_key
        ) as assignment_number,
        min(case when is_general_control then 1 else 0 end)
            over (partition by model_name, profile_id)
        = max(case when is_general_control then 1 else 0 end)
            over (partition by model_name, profile_id)
            as has_one_arm,
        max(case when is_sent then 1 else 0 end) over (partition by model_name, profile_id)
            as is_sent_anywhere
    from outcomes

),

compared as (

    select
        sync_name,
        audience_name,
        horizon_days,
        outcome,
        spend_amount,
        control_share,
        is_control,
        is_over,
        case when is_sent then 1 else 0 end as is_sent,
        assigned_at
    from outcomes
    union all
    select
        'all_syncs' as sync_name,
        'all_audiences' as audience_name,
        horizon_days,
        outcome,
        spend_amount,
        general_control_share as control_share,
        is_general_control as is_control,
        is_over,
        is_sent_anywhere as is_sent,
        assigned_at
    from people
    where assignment_number = 1 and has_one_arm and general_control_share > 0

),

measured as (

    select
        *,
        cast('ordered' as varchar) as outcome_code,
        cast(outcome as double precision) as measure_value,
        1 as added_successes,
        2 as added_people
    from compared
    union all
    select
        *,
        'spend_amount' as outcome_code,
        cast(spend_amount as double precision) as measure_value,
        0 as added_successes,
        0 as added_people
    from compared

),

arms as (

    select
        sync_name,
        audience_name,
        outcome_code,
        horizon_days,
        added_successes,
        added_people,
        sum(case when is_over then 0 else 1 end) as pending_count,
        sum(case when is_over and not is_control then 1 else 0 end) as treatment_count,
        sum(case when is_over and is_control then 1 else 0 end) as control_count,
        sum(case when is_over and not is_control then is_sent else 0 end) as sent_count,
        sum(case when is_over then control_share else 0 end) as drawn_control_count,
        sum(case when is_over then control_share * (1 - control_share) else 0 end)
            as drawn_control_variance,
        avg(case when is_over and not is_control then measure_value end) as treatment_mean,
        avg(case when is_over and is_control then measure_value end) as control_mean,
        var_samp(case when is_over and not is_control then measure_value end)
            as treatment_variance,
        var_samp(case when is_over and is_control then measure_value end) as control_variance,
        min(assigned_at) as first_assigned_at,
        max(assigned_at) as last_assigned_at
    from measured
    group by
        sync_name,
        audience_name,
        outcome_code,
        horizon_days,
        added_successes,
        added_people

),

adjusted as (

    select
        *,
        (treatment_mean * treatment_count + added_successes)
        / nullif(treatment_count + added_people, 0) as treatment_adjusted,
        (control_mean * control_count + added_successes)
        / nullif(control_count + added_people, 0) as control_adjusted,
        treatment_count < {{ var('experiment_people_min') }}
        or control_count < {{ var('experiment_people_min') }} as is_too_small,
        abs(control_count - drawn_control_count)
        <= {{ var('experiment_split_deviations') }} * sqrt(drawn_control_variance)
            as is_split_as_drawn
    from arms

),

spread as (

    select
        *,
        1.96 * sqrt(
            case
                when outcome_code = 'ordered'
                    then
                        treatment_adjusted * (1 - treatment_adjusted)
                        / (treatment_count + added_people)
                        + control_adjusted * (1 - control_adjusted)
                        / (control_count + added_people)
                else
                    treatment_variance / nullif(treatment_count, 0)
                    + control_variance / nullif(control_count, 0)
            end
        ) as half_width
    from adjusted

),

intervals as (

    select
        *,
        case
            when not is_too_small then treatment_adjusted - control_adjusted - half_width
        end as difference_low,
        case
            when not is_too_small then treatment_adjusted - control_adjusted + half_width
        end as difference_high
    from spread

),

final as (

    select
        cast(sync_name as varchar) as sync_name,
        cast(audience_name as varchar) as audience_name,
        cast(outcome_code as varchar) as outcome_code,
        cast(
            case
                when control_count + treatment_count = 0 then 'not_over'
                when is_too_small then 'too_few_people'
                when not is_split_as_drawn then 'split_not_as_drawn'
                when difference_low > 0 then 'more'
                when difference_high < 0 then 'less'
                else 'no_difference_shown'
            end as varchar
        ) as verdict_code,
        cast(horizon_days as integer) as horizon_days,
        cast(treatment_count as bigint) as treatment_count,
        cast(sent_count as bigint) as sent_count,
        cast(control_count as bigint) as control_count,
        cast(pending_count as bigint) as pending_count,
        cast(drawn_control_count as numeric(18, 2)) as drawn_control_count,
        cast(treatment_mean as numeric(18, 6)) as treatment_mean,
        cast(control_mean as numeric(18, 6)) as control_mean,
        cast(treatment_mean - control_mean as numeric(18, 6)) as difference,
        cast(difference_low as numeric(18, 6)) as difference_low,
        cast(difference_high as numeric(18, 6)) as difference_high,
        cast((treatment_mean - control_mean) * treatment_count as numeric(18, 2))
            as difference_total,
        first_assigned_at,
        last_assigned_at
    from intervals

)

select * from final
