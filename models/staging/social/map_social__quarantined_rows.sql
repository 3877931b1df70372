with

final as (

    {{ cdp.quarantined_rows('social', {
        'interaction': 'stg_social__interactions',
    }) }}

)

select * from final
