{#-
    One number over another with two decimals, halves away from zero; null over zero or null.

    In double precision step by step, so that every engine rounds the same way: their numeric
    divisions keep different numbers of digits.
    numerator, denominator: numeric SQL expressions.
-#}
{% macro ratio(numerator, denominator) -%}
    cast(
        sign(cast({{ numerator }} as double precision) / nullif({{ denominator }}, 0))
        * floor(
            abs(cast({{ numerator }} as double precision) / nullif({{ denominator }}, 0)) * 100 + 0.5
        ) / 100
        as numeric(18, 2)
    )
{%- endmacro %}
