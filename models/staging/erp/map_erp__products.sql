with

products as (

    select * from {{ ref('stg_erp__products') }}
    where quarantine_reason is null

),

final as (

    select
        'erp' as source_name,
        'product' as source_table,
        record_key,
        product_id,
        product_name,
        category_name,
        brand_name,
        currency_code,
        price_amount,
        is_active,
        updated_at,
        received_at
    from products

)

select * from final
