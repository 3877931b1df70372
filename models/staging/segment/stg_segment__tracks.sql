with

landed as (

    {{ cdp.landed('segment', 'tracks') }}

),

final as (

    select
        landed.id as event_id,
        nullif(trim(landed.anonymous_id), '') as anonymous_id,
        nullif(trim(landed.user_id), '') as user_id,
        -- The name as written, and as the warehouse table of that action would be called.
        coalesce(landed.event_text, landed.event) as event_name,
        lower(replace(replace(
            trim(coalesce(landed.event_text, landed.event)), ' ', '_'
        ), '-', '_')) as action_code,
        lower(landed.context_library_name) as library_name,
        lower(landed.context_device_type) as platform,
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
