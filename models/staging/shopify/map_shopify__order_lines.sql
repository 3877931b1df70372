with

lines as (

    select * from {{ ref('stg_shopify__order_lines') }}
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

refunded as (

    select
        refund_lines.order_line_id,
        sum(refund_lines.quantity) as refund_quantity,
        max(refunds.refunded_at) as refunded_at
    from refund_lines
    left join refunds on refund_lines.refund_id = refunds.refund_id
    group by refund_lines.order_line_id

),

final as (

    select
        'shopify' as source_name,
        'order_line' as source_table,
        lines.record_key,
        lines.order_line_id,
        lines.order_id,
        lines.product_id,
        coalesce(lines.quantity, 0) as quantity,
        cast(coalesce(refunded.refund_quantity, 0) as integer) as refund_quantity,
        lines.unit_price_amount,
        lines.discount_amount,
        cast(
            coalesce(lines.quantity, 0) * coalesce(lines.unit_price_amount, 0)
            - lines.discount_amount
            as numeric(18, 2)
        ) as line_amount,
        refunded.refunded_at,
        lines.received_at
    from lines
    left join refunded on lines.order_line_id = refunded.order_line_id

)

select * from final
