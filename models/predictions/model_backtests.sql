with

registered as (

    {{ cdp.ledger_table('model_backtest', 'prediction_registry') }}

),

final as (

    select
        model_name,
        version_number,
        cutoff_date,
        scorer_name,
        row_count,
        positive_count,
        cast(metric as numeric(18, 6)) as metric
    from registered

)

select * from final
