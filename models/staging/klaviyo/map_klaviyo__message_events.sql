with

events as (

    select * from {{ ref('stg_klaviyo__events') }}
    where
        quarantine_reason is null
        and person_id is not null

),

metrics as (

    select * from {{ ref('stg_klaviyo__metrics') }}
    where quarantine_reason is null

),

-- Older loads hold the metric's name in the event itself.
named as (

    select
        events.*,
        lower(coalesce(metrics.metric_name, events.metric_name)) as kind
    from events
    left join metrics on events.metric_id = metrics.metric_id

),

campaigns as (

    select * from {{ ref('stg_klaviyo__campaigns') }}
    where quarantine_reason is null

),

classified as (

    select
        named.*,
        case
            when named.kind like '%sms%' then 'sms'
            when named.kind like '%push%' then 'push'
            when named.kind like '%whatsapp%' then 'whatsapp'
            else 'email'
        end as channel_code,
        case
            when named.kind in ('received email', 'received sms', 'received push') then 'delivered'
            -- `Sent SMS` is no message of ours: somebody texted our number.
            when named.kind in ('opened email', 'opened push') then 'opened'
            when named.kind in ('clicked email', 'clicked sms') then 'clicked'
            when
                named.kind in (
                    'bounced email', 'dropped email', 'failed to deliver sms', 'bounced push'
                )
                then 'bounced'
            when named.kind = 'marked email as spam' then 'complained'
            when named.kind like 'unsubscribed%' then 'unsubscribed'
        end as message_event_type
    from named

),

final as (

    select
        'klaviyo' as source_name,
        'event' as source_table,
        classified.record_key,
        'email_platform_id' as identifier_type,
        classified.person_id as identifier_value,
        cast(null as varchar) as country_code,
        classified.channel_code,
        classified.message_event_type,
        classified.campaign_id,
        coalesce(classified.campaign_name, campaigns.campaign_name) as campaign_name,
        coalesce(classified.subject_text, campaigns.subject_text) as subject_text,
        classified.occurred_at,
        classified.received_at
    from classified
    left join campaigns on classified.campaign_id = campaigns.campaign_id
    where classified.message_event_type is not null

)

select * from final
