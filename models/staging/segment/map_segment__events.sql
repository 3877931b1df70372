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
        case
            when action_code = 'product_viewed' then 'product_view'
            when action_code = 'products_searched' then 'search'
            when action_code = 'product_added' then 'add_to_cart'
            when action_code = 'product_removed' then 'remove_from_cart'
            when action_code = 'checkout_started' then 'checkout_started'
            when action_code = 'order_completed' then 'order_completed'
            when action_code like '%form_submitted' then 'form_submitted'
            when action_code = 'application_opened' then 'app_opened'
            else 'other'
        end as event_type,
        event_name,
        case
            when platform in ('ios', 'android') then 'app'
            when library_name like '%ios%' or library_name like '%swift%' then 'app'
            when library_name like '%android%' or library_name like '%kotlin%' then 'app'
            when library_name like '%react-native%' or library_name like '%flutter%' then 'app'
            when action_code like 'application_%' then 'app'
            else 'web'
        end as channel_code,
        cast(null as varchar) as session_id,
        page_url,
        referrer_url,
        utm_source,
        utm_medium,
        utm_campaign,
        product_id,
        cast(null as varchar) as store_id,
        revenue_amount,
        -- The type that pages have: PostgreSQL skips unasked columns of a union of like types only.
        cast(currency_code as varchar) as currency_code,
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
