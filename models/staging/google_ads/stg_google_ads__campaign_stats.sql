with

landed as (

    {{ cdp.landed('google_ads', 'campaign_stats') }}

),

final as (

    select
        cast(landed.id as varchar) as campaign_id,
        landed.date as spend_date,
        coalesce(landed.impressions, 0) as impressions,
        coalesce(landed.clicks, 0) as clicks,
        coalesce(landed.cost_micros, 0) as cost_micros,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
