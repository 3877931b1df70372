with

fed as (

    {{ cdp.union_feeds('subscriptions', derived=['identifier_key']) }}

),

keyed as (

    {{ cdp.with_identifier_key('fed') }}

),

final as (

    select
        source_name,
        source_table,
        record_key,
        subscription_id,
        identifier_type,
        identifier_value,
        country_code,
        identifier_key,
        plan_name,
        status_code,
        interval_code,
        currency_code,
        period_amount,
        is_cancelling,
        started_at,
        trial_ends_at,
        period_ends_at,
        cancelled_at,
        ended_at,
        received_at
    from keyed

)

select * from final
