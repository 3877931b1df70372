{#-
    What the account's marketing box says now. A box that says yes without saying since when dates
    from the account's opening: `updated_at` moves with every order, and a grant dated later than it
    was given would lift an unsubscribe. A no without a date counts from the last change. A no outlives
    its account: once that is deleted, the no is one of the address too, whose link went with it, until
    another account with the address says yes.
-#}
with

customers as (

    select * from {{ ref('stg_shopify__customers') }}

),

-- The newer layout tells who was never asked (not_subscribed), which states nothing. Who has not
-- confirmed yet (pending) may have said no before, which the shop has overwritten: it holds.
stated as (

    select
        customers.*,
        case
            when customers.marketing_state = 'subscribed' then 'granted'
            when customers.marketing_state in ('unsubscribed', 'redacted', 'pending')
                then 'denied'
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

bound as (

    select
        statements.*,
        'shop_customer_id' as identifier_type,
        statements.source_customer_id as identifier_value
    from statements
    union all
    select
        statements.*,
        'email' as identifier_type,
        statements.email as identifier_value
    from statements
    where
        exists (
            select 1 as refused
            from statements as gone
            where
                gone.quarantine_reason = 'deleted_at_source'
                and lower(trim(gone.email)) = lower(trim(statements.email))
        )

),

final as (

    select
        'shopify' as source_name,
        'customer' as source_table,
        record_key,
        identifier_type,
        identifier_value,
        cast(null as varchar) as country_code,
        'marketing' as purpose_code,
        'email' as channel_code,
        status_code,
        'shop account, marketing box' as basis_text,
        stated_at as occurred_at,
        received_at
    from bound
    where status_code is not null

)

select * from final
