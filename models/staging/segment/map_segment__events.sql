with

tracks as (

    select * from {{ ref('stg_segment__tracks') }}
    where quarantine_reason is null

),

pages as (

    select * from {{ ref('stg_segment__pages') }}
    where quarantine_reason is null

),

final as (

    select
        'segment' as source_name,
        'tracks' as source_table,
        record_key,
        case
            when user_id is not null then 'user_id'
            when anonymous_id is not null then 'anonymous_id'
        end as identifier_type,
        coalesce(user_id, anonymous_id) as identifier_value,
        cast(null as varchar) as country_code,
        case event_name
            when 'Product Viewed' then 'product_view'
            when 'Products Searched' then 'search'
            when 'Product Added' then 'add_to_cart'
            when 'Product Removed' then 'remove_from_cart'
            when 'Checkout Started' then 'checkout_started'
            when 'Order Completed' then 'order_completed'
            when 'Form Submitted' then 'form_submitted'
            when 'Application Opened' then 'app_opened'
            else 'other'
        end as event_type,
        event_name,
        case when event_name like 'Application%' then 'app' else 'web' end as channel_code,
        cast(null as varchar) as session_id,
        page_url,
        referrer_url,
        utm_source,
        utm_medium,
        utm_campaign,
        product_id,
        cast(null as varchar) as store_id,
        revenue_amount,
        currency_code,
        {{ cdp.device_type('user_agent') }} as device_type,
        {{ cdp.is_bot('user_agent') }} as is_bot,
        occurred_at,
        received_at
    from tracks

    union all

    select
        'segment' as source_name,
        'pages' as source_table,
        record_key,
        case
            when user_id is not null then 'user_id'
            when anonymous_id is not null then 'anonymous_id'
        end as identifier_type,
        coalesce(user_id, anonymous_id) as identifier_value,
        cast(null as varchar) as country_code,
        'page_view' as event_type,
        'page' as event_name,
        'web' as channel_code,
        cast(null as varchar) as session_id,
        page_url,
        referrer_url,
        utm_source,
        utm_medium,
        utm_campaign,
        cast(null as varchar) as product_id,
        cast(null as varchar) as store_id,
        cast(null as numeric(18, 2)) as revenue_amount,
        cast(null as varchar) as currency_code,
        {{ cdp.device_type('user_agent') }} as device_type,
        {{ cdp.is_bot('user_agent') }} as is_bot,
        occurred_at,
        received_at
    from pages

)

select * from final
