with

landed as (

    {{ cdp.landed('pos', 'sale', refused=[
        ['missing_value', 'total_amount', 'total_amount is null'],
    ]) }}

),

final as (

    select
        landed.receipt_id,
        landed.store_id,
        nullif(trim(landed.loyalty_no), '') as loyalty_id,
        nullif(trim(landed.card_token), '') as card_token,
        nullif(trim(landed.email), '') as email,
        nullif(trim(landed.phone), '') as phone,
        upper(trim(landed.currency)) as currency_code,
        nullif(trim(landed.discount_code), '') as discount_code,
        landed.subtotal_amount,
        cast(coalesce(landed.discount_amount, 0) as numeric(18, 2)) as discount_amount,
        cast(coalesce(landed.tax_amount, 0) as numeric(18, 2)) as tax_amount,
        landed.total_amount,
        -- Some tills say it with a negative total alone.
        coalesce(landed.is_return, false) or coalesce(landed.total_amount < 0, false) as is_return,
        landed.sold_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
