with

variants as (

    select * from {{ ref('stg_shopify__product_variants') }}
    where quarantine_reason is null

),

items as (

    select * from {{ ref('stg_shopify__inventory_items') }}
    where
        quarantine_reason is null
        and cost_amount is not null

),

-- A product with several variants costs what its dearest one does: margins err on the safe side.
final as (

    select
        'shopify' as source_name,
        'inventory_item' as source_table,
        'inventory_item:' || variants.product_id as record_key,
        variants.product_id,
        max(items.currency_code) as currency_code,
        max(items.cost_amount) as cost_amount,
        timestamp '1990-01-01 00:00:00' as valid_from_at,
        max(items.received_at) as received_at
    from variants
    inner join items on variants.inventory_item_id = items.inventory_item_id
    where variants.product_id is not null
    group by variants.product_id

)

select * from final
