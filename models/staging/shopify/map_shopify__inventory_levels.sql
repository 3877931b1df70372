-- The shop lands how many pieces of a variant it can sell, over all its locations; its levels per
-- location come without a quantity.
with

variants as (

    select * from {{ ref('stg_shopify__product_variants') }}
    where
        quarantine_reason is null
        and available_quantity is not null

),

final as (

    select
        'shopify' as source_name,
        'product_variant' as source_table,
        min(record_key) as record_key,
        product_id,
        'all' as location_id,
        cast(sum(available_quantity) as integer) as available_quantity,
        max(updated_at) as updated_at,
        max(received_at) as received_at
    from variants
    where product_id is not null
    group by product_id

)

select * from final
