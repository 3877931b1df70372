{#-
    The number of this run, a bigint that grows from run to run: the second in which it was started. Rows
    are stamped with it when they change, and a model reads what was stamped after its own last run. It
    is no moment of anybody's data: those are as_of().
-#}
{% macro run_number() -%}
    cast({{ run_started_at.timestamp() | int }} as bigint)
{%- endmacro %}
