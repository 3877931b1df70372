with

features as (

    select * from {{ ref('int_predictions__account_features') }}
    where days_before = 0

),

final as (

    {{ cdp.champion_scores('features', 'account', 'account_id') }}

)

select * from final
