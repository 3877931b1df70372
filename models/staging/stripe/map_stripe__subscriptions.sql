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

priced as (

    select
        items.subscription_id,
        min(plans.plan_name) as plan_name,
        min(plans.interval_code) as interval_code,
        min(plans.currency_code) as currency_code,
        sum(plans.price_amount * items.quantity) as period_amount
    from items
    inner join plans on items.plan_id = plans.plan_id
    group by items.subscription_id

),

final as (

    select
        'stripe' as source_name,
        'subscription' as source_table,
        subscriptions.record_key,
        subscriptions.subscription_id,
        case when subscriptions.source_customer_id is not null then 'billing_customer_id' end
            as identifier_type,
        subscriptions.source_customer_id as identifier_value,
        cast(null as varchar) as country_code,
        priced.plan_name,
        case
            when subscriptions.ended_at is not null then 'ended'
            when subscriptions.status in ('canceled', 'cancelled') then 'cancelled'
            when subscriptions.status in ('trialing', 'past_due', 'paused')
                then subscriptions.status
            when subscriptions.status in ('unpaid', 'incomplete') then 'past_due'
            when subscriptions.status = 'incomplete_expired' then 'ended'
            else 'active'
        end as status_code,
        priced.interval_code,
        priced.currency_code,
        cast(priced.period_amount as numeric(18, 2)) as period_amount,
        subscriptions.is_cancelling,
        subscriptions.started_at,
        subscriptions.trial_ends_at,
        subscriptions.period_ends_at,
        subscriptions.cancelled_at,
        subscriptions.ended_at,
        subscriptions.received_at
    from subscriptions
    left join priced on subscriptions.subscription_id = priced.subscription_id

)

select * from final
