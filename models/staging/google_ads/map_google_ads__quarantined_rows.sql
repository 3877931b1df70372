with

final as (

    {{ cdp.quarantined_rows('google_ads', {
        'campaign_history': 'stg_google_ads__campaigns',
        'campaign_stats': 'stg_google_ads__campaign_stats',
    }) }}

)

select * from final
