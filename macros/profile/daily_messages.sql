{#-
    What happened to our messages, per day: one row per identifier, channel and day. The CTE `final`
    of a model that goes on with `select * from final`.
    relation: CTE with the columns of canonical.message_events.
-#}
{% macro daily_messages(relation) -%}
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
        max(case when message_event_type = 'bounced' then occurred_at end) as last_bounced_at,
        min(occurred_at) as first_occurred_at,
        max(occurred_at) as last_occurred_at
    from {{ relation }}
    where identifier_key is not null
    group by identifier_key, channel_code, cast(occurred_at as date)

)
{%- endmacro %}
