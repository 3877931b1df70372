with

final as (

    {{ cdp.event_features(cdp.as_of()) }}

)

select * from final
