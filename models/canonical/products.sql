with

final as (

    {{ cdp.union_feeds('products') }}

)

select * from final
