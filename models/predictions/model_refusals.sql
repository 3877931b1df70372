with

registered as (

    {{ cdp.ledger_table('model_refusal', 'prediction_registry') }}

),

final as (

    select
        model_name,
        trained_as_of,
        reason_code,
        reason_text
    from registered

)

select * from final
