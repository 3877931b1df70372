{#-
    A statement for the hooks of a model that meets large tables with small sets of keys. On
    DuckDB the right side of a join, and what stands behind `in`, is then what is held in memory, as written.
    Left to choose, DuckDB holds the tables: it knows no sizes of sets that it has yet to find, and takes
    them for the larger side. 1 % new links of 10 M: over 8 GB so, 2.7 as written (2026-11-30). PostgreSQL
    needs nothing; a build of everything seldom.

    is_on: true before the model, false after it. One that fails leaves it on for those that follow.
    when_rebuilt: also where the model is built from everything.
-#}
{% macro join_sides_as_written(is_on, when_rebuilt=false) -%}
    {%- set is_needed = when_rebuilt or is_incremental() -%}
    {{ return(adapter.dispatch('join_sides_as_written', 'cdp')(is_on) if is_needed else '') }}
{%- endmacro %}

{% macro default__join_sides_as_written(is_on) -%}
    {{ exceptions.raise_compiler_error('join_sides_as_written is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__join_sides_as_written(is_on) -%}
    set disabled_optimizers = '{{ "build_side_probe_side" if is_on }}'
{%- endmacro %}

{% macro postgres__join_sides_as_written(is_on) -%}
{%- endmacro %}
