-- Messages that people got, and when each was answered: by a click before the next message, or the
-- open of a push message, which is a tap on it.
with

message_events as (

    select * from {{ ref('message_events') }}
    where
        channel_code in ('email', 'sms', 'push', 'whatsapp')
        and occurred_at <= {{ cdp.as_of() }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

days as (

    select
        identity_map.profile_id,
        message_events.channel_code,
        cast(message_events.occurred_at as date) as event_date,
        max(case when message_events.message_event_type = 'delivered' then 1 else 0 end) as is_got,
        max(
            case
                when message_events.message_event_type = 'clicked' then 1
                when
                    message_events.message_event_type = 'opened'
                    and message_events.channel_code = 'push' then 1
                else 0
            end
        ) as is_answered
    from message_events
    inner join identity_map on message_events.identifier_key = identity_map.identifier_key
    group by
        identity_map.profile_id,
        message_events.channel_code,
        cast(message_events.occurred_at as date)

),

attributed as (

    select
        *,
        max(case when is_got = 1 then event_date end) over (
            partition by profile_id, channel_code
            order by event_date
            rows between unbounded preceding and current row
        ) as message_date
    from days

),

final as (

    select
        profile_id,
        channel_code,
        message_date,
        min(case when is_answered = 1 then event_date end) as answered_date
    from attributed
    where message_date is not null
    group by
        profile_id,
        channel_code,
        message_date

)

select * from final
