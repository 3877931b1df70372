with

final as (

    {{ cdp.union_feeds('product_attributes') }}

)

select * from final
