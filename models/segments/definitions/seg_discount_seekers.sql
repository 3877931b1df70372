{% call cdp.segment() %}
description: Customers with three purchases or more, two thirds of them with a discount.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.3]
rule:
  all:
    - {attribute: order_count, at_least: 3}
    - {attribute: discounted_order_rate, at_least: 0.66}
{% endcall %}
