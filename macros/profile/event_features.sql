{#-
    What was known of everybody's behaviour at a moment: a select with one row per profile, from the
    daily facts. as_of: timestamp expression; no event at or after it changes the row. A window of n
    days is n calendar days (UTC) that end with the moment: at noon half of the last one.
-#}
{% macro event_features(as_of) -%}
{%- set counted = {
    'event': [7, 30, 90, 365], 'page_view': [30], 'product_view': [7, 30], 'search': [30],
    'add_to_cart': [30], 'checkout_started': [], 'checkout_abandoned': [], 'form_submitted': [],
    'store_visit': [90],
} -%}
    select
        identity_map.profile_id,
        {%- for name, windows in counted.items() %}
        cast(sum(days.{{ name }}_count) as bigint) as {{ name }}_count,
        {%- for days in windows %}
        cast(sum(case
            when {{ cdp.in_last_days('days.event_date', days, as_of) }} then days.{{ name }}_count
            else 0
        end) as bigint) as {{ name }}_{{ days }}_days_count,
        {%- endfor %}
        {%- endfor %}
        {%- for channel in ['web', 'app', 'social'] %}
        cast(sum(case when days.channel_code = '{{ channel }}' then days.event_count else 0 end) as bigint)
            as {{ channel }}_event_count,
        {%- endfor %}
        cast(sum(case
            when days.channel_code = 'app' and {{ cdp.in_last_days('days.event_date', 30, as_of) }}
                then days.event_count
            else 0
        end) as bigint) as app_event_30_days_count,
        cast(count(distinct days.event_date) as integer) as active_day_count,
        cast(count(distinct case
            when {{ cdp.in_last_days('days.event_date', 30, as_of) }} then days.event_date
        end) as integer) as active_day_30_days_count,
        min(days.first_occurred_at) as first_event_at,
        max(days.last_occurred_at) as last_event_at,
        max(case when days.channel_code = 'web' then days.last_occurred_at end) as last_web_event_at,
        max(case when days.channel_code = 'app' then days.last_occurred_at end) as last_app_event_at,
        max(days.last_product_view_at) as last_product_view_at,
        max(days.last_add_to_cart_at) as last_add_to_cart_at,
        max(days.last_checkout_abandoned_at) as last_checkout_abandoned_at,
        max(days.last_store_visit_at) as last_store_visit_at
    from (
        {{ cdp.days_before('event_days', as_of) }}
    ) as days
    inner join {{ ref('identity_map') }} as identity_map
        on days.identifier_key = identity_map.identifier_key
    group by identity_map.profile_id
{%- endmacro %}
