with

final as (

    {{ cdp.line_features(cdp.as_of()) }}

)

select * from final
