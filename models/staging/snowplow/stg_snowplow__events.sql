with

landed as (

    {{ cdp.landed('snowplow', 'events') }}

),

final as (

    select
        landed.event_id,
        nullif(landed.user_id, '') as user_id,
        landed.domain_userid as anonymous_id,
        landed.domain_sessionid as session_id,
        landed.event as event_kind,
        landed.event_name,
        landed.platform,
        landed.page_url,
        landed.page_referrer as referrer_url,
        landed.mkt_source as utm_source,
        landed.mkt_medium as utm_medium,
        landed.mkt_campaign as utm_campaign,
        lower(landed.se_action) as action_name,
        landed.se_property as action_property,
        landed.tr_total as revenue_amount,
        upper(landed.tr_currency) as currency_code,
        landed.useragent as user_agent,
        upper(landed.geo_country) as country_code,
        landed.derived_tstamp as occurred_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
