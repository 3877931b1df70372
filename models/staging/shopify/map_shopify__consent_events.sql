{#-
    What the account's marketing box says now. A box that says yes without saying since when dates
    from the account's opening: `updated_at` moves with every order, and a grant dated later than it
    was given would lift an unsubscribe. A no without a date counts from the last change.
-#}
with

customers as (

    select * from {{ ref('stg_shopify__customers') }}
    where quarantine_reason is null

),

-- The newer layout tells who was never asked (not_subscribed) or has not confirmed yet (pending)
-- from who said no; those two state nothing.
statements as (

    select
        record_key,
        source_customer_id,
        case
            when marketing_state = 'subscribed' then 'granted'
            when marketing_state in ('unsubscribed', 'redacted') then 'denied'
            when marketing_state is null and is_marketing_accepted then 'granted'
            when marketing_state is null and not is_marketing_accepted then 'denied'
        end as status_code,
        marketing_stated_at,
        created_at,
        updated_at,
        received_at
    from customers

),

final as (

    select
        'shopify' as source_name,
        'customer' as source_table,
        record_key,
        'shop_customer_id' as identifier_type,
        source_customer_id as identifier_value,
        cast(null as varchar) as country_code,
        'marketing' as purpose_code,
        'email' as channel_code,
        status_code,
        'shop account, marketing box' as basis_text,
        coalesce(
            marketing_stated_at,
            case when status_code = 'granted' then created_at else updated_at end
        ) as occurred_at,
        received_at
    from statements
    where status_code is not null

)

select * from final
