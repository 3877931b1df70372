with

final as (

    {{ cdp.union_feeds('events') }}

)

select * from final
