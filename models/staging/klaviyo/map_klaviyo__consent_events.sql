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

final as (

    select
        'klaviyo' as source_name,
        'event' as source_table,
        record_key,
        'email_platform_id' as identifier_type,
        person_id as identifier_value,
        cast(null as varchar) as country_code,
        'marketing' as purpose_code,
        case when kind like '%sms%' then 'sms' else 'email' end as channel_code,
        case
            when kind in (
                    'subscribed to email marketing', 'subscribed to list',
                    'subscribed to sms marketing', 'consented to receive sms'
                ) then 'granted'
            else 'denied'
        end as status_code,
        kind as basis_text,
        occurred_at,
        received_at
    from named
    where
        kind in (
            'subscribed to email marketing', 'subscribed to list',
            'subscribed to sms marketing', 'consented to receive sms',
            'unsubscribed', 'unsubscribed from email marketing',
            'unsubscribed from sms', 'unsubscribed from sms marketing', 'marked email as spam'
        )

)

select * from final
