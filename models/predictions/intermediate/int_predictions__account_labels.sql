-- Whether a company without open or won opportunity had won one by the end of the horizon.
with

models as (

    select * from {{ ref('prediction_models') }}
    where algorithm_code = 'classifier' and entity_code = 'account'

),

features as (

    select * from {{ ref('int_predictions__account_features') }}

),

wins as (

    select
        account_id,
        coalesce(closes_on, cast(created_at as date)) as won_on
    from {{ ref('opportunities') }}
    where is_won and created_at <= {{ cdp.as_of() }}

),

final as (

    select
        models.model_name,
        features.account_id,
        features.days_before,
        features.cutoff_date,
        max(case when wins.account_id is null then 0 else 1 end) as outcome
    from features
    inner join models
        on
            features.days_before >= models.horizon_days
            and {{ cdp.is_eligible('models', 'features', 'account') }}
    left join wins
        on
            features.account_id = wins.account_id
            and models.label_code = 'opportunity_won'
            and features.cutoff_date <= wins.won_on
            and features.cutoff_date + cast(models.horizon_days as integer) > wins.won_on
    group by
        models.model_name,
        features.account_id,
        features.days_before,
        features.cutoff_date

)

select * from final
