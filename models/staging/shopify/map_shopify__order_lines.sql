with

lines as (

    select * from {{ ref('stg_shopify__order_lines') }}
    where quarantine_reason is null

),

refund_lines as (

    select * from {{ ref('stg_shopify__refund_lines') }}
    where quarantine_reason is null

),

refunded as (

    select
        order_line_id,
        sum(quantity) as refund_quantity
    from refund_lines
    group by order_line_id

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
        lines.received_at
    from lines
    left join refunded on lines.order_line_id = refunded.order_line_id

)

select * from final
