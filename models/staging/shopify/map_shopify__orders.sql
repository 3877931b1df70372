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
        sum(refund_lines.refund_amount) as refund_amount,
        max(refunds.refunded_at) as refunded_at
    from refund_lines
    inner join refunds on refund_lines.refund_id = refunds.refund_id
    group by refunds.order_id

),

judged as (

    select
        orders.record_key,
        orders.order_id,
        orders.source_customer_id,
        orders.email,
        orders.country_code,
        case
            when orders.sales_channel in ('pos', 'shopify_pos') then 'store'
            when orders.sales_channel in ('iphone', 'android', 'mobile_app', 'app') then 'app'
            else 'web'
        end as channel_code,
        case
            when orders.cancelled_at is not null then 'cancelled'
            when orders.financial_status in ('voided', 'expired') then 'cancelled'
            when orders.financial_status = 'refunded' then 'refunded'
            when orders.financial_status in ('pending', 'authorized') then 'pending'
            else 'completed'
        end as status_code,
        orders.location_id,
        orders.currency_code,
        coalesce(
            orders.line_items_amount,
            orders.discounted_subtotal_amount + coalesce(orders.discount_amount, 0),
            orders.total_amount,
            0
        ) as subtotal_amount,
        cast(coalesce(orders.discount_amount, 0) as numeric(18, 2)) as discount_amount,
        cast(coalesce(orders.tax_amount, 0) as numeric(18, 2)) as tax_amount,
        coalesce(orders.total_amount, 0) as total_amount,
        -- Refund lines carry goods and tax; an order given back wholly gave back its shipping too.
        case
            when orders.financial_status = 'refunded' then coalesce(orders.total_amount, 0)
            else least(coalesce(refunded.refund_amount, 0), coalesce(orders.total_amount, 0))
        end as refund_amount,
        orders.is_test,
        -- An order brought in from another shop was created today and processed when it was placed.
        case
            when
                orders.processed_at < orders.created_at
                and orders.processed_at
                >= timestamp '{{ var("earliest_plausible_date") }} 00:00:00'
                then orders.processed_at
            else orders.created_at
        end as ordered_at,
        orders.cancelled_at,
        refunded.refunded_at,
        orders.updated_at,
        orders.received_at
    from orders
    left join refunded on orders.order_id = refunded.order_id

),

final as (

    select
        'shopify' as source_name,
        'order' as source_table,
        record_key,
        order_id,
        case
            when source_customer_id is not null then 'shop_customer_id'
            when email is not null then 'email'
        end as identifier_type,
        coalesce(source_customer_id, email) as identifier_value,
        country_code,
        channel_code,
        status_code,
        case when channel_code = 'store' then location_id end as store_id,
        cast(null as varchar) as discount_code,
        currency_code,
        cast(subtotal_amount as numeric(18, 2)) as subtotal_amount,
        discount_amount,
        tax_amount,
        cast(refund_amount as numeric(18, 2)) as refund_amount,
        cast(total_amount as numeric(18, 2)) as total_amount,
        is_test,
        ordered_at,
        cancelled_at,
        refunded_at,
        updated_at,
        received_at
    from judged

)

select * from final
