with

final as (

    {{ cdp.message_features(cdp.as_of()) }}

)

select * from final
