{#-
    What the account's marketing box says now. A box that says yes without saying since when dates
    from the account's opening: `updated_at` moves with every order, and a grant dated later than it
    was given would lift an unsubscribe. A no without a date counts from the last change.
-#}
with

customers as (

    select * from {{ ref('stg_shopify__customers') }}

),

-- The newer layout tells who was never asked (not_subscribed) or has not confirmed yet (pending)
-- from who said no; those two state nothing.
stated as (

    select
        customers.*,
        case
            when customers.marketing_state = 'subscribed' then 'granted'
            when customers.marketing_state in ('unsubscribed', 'redacted') then 'denied'
            when customers.marketing_state is not null then null
            when customers.is_marketing_accepted then 'granted'
            when not customers.is_marketing_accepted then 'denied'
        end as status_code
    from customers

),

dated as (

    select
        stated.*,
        coalesce(
            stated.marketing_stated_at,
            case
                when stated.status_code = 'granted' then stated.created_at
                else stated.updated_at
            end
        ) as said_at
    from stated

),

statements as (

    {{ cdp.statements_heeded(
        'dated',
        refusal="(status_code = 'denied' and source_customer_id is not null)",
        clock='said_at'
    ) }}

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
        stated_at as occurred_at,
        received_at
    from statements
    where status_code is not null

)

select * from final
