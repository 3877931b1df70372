with

final as (

    {{ cdp.union_feeds('ad_spend') }}

)

select * from final
