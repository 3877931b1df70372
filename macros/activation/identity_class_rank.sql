{#- Strength of identity evidence as a number, 1 the strongest; null and unknown classes rank last.
    class_code: SQL expression. -#}
{% macro identity_class_rank(class_code) -%}
    case {{ class_code }}
        when 'login' then 1
        when 'verified' then 2
        when 'declared' then 3
        when 'device' then 4
        when 'inferred' then 5
        else 6
    end
{%- endmacro %}
