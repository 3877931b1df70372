with

landed as (

    {{ cdp.landed('shopify', 'product') }}

),

final as (

    select
        cast(landed.id as varchar) as product_id,
        landed.title as product_name,
        landed.product_type as category_name,
        landed.vendor as brand_name,
        landed.published_at is not null as is_active,
        landed.updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
