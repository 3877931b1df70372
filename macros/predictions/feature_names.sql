{#-
    The features of an entity, each a row of seed prediction_features and a column of feature_table.
    entity: person or account.
-#}
{% macro feature_names(entity='person') %}
    {% do return({
        'person': [
            'days_since_last_order', 'days_since_first_order', 'order_count', 'order_90_count',
            'order_365_count', 'spend_365_amount', 'spend_rate_amount', 'mean_order_amount', 'mean_gap_days',
            'gap_ratio', 'discount_order_share', 'online_order_share', 'event_7_count', 'event_30_count',
            'product_view_30_count', 'add_to_cart_30_count', 'form_90_count', 'days_since_last_event',
            'email_delivered_90_count', 'email_open_90_count', 'email_click_90_count', 'sms_click_90_count',
            'push_click_90_count', 'whatsapp_click_90_count',
            'active_subscription_count', 'subscription_age_days', 'lead_age_days',
        ],
        'account': [
            'account_age_days', 'member_count', 'engaged_member_30_count', 'days_since_last_member_event',
            'member_event_30_count', 'member_product_view_30_count', 'member_form_90_count',
            'member_email_click_90_count', 'member_spend_365_amount', 'lost_opportunity_count',
            'days_since_last_opportunity',
        ],
    }[entity]) %}
{% endmacro %}
