with

events as (

    select * from {{ ref('stg_snowplow__events') }}
    where quarantine_reason is null

),

final as (

    select
        'snowplow' as source_name,
        'events' as source_table,
        record_key,
        case
            when user_id is not null then 'user_id'
            when anonymous_id is not null then 'anonymous_id'
        end as identifier_type,
        coalesce(user_id, anonymous_id) as identifier_value,
        country_code,
        case
            when event_kind = 'page_view' then 'page_view'
            when action_name in ('product_view', 'view_product') then 'product_view'
            when action_name in ('add_to_cart', 'add-to-basket') then 'add_to_cart'
            when action_name in ('remove_from_cart', 'remove-from-basket') then 'remove_from_cart'
            when action_name in ('checkout', 'checkout_started') then 'checkout_started'
            when action_name in ('search') then 'search'
            when action_name in ('submit_form', 'form_submitted') then 'form_submitted'
            when event_kind = 'transaction' then 'order_completed'
            when action_name in ('order_completed', 'transaction') then 'order_completed'
            else 'other'
        end as event_type,
        coalesce(action_name, event_name, event_kind) as event_name,
        case when platform in ('mob', 'app') then 'app' else 'web' end as channel_code,
        session_id,
        page_url,
        referrer_url,
        utm_source,
        utm_medium,
        utm_campaign,
        action_property as product_id,
        cast(null as varchar) as store_id,
        revenue_amount,
        currency_code,
        {{ cdp.device_type('user_agent') }} as device_type,
        {{ cdp.is_bot('user_agent') }} as is_bot,
        occurred_at,
        received_at
    from events

)

select * from final
