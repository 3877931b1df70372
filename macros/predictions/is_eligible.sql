{#-
    Whether a model may score a person: its `eligible_code` (seed prediction_models) names one of the
    is_ columns of int_predictions__features.
    models, features: names of the relations in the query.
-#}
{% macro is_eligible(models, features) -%}
    case {{ models }}.eligible_code
        {%- for code in ['buyer', 'active_buyer', 'subscriber', 'reachable', 'lead'] %}
        when '{{ code }}' then {{ features }}.is_{{ code }}
        {%- endfor %}
        else false
    end
{%- endmacro %}
