{% call cdp.segment() %}
description: Customers who buy in stores only.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.6]
rule:
  all:
    - {attribute: store_order_count, at_least: 1}
    - {attribute: online_order_count, is: 0}
    - {attribute: subscription_order_count, is: 0}
{% endcall %}
