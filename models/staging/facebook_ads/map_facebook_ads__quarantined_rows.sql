with

final as (

    {{ cdp.quarantined_rows('facebook_ads', {
        'basic_ad': 'stg_facebook_ads__ad_stats',
        'ad_history': 'stg_facebook_ads__ads',
        'campaign_history': 'stg_facebook_ads__campaigns',
    }) }}

)

select * from final
