-- Scores of promoted versions only: a rule ranks people, and is no probability. Bands are there for
-- both.
with

scores as (

    select * from {{ ref('profile_scores') }}

),

final as (

    select
        profile_id,
        {%- for model, column in {
            'lifetime_value_365_days': 'predicted_revenue_365_days_amount',
            'order_count_365_days': 'predicted_order_365_days_count',
            'next_order_days': 'predicted_days_to_order',
        }.items() %}
        cast(max(case when model_name = '{{ model }}' then score end) as numeric(18, 2))
            as {{ column }},
        {%- endfor %}
        {%- for model, column in {
            'buy_7_days': 'purchase_7_days_probability_rate',
            'buy_30_days': 'purchase_probability_rate',
            'first_order_30_days': 'first_order_probability_rate',
            'order_uplift_30_days': 'order_uplift_rate',
            'churn_90_days': 'churn_probability_rate',
            'subscription_churn_30_days': 'subscription_churn_probability_rate',
            'email_click_30_days': 'email_click_probability_rate',
            'sms_click_30_days': 'sms_click_probability_rate',
            'push_click_30_days': 'push_click_probability_rate',
            'whatsapp_click_30_days': 'whatsapp_click_probability_rate',
            'discount_30_days': 'predicted_discount_affinity_score',
            'lead_conversion_90_days': 'lead_conversion_rate',
        }.items() %}
        cast(max(case when model_name = '{{ model }}' then score end) as numeric(18, 6))
            as {{ column }},
        {%- endfor %}
        cast(
            max(case when model_name = 'lead_conversion_90_days' then band_code end) as varchar
        ) as lead_conversion_band_code
    from scores
    group by profile_id

)

select * from final
