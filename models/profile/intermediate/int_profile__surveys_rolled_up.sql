with

final as (

    {{ cdp.survey_features(cdp.as_of()) }}

)

select * from final
