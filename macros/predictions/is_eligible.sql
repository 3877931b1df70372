{#-
    Whether a model may score somebody: its `eligible_code` (seed prediction_models) names one of the
    is_ columns of the entity's features.
    models, features: names of the relations in the query. entity: person or account.
-#}
{% macro is_eligible(models, features, entity='person') -%}
    {%- set codes = {
        'person': [
            'buyer', 'active_buyer', 'subscriber', 'newcomer', 'open_lead',
            'email_reader', 'sms_reader', 'push_reader', 'whatsapp_reader',
        ],
        'account': ['prospect'],
    }[entity] -%}
    case {{ models }}.eligible_code
        {%- for code in codes %}
        when '{{ code }}' then {{ features }}.is_{{ code }}
        {%- endfor %}
        else false
    end
{%- endmacro %}
