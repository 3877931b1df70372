with

variants as (

    select * from {{ ref('stg_shopify__product_variants') }}
    where
        quarantine_reason is null
        and product_id is not null

),

items as (

    select * from {{ ref('stg_shopify__inventory_items') }}
    where
        quarantine_reason is null
        and cost_amount is not null

),

-- A product with several variants costs what its dearest one does: margins err on the safe side.
ranked as (

    select
        items.record_key,
        variants.product_id,
        items.currency_code,
        items.cost_amount,
        items.received_at,
        row_number() over (
            partition by variants.product_id
            order by items.cost_amount desc, {{ cdp.binary_order('items.inventory_item_id') }}
        ) as dearness
    from variants
    inner join items on variants.inventory_item_id = items.inventory_item_id

),

-- The shop knows today's cost only, and no date: it holds for every order there is.
final as (

    select
        'shopify' as source_name,
        'inventory_item' as source_table,
        record_key,
        product_id,
        currency_code,
        cost_amount,
        timestamp '{{ var("earliest_plausible_date") }} 00:00:00' as valid_from_at,
        received_at
    from ranked
    where dearness = 1

)

select * from final
