with

landed as (

    {{ cdp.landed('pos', 'sale') }}

),

final as (

    select
        landed.receipt_id,
        landed.store_id,
        landed.loyalty_no as loyalty_id,
        landed.card_token,
        landed.email,
        landed.phone,
        upper(landed.currency) as currency_code,
        landed.discount_code,
        landed.subtotal_amount,
        coalesce(landed.discount_amount, 0) as discount_amount,
        coalesce(landed.tax_amount, 0) as tax_amount,
        coalesce(landed.total_amount, 0) as total_amount,
        coalesce(landed.is_return, false) as is_return,
        landed.sold_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
