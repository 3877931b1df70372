{#- Gathers statistics on a new table where the engine's planner needs to be told. relation: the table. #}
{% macro refresh_statistics(relation) -%}
    {{ return(adapter.dispatch('refresh_statistics', 'cdp')(relation)) }}
{%- endmacro %}

{% macro default__refresh_statistics(relation) -%}
    {{ exceptions.raise_compiler_error('refresh_statistics is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__refresh_statistics(relation) -%}
{%- endmacro %}

{% macro postgres__refresh_statistics(relation) -%}
    {% do cdp.execute_sql('analyze ' ~ relation) %}
{%- endmacro %}
