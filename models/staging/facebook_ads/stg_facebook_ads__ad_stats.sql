with

landed as (

    {{ cdp.landed('facebook_ads', 'basic_ad') }}

),

final as (

    select
        cast(landed.ad_id as varchar) as ad_id,
        landed.date as spend_date,
        coalesce(landed.impressions, 0) as impressions,
        coalesce(landed.inline_link_clicks, 0) as clicks,
        coalesce(landed.spend, 0) as spend_amount,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
