with

landed as (

    {{ cdp.landed('klaviyo', 'event') }}

),

final as (

    select
        landed.id as event_id,
        landed.person_id,
        coalesce(landed.campaign_id, landed.flow_id) as campaign_id,
        landed.metric_id,
        landed.type as metric_name,
        landed.property_subject as subject_text,
        landed.property_campaign_name as campaign_name,
        lower(landed.property_bounce_type) as bounce_type,
        landed.datetime as occurred_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
