with

models as (

    select * from {{ ref('prediction_models') }}
    where entity_code = 'account'

),

features as (

    select * from {{ ref('int_predictions__account_features') }}
    where days_before = 0

),

-- Rounded before anything is ranked: engines differ in the last bits of an exponential.
model_scores as (

    select
        model_name,
        version_number,
        account_id,
        cast(raw_score as numeric(18, 6)) as score
    from {{ ref('int_predictions__account_model_scores') }}

),

eligible as (

    select
        models.model_name,
        models.horizon_days,
        features.account_id,
        features.cutoff_date,
        model_scores.version_number,
        model_scores.score,
        case when model_scores.account_id is null then 'rule' else 'model' end as method_code,
        coalesce(
            cast(model_scores.score as double precision),
            {{ cdp.rule_value('models', 'features', 'account') }}
        ) as ranked_by
    from features
    inner join models on {{ cdp.is_eligible('models', 'features', 'account') }}
    left join model_scores
        on
            features.account_id = model_scores.account_id
            and models.model_name = model_scores.model_name

),

ranked as (

    select
        *,
        cume_dist() over (partition by model_name order by ranked_by) as rank_share
    from eligible

),

final as (

    select
        account_id,
        model_name,
        cast(method_code as varchar) as method_code,
        version_number,
        {{ cdp.score_band('rank_share') }} as band_code,
        cast(horizon_days as integer) as horizon_days,
        score,
        cast(rank_share as numeric(18, 6)) as rank_share,
        cutoff_date as scored_on
    from ranked

)

select * from final
