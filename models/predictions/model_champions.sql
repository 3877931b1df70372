with

decisions as (

    {{ cdp.ledger_table('model_promotion', 'prediction_registry') }}

),

ranked as (

    select
        *,
        row_number() over (partition by model_name order by decision_number desc) as place
    from decisions

),

final as (

    select
        model_name,
        version_number,
        decided_by,
        reason_text,
        decided_as_of
    from ranked
    where place = 1 and version_number > 0

)

select * from final
