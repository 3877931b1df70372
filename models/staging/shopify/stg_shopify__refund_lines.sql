with

landed as (

    {{ cdp.landed('shopify', 'order_line_refund') }}

),

final as (

    select
        cast(landed.id as varchar) as refund_line_id,
        cast(landed.refund_id as varchar) as refund_id,
        cast(landed.order_line_id as varchar) as order_line_id,
        landed.quantity,
        coalesce(landed.subtotal, 0) + coalesce(landed.total_tax, 0) as refund_amount,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
