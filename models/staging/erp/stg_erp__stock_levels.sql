with

landed as (

    {{ cdp.landed('erp', 'stock_level') }}

),

final as (

    select
        landed.product_id,
        landed.location_id,
        landed.on_hand as on_hand_quantity,
        landed.reserved as reserved_quantity,
        landed.counted_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
