with

products as (

    select * from {{ ref('stg_shopify__products') }}
    where quarantine_reason is null

),

variants as (

    select * from {{ ref('stg_shopify__product_variants') }}
    where quarantine_reason is null

),

priced as (

    select
        product_id,
        min(price_amount) as price_amount
    from variants
    group by product_id

),

final as (

    select
        'shopify' as source_name,
        'product' as source_table,
        products.record_key,
        products.product_id,
        products.product_name,
        products.category_name,
        products.brand_name,
        cast(null as varchar) as currency_code,
        cast(priced.price_amount as numeric(18, 2)) as price_amount,
        products.is_active,
        products.updated_at,
        products.received_at
    from products
    left join priced on products.product_id = priced.product_id

)

select * from final
