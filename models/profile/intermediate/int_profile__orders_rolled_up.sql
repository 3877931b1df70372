with

final as (

    {{ cdp.order_features(cdp.as_of()) }}

)

select * from final
