with

sales as (

    select * from {{ ref('stg_pos__sales') }}
    where quarantine_reason is null

),

stores as (

    select * from {{ ref('stg_pos__stores') }}
    where quarantine_reason is null

),

final as (

    select
        'pos' as source_name,
        'sale' as source_table,
        sales.record_key,
        case
            when sales.loyalty_id is not null then 'loyalty_id'
            when sales.email is not null then 'email'
            when sales.card_token is not null then 'card_token'
            when sales.phone is not null then 'phone'
        end as identifier_type,
        coalesce(sales.loyalty_id, sales.email, sales.card_token, sales.phone)
            as identifier_value,
        stores.country_code,
        'store_visit' as event_type,
        case when sales.is_return then 'return' else 'receipt' end as event_name,
        'store' as channel_code,
        cast(null as varchar) as session_id,
        cast(null as varchar) as page_url,
        cast(null as varchar) as referrer_url,
        cast(null as varchar) as utm_source,
        cast(null as varchar) as utm_medium,
        cast(null as varchar) as utm_campaign,
        cast(null as varchar) as product_id,
        sales.store_id,
        cast(
            case when sales.is_return then -abs(sales.total_amount) else sales.total_amount end
            as numeric(18, 2)
        ) as revenue_amount,
        sales.currency_code,
        cast(null as varchar) as device_type,
        false as is_bot,
        sales.sold_at as occurred_at,
        sales.received_at
    from sales
    left join stores on sales.store_id = stores.store_id

)

select * from final
