{#- Thousandths of the binary logarithm of a positive number, a bigint expression. Cut to four digits
    before it is rounded, where engines' logarithms may differ in their last. -#}
{% macro millibits(number) -%}
    cast(round(cast(1000 * ln({{ number }}) / ln(2) as numeric(18, 4))) as bigint)
{%- endmacro %}
