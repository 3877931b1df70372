with

final as (

    {{ cdp.union_feeds('product_costs') }}

)

select * from final
