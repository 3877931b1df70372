{#-
    A statement, with its semicolon, that stands before one that makes a table, and holds for its
    transaction. PostgreSQL counts a CTE of few known sizes as a row or two and then loops over hundreds of
    thousands for each of another: recommendation_evaluation of 10,000 customers never ended so, and takes
    8 s by hash joins (2026-11-30). Where there is no other way, a range join say, it loops all the same.
-#}
{% macro plan_for_sets() -%}
    {{ return(adapter.dispatch('plan_for_sets', 'cdp')()) }}
{%- endmacro %}

{% macro default__plan_for_sets() -%}
    {{ exceptions.raise_compiler_error('plan_for_sets is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__plan_for_sets() -%}
{%- endmacro %}

{% macro postgres__plan_for_sets() -%}
    set local enable_nestloop = off;
{%- endmacro %}
