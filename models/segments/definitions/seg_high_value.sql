{% call cdp.segment() %}
description: Customers with many purchases and much revenue within a year, by vars high_value_orders and high_value_revenue.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.5]
rule:
  all:
    - {attribute: order_365_days_count, at_least: {{ var('high_value_orders') }}}
    - {attribute: net_revenue_365_days_amount, at_least: {{ var('high_value_revenue') }}}
{% endcall %}
