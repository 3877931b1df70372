{#-
    The rows of a source that cannot be used, with their reasons: what map_<source>__quarantined_rows
    is made of.

    source_name: the feed. tables: {landed table: its stg_ model's name}.
-#}
{% macro quarantined_rows(source_name, tables) %}
    {%- for table_name, model_name in tables.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ source_name }}' as source_name,
        '{{ table_name }}' as source_table,
        record_key,
        quarantine_reason as reason_code,
        quarantine_column as reason_column,
        quarantine_payload_json as payload_json,
        received_at
    from {{ ref(model_name) }}
    where quarantine_reason is not null
    {%- endfor %}
{% endmacro %}
