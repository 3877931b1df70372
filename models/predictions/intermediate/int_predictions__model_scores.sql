with

features as (

    select * from {{ ref('int_predictions__features') }}
    where days_before = 0

),

final as (

    {{ cdp.champion_scores('features') }}

)

select * from final
