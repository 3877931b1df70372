{#- The features of int_predictions__features, each a row of seed prediction_features. -#}
{% macro feature_names() %}
    {% do return([
        'days_since_last_order', 'days_since_first_order', 'order_count', 'order_90_count',
        'order_365_count', 'spend_365_amount', 'spend_rate_amount', 'mean_order_amount', 'mean_gap_days',
        'gap_ratio', 'discount_order_share', 'online_order_share', 'event_7_count', 'event_30_count',
        'product_view_30_count', 'add_to_cart_30_count', 'days_since_last_event',
        'email_delivered_90_count', 'email_open_90_count', 'email_click_90_count',
        'active_subscription_count', 'subscription_age_days',
    ]) %}
{% endmacro %}
