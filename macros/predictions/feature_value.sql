{#-
    A feature as trained and as scored: missing is `missing`, larger than `cap` is `cap`, and the value
    is one that 32 bits hold, since scikit-learn's trees compare in 32 bits.
    expression: SQL; missing, cap: numbers.
-#}
{% macro feature_value(expression, missing=0, cap=1000000) -%}
    cast(cast(least(
        coalesce(cast({{ expression }} as double precision), {{ missing }}), {{ cap }}
    ) as real) as double precision)
{%- endmacro %}
