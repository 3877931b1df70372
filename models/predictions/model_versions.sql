with

registered as (

    {{ cdp.ledger_table('model_version', 'prediction_registry') }}

),

final as (

    select
        model_name,
        version_number,
        algorithm_code,
        trained_as_of,
        first_cutoff_date,
        last_cutoff_date,
        row_count,
        positive_count,
        parameters_json,
        scoring_sql_hash,
        cast(model_metric as numeric(18, 6)) as model_metric,
        cast(rule_metric as numeric(18, 6)) as rule_metric,
        cast(gain_low as numeric(18, 6)) as gain_low,
        cast(gain_high as numeric(18, 6)) as gain_high,
        cast(calibration_error as numeric(18, 6)) as calibration_error,
        status_code,
        reason_code
    from registered

)

select * from final
