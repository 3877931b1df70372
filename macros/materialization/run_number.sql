{#-
    The number of this run, a bigint that grows from run to run: the microsecond in which it was started.
    Rows are stamped with it when they change, and a model reads what was stamped after its own last run.
    It is no moment of anybody's data: those are as_of(). A clock that was set back would hide changes,
    see assert_identity__no_stamp_is_ahead.
-#}
{% macro run_number() -%}
    cast({{ (run_started_at.timestamp() * 1000000) | int }} as bigint)
{%- endmacro %}
