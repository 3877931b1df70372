{#- Columns as a JSON object of texts, the same text on every engine. columns: list of column names. -#}
{% macro json_object(columns) -%}
    '{'
    {%- for column in columns %} || '{{ ', ' if not loop.first }}"{{ column }}": ' || {{ cdp.json_string(column) }}{% endfor %} || '}'
{%- endmacro %}
