with

champions as (

    select * from {{ ref('model_champions') }}

),

versions as (

    select * from {{ ref('model_versions') }}

),

refusals as (

    select * from {{ ref('model_refusals') }}

),

drift as (

    select * from {{ ref('model_drift') }}

),

trainings as (

    select
        model_name,
        trained_as_of
    from versions
    union all
    select
        model_name,
        trained_as_of
    from refusals

),

-- A weekly training that promotes nothing has looked all the same.
last_trained as (

    select
        model_name,
        max(trained_as_of) as trained_as_of
    from trainings
    group by model_name

),

drifted as (

    select
        model_name,
        sum(case when is_shifted and feature_name <> 'score' then 1 else 0 end)
            as shifted_feature_count,
        max(case when feature_name = 'score' then stability_index end) as score_stability_index,
        max(case when feature_name = 'score' and is_shifted then 1 else 0 end) as is_score_shifted
    from drift
    group by model_name

),

final as (

    select
        champions.model_name,
        champions.version_number,
        versions.calibration_error,
        drifted.score_stability_index,
        cast(coalesce(drifted.shifted_feature_count, 0) as integer) as shifted_feature_count,
        last_trained.trained_as_of
        >= {{ cdp.days_ago('model_fresh_within_days') }} as is_fresh,
        coalesce(drifted.is_score_shifted, 0) = 0 as is_steady,
        coalesce(versions.calibration_error <= {{ var('calibration_error_max') }}, true)
            as is_calibrated,
        last_trained.trained_as_of as last_trained_as_of
    from champions
    inner join versions
        on
            champions.model_name = versions.model_name
            and champions.version_number = versions.version_number
    inner join last_trained on champions.model_name = last_trained.model_name
    left join drifted on champions.model_name = drifted.model_name

)

select * from final
