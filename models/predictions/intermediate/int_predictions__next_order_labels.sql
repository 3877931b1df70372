-- How many days people waited for their next order after a past cut-off: of those who ordered
-- within the horizon, since nobody knows the wait of the others.
with

models as (

    select * from {{ ref('prediction_models') }}
    where algorithm_code = 'regressor'

),

features as (

    select * from {{ ref('int_predictions__features') }}

),

orders as (

    select * from {{ ref('int_predictions__orders') }}

),

final as (

    select
        models.model_name,
        features.profile_id,
        features.days_before,
        features.cutoff_date,
        min(orders.order_date - features.cutoff_date) as outcome
    from features
    inner join models
        on
            features.days_before >= models.horizon_days
            and {{ cdp.is_eligible('models', 'features') }}
    inner join orders
        on
            features.profile_id = orders.profile_id
            and features.cutoff_date <= orders.order_date
            and features.cutoff_date + cast(models.horizon_days as integer) > orders.order_date
    group by
        models.model_name,
        features.profile_id,
        features.days_before,
        features.cutoff_date

)

select * from final
