with

final as (

    {{ cdp.loyalty_features(cdp.as_of()) }}

)

select * from final
