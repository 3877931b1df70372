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
            when action_code in ('page_view', 'screen_view') then 'page_view'
            when action_code in ('product_view', 'view_product') then 'product_view'
            when action_code in ('search', 'site_search') then 'search'
            when action_code in ('add_to_cart', 'add_to_basket') then 'add_to_cart'
            when action_code in ('remove_from_cart', 'remove_from_basket') then 'remove_from_cart'
            when action_code in ('checkout', 'checkout_started') then 'checkout_started'
            when action_code = 'checkout_step' and checkout_step = '1' then 'checkout_started'
            when action_code in ('transaction', 'order_completed') then 'order_completed'
            when action_code in ('submit_form', 'form_submitted') then 'form_submitted'
            when action_code in ('application_foreground', 'app_opened') then 'app_opened'
            else 'other'
        end as event_type,
        action_code as event_name,
        case when platform in ('mob', 'app') then 'app' else 'web' end as channel_code,
        session_id,
        page_url,
        referrer_url,
        utm_source,
        utm_medium,
        utm_campaign,
        -- A list or an order has many products; the first of them is none.
        case
            when
                action_code in (
                    'product_view', 'view_product', 'add_to_cart', 'add_to_basket',
                    'remove_from_cart', 'remove_from_basket', 'transaction_item'
                )
                then item_id
        end as product_id,
        cast(null as varchar) as store_id,
        revenue_amount,
        currency_code,
        {{ cdp.device_type('user_agent', 'stated_device_type') }} as device_type,
        is_listed_robot or {{ cdp.is_bot('user_agent') }} as is_bot,
        occurred_at,
        received_at
    from events

)

select * from final
