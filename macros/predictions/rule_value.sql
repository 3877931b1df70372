{#-
    What a model's rule says: the value of the feature its seed row names, so that more is more likely.
    models, features: names of the relations in the query. entity: person or account.
-#}
{% macro rule_value(models, features, entity='person') -%}
    case {{ models }}.rule_feature
        {%- for name in cdp.feature_names(entity) %}
        when '{{ name }}' then {{ features }}.{{ name }}
        {%- endfor %}
    end * {{ models }}.rule_direction
{%- endmacro %}
