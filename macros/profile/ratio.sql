{#-
    One number over another with two decimals, halves away from zero; null over zero or null.

    In double precision step by step, so that every engine rounds the same way: their numeric
    divisions keep different numbers of digits.
    numerator, denominator: numeric SQL expressions.
-#}
{% macro ratio(numerator, denominator) -%}
    {%- set share -%}
    cast({{ numerator }} as double precision) / nullif({{ denominator }}, 0)
    {%- endset -%}
    cast(
        case when {{ share }} < 0 then -1 else 1 end
        * floor(abs({{ share }}) * 100 + 0.5) / 100 as numeric(18, 2)
    )
{%- endmacro %}
