with

messages as (

    select * from {{ ref('message_events') }}
    where occurred_at <= {{ cdp.as_of() }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

final as (

    select
        identity_map.profile_id,
        cast(sum(case
            when
                messages.message_event_type = 'delivered'
                and messages.occurred_at > {{ cdp.as_of() }} - interval '90 days' then 1
            else 0
        end) as integer) as message_delivered_90_days_count,
        cast(sum(case
            when
                messages.message_event_type = 'opened'
                and messages.occurred_at > {{ cdp.as_of() }} - interval '90 days' then 1
            else 0
        end) as integer) as message_opened_90_days_count,
        cast(sum(case
            when
                messages.message_event_type = 'clicked'
                and messages.occurred_at > {{ cdp.as_of() }} - interval '90 days' then 1
            else 0
        end) as integer) as message_clicked_90_days_count,
        max(
            case
                when messages.message_event_type in ('opened', 'clicked') then messages.occurred_at
            end
        ) as last_message_engaged_at
    from messages
    inner join identity_map on messages.identifier_key = identity_map.identifier_key
    group by identity_map.profile_id

)

select * from final
