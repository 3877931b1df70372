with

landed as (

    {{ cdp.landed('shopify', 'refund') }}

),

final as (

    select
        cast(landed.id as varchar) as refund_id,
        cast(landed.order_id as varchar) as order_id,
        landed.created_at as refunded_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
