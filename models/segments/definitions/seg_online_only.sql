{% call cdp.segment() %}
description: Customers who buy on web and in the app only.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.8]
rule:
  all:
    - {attribute: online_order_count, at_least: 1}
    - {attribute: store_order_count, is: 0}
{% endcall %}
