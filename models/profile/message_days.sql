with

message_events as (

    select * from {{ ref('message_events') }}
    where identifier_key is not null

),

final as (

    select
        identifier_key,
        channel_code,
        cast(occurred_at as date) as event_date,
        {%- for kind in [
            'sent', 'delivered', 'opened', 'clicked', 'bounced', 'complained', 'unsubscribed',
        ] %}
        cast(sum(case when message_event_type = '{{ kind }}' then 1 else 0 end) as integer)
            as {{ kind }}_count,
        {%- endfor %}
        max(case when message_event_type in ('opened', 'clicked') then occurred_at end)
            as last_engaged_at,
        max(case when message_event_type = 'delivered' then occurred_at end) as last_delivered_at,
        max(case when message_event_type = 'bounced' then occurred_at end) as last_bounced_at
    from message_events
    group by identifier_key, channel_code, cast(occurred_at as date)

)

select * from final
