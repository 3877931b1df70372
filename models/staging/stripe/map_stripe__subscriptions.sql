with

subscriptions as (

    select * from {{ ref('stg_stripe__subscriptions') }}
    where
        quarantine_reason is null
        and is_live

),

items as (

    select * from {{ ref('stg_stripe__subscription_items') }}
    where quarantine_reason is null

),

plans as (

    select * from {{ ref('stg_stripe__plans') }}
    where quarantine_reason is null

),

-- A plan of three months states the price of three. Rounded half up on whole minor units, so that
-- every engine gets the same cent.
positions as (

    select
        items.subscription_id,
        plans.plan_name,
        plans.interval_code,
        plans.currency_code,
        cast(
            floor(
                (
                    2 * plans.price_minor_units * items.quantity
                    + coalesce(nullif(plans.interval_count, 0), 1)
                )
                / (2.0 * coalesce(nullif(plans.interval_count, 0), 1))
            ) as bigint
        ) as interval_minor_units
    from items
    left join plans on items.plan_id = plans.plan_id

),

-- A position without a known price leaves the subscription's price unknown, not smaller.
priced as (

    select
        subscription_id,
        min(plan_name) as plan_name,
        min(interval_code) as interval_code,
        min(currency_code) as currency_code,
        case
            when count(*) = count(interval_minor_units)
                then sum({{ cdp.minor_units('interval_minor_units', 'currency_code') }})
        end as period_amount
    from positions
    group by subscription_id

),

judged as (

    select
        record_key,
        subscription_id,
        source_customer_id,
        case
            when ended_at is not null then 'ended'
            when status in ('canceled', 'cancelled') then 'cancelled'
            when status in ('trialing', 'past_due', 'paused') then status
            when status in ('unpaid', 'incomplete') then 'past_due'
            when status = 'incomplete_expired' then 'ended'
            else 'active'
        end as status_code,
        is_cancelling,
        started_at,
        trial_ends_at,
        period_ends_at,
        cancelled_at,
        ended_at,
        received_at
    from subscriptions

),

final as (

    select
        'stripe' as source_name,
        'subscription' as source_table,
        judged.record_key,
        judged.subscription_id,
        case when judged.source_customer_id is not null then 'billing_customer_id' end
            as identifier_type,
        judged.source_customer_id as identifier_value,
        cast(null as varchar) as country_code,
        priced.plan_name,
        judged.status_code,
        priced.interval_code,
        priced.currency_code,
        cast(priced.period_amount as numeric(18, 2)) as period_amount,
        judged.is_cancelling and judged.status_code not in ('cancelled', 'ended') as is_cancelling,
        judged.started_at,
        judged.trial_ends_at,
        judged.period_ends_at,
        judged.cancelled_at,
        judged.ended_at,
        judged.received_at
    from judged
    left join priced on judged.subscription_id = priced.subscription_id

)

select * from final
