with

models as (

    select * from {{ ref('prediction_models') }}
    where entity_code = 'person'

),

features as (

    select * from {{ ref('int_predictions__features') }}
    where days_before = 0

),

lifetimes as (

    select * from {{ ref('int_predictions__lifetimes') }}

),

-- Rounded before anything is ranked: engines differ in the last bits of an exponential.
model_scores as (

    select
        model_name,
        version_number,
        profile_id,
        cast(raw_score as numeric(18, 6)) as score
    from {{ ref('int_predictions__model_scores') }}
    where model_name <> 'lifetime_value_365_days' -- int_predictions__lifetimes has taken them in
    union all
    select
        'lifetime_value_365_days' as model_name,
        version_number,
        profile_id,
        cast(expected_spend_amount as numeric(18, 6)) as score
    from lifetimes
    union all
    select
        'order_count_365_days' as model_name,
        version_number,
        profile_id,
        cast(expected_order_count as numeric(18, 6)) as score
    from lifetimes
    union all
    select
        'still_customer' as model_name,
        version_number,
        profile_id,
        cast(alive_score as numeric(18, 6)) as score
    from lifetimes

),

eligible as (

    select
        models.model_name,
        models.horizon_days,
        features.profile_id,
        features.cutoff_date,
        model_scores.version_number,
        model_scores.score,
        case when model_scores.profile_id is null then 'rule' else 'model' end as method_code,
        coalesce(
            cast(model_scores.score as double precision), {{ cdp.rule_value('models', 'features') }}
        ) as ranked_by
    from features
    inner join models on {{ cdp.is_eligible('models', 'features') }}
    left join model_scores
        on
            features.profile_id = model_scores.profile_id
            and models.model_name = model_scores.model_name

),

ranked as (

    select
        *,
        cume_dist() over (partition by model_name order by ranked_by) as rank_share
    from eligible

),

tenths as (

    {{ cdp.ledger_table('model_calibration', 'prediction_registry') }}

),

tenth_ranges as (

    select
        model_name,
        version_number,
        case when bin_number > 1 then lower_bound end as lower_bound,
        lead(lower_bound) over (
            partition by model_name, version_number
            order by bin_number
        ) as upper_bound,
        observed_low / nullif(predicted_mean, 0) as low_ratio,
        observed_high / nullif(predicted_mean, 0) as high_ratio
    from tenths

),

final as (

    select
        ranked.profile_id,
        ranked.model_name,
        cast(ranked.method_code as varchar) as method_code,
        ranked.version_number,
        {{ cdp.score_band('ranked.rank_share') }} as band_code,
        cast(ranked.horizon_days as integer) as horizon_days,
        ranked.score,
        cast(ranked.score * tenth_ranges.low_ratio as numeric(18, 2)) as score_low,
        cast(ranked.score * tenth_ranges.high_ratio as numeric(18, 2)) as score_high,
        cast(ranked.rank_share as numeric(18, 6)) as rank_share,
        ranked.cutoff_date as scored_on
    from ranked
    left join tenth_ranges
        on
            ranked.model_name = tenth_ranges.model_name
            and ranked.version_number = tenth_ranges.version_number
            and tenth_ranges.low_ratio is not null
            and ranked.score >= coalesce(tenth_ranges.lower_bound, ranked.score)
            and (tenth_ranges.upper_bound is null or ranked.score < tenth_ranges.upper_bound)

)

select * from final
