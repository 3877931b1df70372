with

landed as (

    {{ cdp.landed('stripe', 'subscription_item') }}

),

final as (

    select
        landed.id as subscription_item_id,
        landed.subscription_id,
        landed.plan_id,
        coalesce(landed.quantity, 1) as quantity,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
