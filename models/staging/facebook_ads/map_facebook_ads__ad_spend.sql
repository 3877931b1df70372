with

stats as (

    select * from {{ ref('stg_facebook_ads__ad_stats') }}
    where quarantine_reason is null

),

ads as (

    select
        ad_id,
        campaign_id,
        row_number() over (
            partition by ad_id
            order by updated_at desc, record_key desc
        ) as version_number
    from {{ ref('stg_facebook_ads__ads') }}
    where quarantine_reason is null

),

campaigns as (

    select
        campaign_id,
        campaign_name,
        row_number() over (
            partition by campaign_id
            order by updated_at desc, record_key desc
        ) as version_number
    from {{ ref('stg_facebook_ads__campaigns') }}
    where quarantine_reason is null

),

-- An ad whose history was not landed keeps its spend, under its own id.
daily as (

    select
        coalesce(ads.campaign_id, 'ad ' || stats.ad_id) as campaign_id,
        stats.spend_date,
        sum(stats.impressions) as impressions,
        sum(stats.clicks) as clicks,
        sum(stats.spend_amount) as spend_amount,
        max(stats.received_at) as received_at
    from stats
    left join ads on stats.ad_id = ads.ad_id and ads.version_number = 1
    group by coalesce(ads.campaign_id, 'ad ' || stats.ad_id), stats.spend_date

),

final as (

    select
        'facebook_ads' as source_name,
        'basic_ad' as source_table,
        'basic_ad:' || daily.campaign_id || '|' || cast(daily.spend_date as varchar) as record_key,
        'facebook_ads' as platform_code,
        daily.campaign_id,
        campaigns.campaign_name,
        daily.spend_date,
        cast(null as varchar) as currency_code,
        cast(daily.impressions as bigint) as impressions,
        cast(daily.clicks as bigint) as clicks,
        cast(daily.spend_amount as numeric(18, 2)) as spend_amount,
        daily.received_at
    from daily
    left join campaigns
        on daily.campaign_id = campaigns.campaign_id and campaigns.version_number = 1

)

select * from final
