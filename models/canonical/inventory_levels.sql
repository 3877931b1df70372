with

final as (

    {{ cdp.union_feeds('inventory_levels') }}

)

select * from final
