with

landed as (

    {{ cdp.landed('erp', 'product') }}

),

final as (

    select
        landed.product_id,
        landed.product_name,
        landed.category as category_name,
        landed.brand as brand_name,
        upper(landed.currency) as currency_code,
        landed.list_price as price_amount,
        landed.unit_cost as cost_amount,
        coalesce(landed.is_active, true) as is_active,
        landed.cost_valid_from as cost_valid_from_at,
        landed.updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
