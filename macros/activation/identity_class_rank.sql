{#- Strength of identity evidence as a number, 1 the strongest; null and unknown classes rank last.
    class_code: SQL expression. -#}
{% macro identity_class_rank(class_code) -%}
    case {{ class_code }}
        {%- for class in cdp.identity_classes() %}
        when '{{ class }}' then {{ loop.index }}
        {%- endfor %}
        else 6
    end
{%- endmacro %}


{#- The classes, the strongest first: the place of each is its rank. -#}
{% macro identity_classes() -%}
    {{ return(['login', 'verified', 'declared', 'device', 'inferred']) }}
{%- endmacro %}


{#- The class that a rank stands for; null stays null. rank: SQL expression. -#}
{% macro identity_class_of_rank(rank) -%}
    case {{ rank }}
        {%- for class in cdp.identity_classes() %}
        when {{ loop.index }} then '{{ class }}'
        {%- endfor %}
    end
{%- endmacro %}
