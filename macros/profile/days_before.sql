{#-
    Daily facts as they stood at a moment: a select to join with the identity map.

    Days that ended before it are taken as they are. A day that it cuts (the table holds rows of that
    day from both sides of it) is added up anew from its rows before it, so that a moment in the
    middle of a day knows nothing of the evening. No day is cut where the moment is the run's own and
    nothing came later: the join then has an empty side, and the events are not read. Naming the day
    lets an engine see how small that side is, and begin with it.

    table: event_days, event_facet_days or message_days; as_of: timestamp expression.
    Raises for another table.
-#}
{% macro days_before(table, as_of) -%}
{%- set tables = {
    'event_days': {
        'rows': 'events',
        'key': ['source_name', 'source_table', 'identifier_type', 'identifier_value', 'channel_code'],
        'columns': [
            'identifier_key', 'event_date', 'channel_code', 'page_view_count', 'product_view_count',
            'search_count', 'add_to_cart_count', 'checkout_started_count', 'checkout_abandoned_count',
            'form_submitted_count', 'store_visit_count', 'event_count', 'last_product_view_at',
            'last_add_to_cart_at', 'last_checkout_abandoned_at', 'last_store_visit_at',
            'first_occurred_at', 'last_occurred_at',
        ],
    },
    'event_facet_days': {
        'rows': 'events',
        'key': ['source_name', 'source_table', 'identifier_type', 'identifier_value'],
        'columns': [
            'identifier_key', 'event_date', 'facet_code', 'facet_value', 'medium_name',
            'campaign_name', 'event_count', 'add_to_cart_count', 'first_occurred_at',
            'last_occurred_at',
        ],
    },
    'message_days': {
        'rows': 'message_events',
        'key': ['identifier_key', 'channel_code'],
        'columns': [
            'identifier_key', 'event_date', 'channel_code', 'sent_count', 'delivered_count',
            'opened_count', 'clicked_count', 'bounced_count', 'complained_count',
            'unsubscribed_count', 'last_engaged_at', 'last_delivered_at', 'last_bounced_at',
            'first_occurred_at', 'last_occurred_at',
        ],
    },
} -%}
{%- if table not in tables -%}
    {{ exceptions.raise_compiler_error(
        "days_before: no daily facts are called '" ~ table ~ "'; take one of "
        ~ tables | join(', ') ~ '.'
    ) }}
{%- endif -%}
{%- set told = tables[table] -%}
    select
        {%- for column in told.columns %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref(table) }}
    where last_occurred_at < {{ as_of }}

    union all

    select
        {%- for column in told.columns %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        with

        begun as (

            select
                {%- for column in told.key %}
                happened.{{ column }},
                {%- endfor %}
                {%- if table == 'message_days' %}
                happened.message_event_type,
                {%- else %}
                happened.event_type,
                happened.product_id,
                happened.store_id,
                happened.device_type,
                happened.utm_source,
                happened.utm_medium,
                happened.utm_campaign,
                happened.is_bot,
                {%- if 'channel_code' not in told.key %}
                happened.channel_code,
                {%- endif %}
                {%- endif %}
                happened.received_at,
                happened.occurred_at
            from {{ ref(told.rows) }} as happened
            inner join (
                select
                    {%- for column in told.key %}
                    {{ column }},
                    {%- endfor %}
                    event_date
                from {{ ref(table) }}
                where
                    event_date = cast({{ as_of }} as date)
                    and first_occurred_at < {{ as_of }}
                    and last_occurred_at >= {{ as_of }}
                group by {{ told.key | join(', ') }}, event_date
            ) as cut
                on cast(happened.occurred_at as date) = cut.event_date
                {%- for column in told.key %}
                and happened.{{ column }} = cut.{{ column }}
                {%- endfor %}
            where
                happened.occurred_at < {{ as_of }}
                and cast(happened.occurred_at as date) = cast({{ as_of }} as date)

        ),

        {% if table == 'event_days' -%}
        {{ cdp.daily_facts('begun') }}
        {%- elif table == 'event_facet_days' -%}
        {{ cdp.daily_facets('begun') }}
        {%- else -%}
        {{ cdp.daily_messages('begun') }}
        {%- endif %}

        select * from final
    ) as cut_days
    {%- if table == 'event_facet_days' %}
    where exists (
        -- other values of the same day may have ended before: they are taken above
        select 1
        from {{ ref(table) }} as cut
        where
            cut.event_date = cast({{ as_of }} as date)
            and cut.first_occurred_at < {{ as_of }}
            and cut.last_occurred_at >= {{ as_of }}
            and cut.event_date = cut_days.event_date
            {%- for column in told.key + ['facet_code', 'facet_value', 'medium_name', 'campaign_name'] %}
            and cut.{{ column }} = cut_days.{{ column }}
            {%- endfor %}
    )
    {%- endif %}
{%- endmacro %}
