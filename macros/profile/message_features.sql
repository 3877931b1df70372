{#-
    What was known at a moment of how everybody took our messages: a select with one row per profile,
    from the daily facts. as_of: timestamp expression, see event_features. E-mail, SMS, push and
    WhatsApp; an advertisement that was shown is no message.
-#}
{% macro message_features(as_of) -%}
{%- set kinds = ['delivered', 'opened', 'clicked'] -%}
{%- set channels = ['email', 'sms', 'push', 'whatsapp'] -%}
{%- set recent = cdp.in_last_days('days.event_date', 90, as_of) -%}
    select
        identity_map.profile_id,
        {%- for kind in kinds %}
        cast(sum(case when {{ recent }} then days.{{ kind }}_count else 0 end) as integer)
            as message_{{ kind }}_90_days_count,
        {%- for channel in channels %}
        cast(sum(case
            when days.channel_code = '{{ channel }}' and {{ recent }} then days.{{ kind }}_count
            else 0
        end) as integer) as {{ channel }}_{{ kind }}_90_days_count,
        {%- endfor %}
        {%- endfor %}
        {%- for kind in ['delivered', 'bounced', 'complained', 'unsubscribed'] %}
        cast(sum(days.{{ kind }}_count) as integer) as message_{{ kind }}_count,
        {%- endfor %}
        {%- for channel in channels %}
        max(case when days.channel_code = '{{ channel }}' then days.last_engaged_at end)
            as last_{{ channel }}_engaged_at,
        {%- endfor %}
        max(days.last_engaged_at) as last_message_engaged_at,
        max(days.last_delivered_at) as last_message_at
    from (
        {{ cdp.days_before('message_days', as_of) }}
    ) as days
    inner join {{ ref('identity_map') }} as identity_map
        on days.identifier_key = identity_map.identifier_key
    where days.channel_code <> 'ad'
    group by identity_map.profile_id
{%- endmacro %}
