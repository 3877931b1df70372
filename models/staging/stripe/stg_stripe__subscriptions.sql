with

landed as (

    {{ cdp.landed('stripe', 'subscription') }}

),

final as (

    select
        landed.id as subscription_id,
        nullif(landed.customer_id, '') as source_customer_id,
        lower(landed.status) as status,
        coalesce(landed.cancel_at_period_end, false) as is_cancelling,
        coalesce(landed.livemode, true) as is_live,
        coalesce(landed.start_date, landed.created) as started_at,
        landed.trial_end as trial_ends_at,
        landed.current_period_end as period_ends_at,
        landed.canceled_at as cancelled_at,
        landed.ended_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
