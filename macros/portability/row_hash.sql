{#-
    A hash of some columns as a bigint from 0 on, to find rows that differ from those of the last run. It is
    the engine's own, so it is compared in one warehouse and never shown.

    columns: list of expressions.
-#}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'cdp')(columns)) }}
{%- endmacro %}

{% macro default__row_hash(columns) -%}
    {{ exceptions.raise_compiler_error('row_hash is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
    cast(hash({{ columns | join(', ') }}) >> 1 as bigint)
{%- endmacro %}

{% macro postgres__row_hash(columns) -%}
    (hashtextextended(cast(row({{ columns | join(', ') }}) as varchar), 0) & 9223372036854775807)
{%- endmacro %}
