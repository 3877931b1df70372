{#-
    What the account's marketing boxes say now, of e-mails and of text messages. A box that says yes
    without saying since when dates from the account's opening: `updated_at` moves with every order,
    and a grant dated later than it was given would lift an unsubscribe. A no without a date counts
    from the last change. A no outlives its account: once that is deleted, the no is one of the
    address or number too, whose link went with it, until another account with that says yes.
-#}
with

customers as (

    select * from {{ ref('stg_shopify__customers') }}

),

asked as (

    select
        customers.*,
        'email' as channel_code,
        'email' as address_type,
        customers.email as address,
        customers.marketing_state as box_state,
        customers.is_marketing_accepted as is_accepted,
        customers.marketing_stated_at as box_stated_at
    from customers
    union all
    select
        customers.*,
        'sms' as channel_code,
        'phone' as address_type,
        customers.phone as address,
        customers.sms_marketing_state as box_state,
        cast(null as boolean) as is_accepted,
        customers.sms_marketing_stated_at as box_stated_at
    from customers

),

-- The newer layout tells who was never asked (not_subscribed), which states nothing. Who has not
-- confirmed yet (pending) may have said no before, which the shop has overwritten: it holds.
stated as (

    select
        asked.*,
        case
            when asked.box_state = 'subscribed' then 'granted'
            when asked.box_state in ('unsubscribed', 'redacted', 'pending') then 'denied'
            when asked.box_state is not null then null
            when asked.is_accepted then 'granted'
            when not asked.is_accepted then 'denied'
        end as status_code
    from asked

),

dated as (

    select
        stated.*,
        coalesce(
            stated.box_stated_at,
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
        clock='said_at',
        named_by='record_key, channel_code'
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
        statements.address_type as identifier_type,
        statements.address as identifier_value
    from statements
    where
        exists (
            select 1 as refused
            from statements as gone
            where
                gone.quarantine_reason = 'deleted_at_source'
                and gone.channel_code = statements.channel_code
                and lower(trim(gone.address)) = lower(trim(statements.address))
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
        channel_code,
        status_code,
        'shop account, marketing box' as basis_text,
        stated_at as occurred_at,
        received_at
    from bound
    where status_code is not null

)

select * from final
