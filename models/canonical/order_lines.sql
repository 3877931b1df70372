with

final as (

    {{ cdp.union_feeds('order_lines') }}

)

select * from final
