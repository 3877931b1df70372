with

final as (

    {{ cdp.union_feeds('accounts') }}

)

select * from final
