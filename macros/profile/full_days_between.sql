{#- Full days of 24 hours from one moment to a later one, an integer. earlier, later: timestamps. -#}
{% macro full_days_between(earlier, later) -%}
    cast(floor(extract(epoch from ({{ later }} - {{ earlier }})) / 86400) as integer)
{%- endmacro %}
