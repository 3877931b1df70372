with

landed as (

    {{ cdp.landed('shopify', 'order_line') }}

),

final as (

    select
        cast(landed.id as varchar) as order_line_id,
        cast(landed.order_id as varchar) as order_id,
        cast(landed.product_id as varchar) as product_id,
        landed.price as unit_price_amount,
        landed.quantity,
        coalesce(landed.total_discount, 0) as discount_amount,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
