{#-
    Daily facts of events: one row per landed table, identifier, day and channel. The CTEs `daily`,
    `named`, `keyed` and `final` of a model that goes on with `select * from final`.

    relation: CTE with the columns of canonical.events. Events of robots, and those that name nobody,
    are nobody's facts.
-#}
{% macro daily_facts(relation) -%}
{%- set counted = {
    'page_view_count': 'page_view',
    'product_view_count': 'product_view',
    'search_count': 'search',
    'add_to_cart_count': 'add_to_cart',
    'checkout_started_count': 'checkout_started',
    'checkout_abandoned_count': 'checkout_abandoned',
    'form_submitted_count': 'form_submitted',
    'store_visit_count': 'store_visit',
} -%}
{%- set last_of = ['product_view', 'add_to_cart', 'checkout_abandoned', 'store_visit'] -%}
daily as (

    select
        source_name,
        source_table,
        identifier_type,
        identifier_value,
        cast(occurred_at as date) as event_date,
        channel_code,
        {%- for column, event_type in counted.items() %}
        cast(sum(case when event_type = '{{ event_type }}' then 1 else 0 end) as integer)
            as {{ column }},
        {%- endfor %}
        cast(count(*) as integer) as event_count,
        cast(sum(
            case
                when received_at > occurred_at + interval '{{ var("late_after_hours") }} hours' then 1
                else 0
            end
        ) as integer) as late_count,
        {%- for event_type in last_of %}
        max(case when event_type = '{{ event_type }}' then occurred_at end)
            as last_{{ event_type }}_at,
        {%- endfor %}
        min(occurred_at) as first_occurred_at,
        max(occurred_at) as last_occurred_at,
        max(received_at) as received_at
    from {{ relation }}
    where
        identifier_value is not null
        and not is_bot
    group by
        source_name,
        source_table,
        identifier_type,
        identifier_value,
        cast(occurred_at as date),
        channel_code

),

{{ cdp.identifier_keys('daily') }},

final as (

    select
        daily.source_name,
        daily.source_table,
        daily.identifier_type,
        daily.identifier_value,
        keyed.identifier_key,
        daily.event_date,
        daily.channel_code,
        {%- for column in counted %}
        daily.{{ column }},
        {%- endfor %}
        daily.event_count,
        daily.late_count,
        {%- for event_type in last_of %}
        daily.last_{{ event_type }}_at,
        {%- endfor %}
        daily.first_occurred_at,
        daily.last_occurred_at,
        daily.received_at
    from daily
    inner join keyed
        on
            daily.source_name = keyed.source_name
            and daily.identifier_type = keyed.identifier_type
            and daily.identifier_value = keyed.identifier_value
    where keyed.identifier_key is not null

)
{%- endmacro %}
