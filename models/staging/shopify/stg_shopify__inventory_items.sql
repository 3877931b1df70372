with

landed as (

    {{ cdp.landed('shopify', 'inventory_item') }}

),

final as (

    select
        cast(landed.id as varchar) as inventory_item_id,
        landed.unit_cost_amount as cost_amount,
        upper(landed.unit_cost_currency_code) as currency_code,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
