with

orders as (

    select * from {{ ref('stg_shopify__orders') }}
    where quarantine_reason is null

),

refunds as (

    select * from {{ ref('stg_shopify__refunds') }}
    where quarantine_reason is null

),

refund_lines as (

    select * from {{ ref('stg_shopify__refund_lines') }}
    where quarantine_reason is null

),

-- An order may be refunded several times: summed before the join.
refunded as (

    select
        refunds.order_id,
        sum(refund_lines.refund_amount) as refund_amount
    from refund_lines
    inner join refunds on refund_lines.refund_id = refunds.refund_id
    group by refunds.order_id

),

final as (

    select
        'shopify' as source_name,
        'order' as source_table,
        orders.record_key,
        orders.order_id,
        case
            when orders.source_customer_id is not null then 'shop_customer_id'
            when orders.email is not null then 'email'
        end as identifier_type,
        coalesce(orders.source_customer_id, orders.email) as identifier_value,
        orders.country_code,
        case
            when orders.sales_channel in ('pos', 'shopify_pos') then 'store'
            when orders.sales_channel in ('iphone', 'android', 'mobile_app', 'app') then 'app'
            else 'web'
        end as channel_code,
        case
            when orders.cancelled_at is not null then 'cancelled'
            when orders.financial_status = 'voided' then 'cancelled'
            when orders.financial_status = 'refunded' then 'refunded'
            when orders.financial_status in ('pending', 'authorized') then 'pending'
            else 'completed'
        end as status_code,
        orders.location_id as store_id,
        cast(null as varchar) as discount_code,
        orders.currency_code,
        coalesce(orders.subtotal_amount, orders.total_amount) as subtotal_amount,
        coalesce(orders.discount_amount, 0) as discount_amount,
        coalesce(orders.tax_amount, 0) as tax_amount,
        cast(coalesce(refunded.refund_amount, 0) as numeric(18, 2)) as refund_amount,
        coalesce(orders.total_amount, 0) as total_amount,
        orders.is_test,
        orders.created_at as ordered_at,
        orders.updated_at,
        orders.received_at
    from orders
    left join refunded on orders.order_id = refunded.order_id

)

select * from final
