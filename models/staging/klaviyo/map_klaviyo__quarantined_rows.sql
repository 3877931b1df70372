with

final as (

    {{ cdp.quarantined_rows('klaviyo', {
        'person': 'stg_klaviyo__people',
        'event': 'stg_klaviyo__events',
        'campaign': 'stg_klaviyo__campaigns',
        'metric': 'stg_klaviyo__metrics',
    }) }}

)

select * from final
