with

landed as (

    {{ cdp.landed('erp', 'stock_level') }}

),

final as (

    select
        landed.product_id,
        landed.location_id,
        coalesce(landed.on_hand, 0) - coalesce(landed.reserved, 0) as available_quantity,
        landed.counted_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
