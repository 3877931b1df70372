with

final as (

    {{ cdp.subscription_features(cdp.as_of()) }}

)

select * from final
