with

final as (

    {{ cdp.quarantined_rows('surveys', {
        'response': 'stg_surveys__responses',
    }) }}

)

select * from final
