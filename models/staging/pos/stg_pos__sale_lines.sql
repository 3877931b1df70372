with

landed as (

    {{ cdp.landed('pos', 'sale_line') }}

),

final as (

    select
        landed.receipt_id,
        landed.line_no as line_number,
        landed.product_id,
        coalesce(landed.quantity, 0) as quantity,
        landed.unit_price_amount,
        cast(coalesce(landed.discount_amount, 0) as numeric(18, 2)) as discount_amount,
        landed.line_amount,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
