with

landed as (

    {{ cdp.landed('segment', 'pages') }}

),

final as (

    select
        landed.id as event_id,
        nullif(trim(landed.anonymous_id), '') as anonymous_id,
        nullif(trim(landed.user_id), '') as user_id,
        landed.url as page_url,
        landed.referrer as referrer_url,
        landed.context_user_agent as user_agent,
        landed.context_campaign_source as utm_source,
        landed.context_campaign_medium as utm_medium,
        landed.context_campaign_name as utm_campaign,
        landed.timestamp as occurred_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
