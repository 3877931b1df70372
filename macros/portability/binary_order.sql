{#- A text as an ordering expression that compares bytes, whatever the database's collation. #}
{% macro binary_order(text) -%}
    {{ return(adapter.dispatch('binary_order', 'cdp')(text)) }}
{%- endmacro %}

{% macro default__binary_order(text) -%}
    {{ exceptions.raise_compiler_error('binary_order is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__binary_order(text) -%}
    {{ text }}
{%- endmacro %}

{% macro postgres__binary_order(text) -%}
    {{ text }} collate "C"
{%- endmacro %}
