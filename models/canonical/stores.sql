with

final as (

    {{ cdp.union_feeds('stores') }}

)

select * from final
