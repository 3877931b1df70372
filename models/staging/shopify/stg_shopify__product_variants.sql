with

landed as (

    {{ cdp.landed('shopify', 'product_variant') }}

),

final as (

    select
        cast(landed.id as varchar) as variant_id,
        cast(landed.product_id as varchar) as product_id,
        cast(landed.inventory_item_id as varchar) as inventory_item_id,
        landed.price as price_amount,
        landed.inventory_quantity as available_quantity,
        landed.updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
