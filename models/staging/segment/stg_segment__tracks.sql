with

landed as (

    {{ cdp.landed('segment', 'tracks') }}

),

final as (

    select
        landed.id as event_id,
        landed.anonymous_id,
        landed.user_id,
        coalesce(landed.event_text, landed.event) as event_name,
        landed.context_page_url as page_url,
        landed.context_page_referrer as referrer_url,
        landed.context_user_agent as user_agent,
        landed.context_campaign_source as utm_source,
        landed.context_campaign_medium as utm_medium,
        landed.context_campaign_name as utm_campaign,
        landed.product_id,
        landed.revenue as revenue_amount,
        upper(landed.currency) as currency_code,
        landed.timestamp as occurred_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
