{#-
    What a rule may ask about besides profiles: the things that people did or have.

    model: where the rows are; columns: whose contract says what may be asked, the model's own where it is
    not given; key: how a row names the person, identifier_key or profile_id; moment: when it happened,
    none for what has no time; rows: which of them count. `related` are things that a row leads to: {name: {model, on: {their column: ours}}}.
    `profile` is where every rule begins.
-#}
{% macro segment_entities() -%}
    {%- set store = {'model': 'stores', 'on': {'store_id': 'store_id'}} -%}
    {%- set product = {'model': 'products', 'on': {'product_id': 'product_id'}} -%}
    {%- set bought = "not found.is_test and found.status_code in ('completed', 'refunded')"
        ~ " and found.total_amount > 0" -%}
    {{ return({
        'profile': {
            'model': 'profiles',
            'related': {
                'home_store': {'model': 'stores', 'on': {'store_id': 'home_store_id'}},
                'last_visited_store': {'model': 'stores', 'on': {'store_id': 'last_visited_store_id'}},
                'employer': {'model': 'account_profiles', 'on': {'account_id': 'account_id'}},
            },
        },
        'event': {
            'model': 'int_segments__events', 'columns': 'events', 'key': 'identifier_key',
            'moment': 'occurred_at', 'rows': 'not found.is_bot',
            'related': {'store': store, 'product': product},
        },
        'purchase': {
            'model': 'orders', 'key': 'identifier_key', 'moment': 'ordered_at', 'rows': bought,
            'related': {
                'store': store,
                'line': {
                    'model': 'purchase_lines',
                    'on': {'source_name': 'source_name', 'order_id': 'order_id'},
                },
            },
        },
        'purchased_product': {
            'model': 'purchase_lines', 'key': 'identifier_key', 'moment': 'ordered_at',
            'related': {'store': store, 'product': product},
        },
        'message': {
            'model': 'message_events', 'key': 'identifier_key', 'moment': 'occurred_at',
        },
        'ticket': {
            'model': 'support_tickets', 'key': 'identifier_key', 'moment': 'opened_at',
        },
        'survey_answer': {
            'model': 'survey_responses', 'key': 'identifier_key', 'moment': 'responded_at',
            'related': {'product': product},
        },
        'loyalty_movement': {
            'model': 'loyalty_events', 'key': 'identifier_key', 'moment': 'occurred_at',
        },
        'subscription': {
            'model': 'subscriptions', 'key': 'identifier_key', 'moment': 'started_at',
        },
        'affinity': {'model': 'profile_affinities', 'key': 'profile_id', 'moment': none},
        'prediction': {'model': 'profile_scores', 'key': 'profile_id', 'moment': none},
        'account': {
            'model': 'account_people', 'key': 'profile_id', 'moment': none,
            'related': {
                'company': {'model': 'account_profiles', 'on': {'account_id': 'account_id'}},
                'opportunity': {'model': 'opportunities', 'on': {'account_id': 'account_id'}},
            },
        },
    }) }}
{%- endmacro %}


{#- Every model that a rule may read, by name. -#}
{% macro segment_models() -%}
    {%- set models = ['identity_map'] -%}
    {%- for entity in cdp.segment_entities().values() -%}
        {%- do models.append(entity.model) -%}
        {%- for related in entity.get('related', {}).values() -%}
            {%- do models.append(related.model) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(models | unique | list) }}
{%- endmacro %}
