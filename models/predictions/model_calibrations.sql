with

registered as (

    {{ cdp.ledger_table('model_calibration', 'prediction_registry') }}

),

final as (

    select
        model_name,
        version_number,
        bin_number,
        row_count,
        cast(lower_bound as numeric(18, 6)) as lower_bound,
        cast(predicted_mean as numeric(18, 6)) as predicted_mean,
        cast(observed_mean as numeric(18, 6)) as observed_mean,
        cast(observed_low as numeric(18, 6)) as observed_low,
        cast(observed_high as numeric(18, 6)) as observed_high
    from registered

)

select * from final
