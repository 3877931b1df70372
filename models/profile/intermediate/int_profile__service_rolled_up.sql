with

final as (

    {{ cdp.service_features(cdp.as_of()) }}

)

select * from final
