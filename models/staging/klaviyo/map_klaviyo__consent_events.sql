with

events as (

    select * from {{ ref('stg_klaviyo__events') }}
    where person_id is not null

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

-- What is no consent is left out. Klaviyo has a word for each way of unsubscribing, of one list
-- too, and finds new ones: every one of them is a no.
stated as (

    select
        named.*,
        case
            when named.kind like '%sms%' then 'sms'
            when named.kind like '%push%' then 'push'
            when named.kind like '%whatsapp%' then 'whatsapp'
            else 'email'
        end as channel_code,
        case
            when named.kind in (
                    'subscribed to email marketing', 'subscribed to list',
                    'subscribed to sms marketing', 'consented to receive sms'
                ) then 'granted'
            else 'denied'
        end as status_code
    from named
    where
        named.kind in (
            'subscribed to email marketing', 'subscribed to list',
            'subscribed to sms marketing', 'consented to receive sms', 'marked email as spam'
        )
        or named.kind like 'unsubscribed%'

),

statements as (

    {{ cdp.statements_heeded('stated', refusal="status_code = 'denied'", clock='occurred_at') }}

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
        channel_code,
        status_code,
        kind as basis_text,
        stated_at as occurred_at,
        received_at
    from statements

)

select * from final
