{#-
    The events of the days that rows arrived for since the last run, late ones too, wholly: the CTEs
    `events`, `touched` and `reopened` of an incremental model of daily facts whose key begins with
    source_name, source_table and event_date. On a first run and a full refresh: all of them.
-#}
{% macro reopened_days() -%}
events as (

    select * from {{ ref('events') }}
    where {{ cdp.is_streamed() }}

),

{% if is_incremental() %}
touched as (

    {%- for source_name, source_table in cdp.streamed_tables() %}
    {%- set rows = "source_name = '" ~ source_name ~ "' and source_table = '" ~ source_table ~ "'" %}
    {{ 'union all' if not loop.first }}
    select
        source_name,
        source_table,
        cast(occurred_at as date) as event_date
    from events
    where
        {{ rows }}
        and received_at >= {{ cdp.read_from(rows) }}
    group by source_name, source_table, cast(occurred_at as date)
    {%- else %}
    select
        source_name,
        source_table,
        cast(occurred_at as date) as event_date
    from events
    {%- endfor %}

),

reopened as (

    select events.*
    from events
    inner join touched
        on
            events.source_name = touched.source_name
            and events.source_table = touched.source_table
            and cast(events.occurred_at as date) = touched.event_date

)
{%- else -%}
reopened as (

    select * from events

)
{%- endif -%}
{%- endmacro %}
