{#-
    Whether a moment or a day lies in the last days before another moment: a condition. A row at or
    after the moment never does, so a feature of the past stays what it was.

    moment: SQL expression, a timestamp or a date (the day's start); days: a number;
    as_of: timestamp expression.
-#}
{% macro in_last_days(moment, days, as_of) -%}
    ({{ moment }} >= {{ as_of }} - interval '{{ days }} days' and {{ moment }} < {{ as_of }})
{%- endmacro %}
