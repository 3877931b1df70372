with

checkouts as (

    select * from {{ ref('stg_shopify__abandoned_checkouts') }}
    where
        quarantine_reason is null
        and completed_at is null

),

final as (

    select
        'shopify' as source_name,
        'abandoned_checkout' as source_table,
        record_key,
        case
            when source_customer_id is not null then 'shop_customer_id'
            when email is not null then 'email'
        end as identifier_type,
        coalesce(source_customer_id, email) as identifier_value,
        country_code,
        'checkout_abandoned' as event_type,
        'abandoned_checkout' as event_name,
        'web' as channel_code,
        cast(null as varchar) as session_id,
        page_url,
        referrer_url,
        cast(null as varchar) as utm_source,
        cast(null as varchar) as utm_medium,
        cast(null as varchar) as utm_campaign,
        cast(null as varchar) as product_id,
        cast(null as varchar) as store_id,
        total_amount as revenue_amount,
        currency_code,
        cast(null as varchar) as device_type,
        false as is_bot,
        created_at as occurred_at,
        received_at
    from checkouts

)

select * from final
