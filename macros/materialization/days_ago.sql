{#- The moment as many days before as_of() as a var says: {{ cdp.days_ago('lapsed_after_days') }}. -#}
{% macro days_ago(var_name) -%}
    ({{ cdp.as_of() }} - interval '{{ var(var_name) }} days')
{%- endmacro %}
