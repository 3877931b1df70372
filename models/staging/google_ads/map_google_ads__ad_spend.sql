with

stats as (

    select * from {{ ref('stg_google_ads__campaign_stats') }}
    where quarantine_reason is null

),

campaigns as (

    select * from {{ ref('stg_google_ads__campaigns') }}
    where quarantine_reason is null

),

named as (

    select
        campaign_id,
        campaign_name,
        row_number() over (
            partition by campaign_id
            order by updated_at desc, record_key desc
        ) as version_number
    from campaigns

),

-- Landed by device and network. Micros are millionths of the account's currency; multiplied, not
-- divided: a product of decimals is exact on every engine, a quotient is not.
daily as (

    select
        campaign_id,
        spend_date,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(cost_micros) as cost_micros,
        max(received_at) as received_at
    from stats
    group by campaign_id, spend_date

),

final as (

    select
        'google_ads' as source_name,
        'campaign_stats' as source_table,
        'campaign_stats:' || daily.campaign_id || '|' || cast(daily.spend_date as varchar)
            as record_key,
        'google_ads' as platform_code,
        daily.campaign_id,
        named.campaign_name,
        daily.spend_date,
        cast(null as varchar) as currency_code,
        cast(daily.impressions as bigint) as impressions,
        cast(daily.clicks as bigint) as clicks,
        cast(daily.cost_micros * 0.000001 as numeric(18, 2)) as spend_amount,
        daily.received_at
    from daily
    left join named on daily.campaign_id = named.campaign_id and named.version_number = 1

)

select * from final
