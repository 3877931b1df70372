{#-
    What a model's rule says of a person: the value of the feature its seed row names, so that more is
    more likely. models, features: names of the relations in the query.
-#}
{% macro rule_value(models, features) -%}
    case {{ models }}.rule_feature
        {%- for name in cdp.feature_names() %}
        when '{{ name }}' then {{ features }}.{{ name }}
        {%- endfor %}
    end * {{ models }}.rule_direction
{%- endmacro %}
