{% call cdp.segment() %}
description: Customers who bought three times or more and hardly ever with a discount.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.7]
rule:
  all:
    - {attribute: order_count, at_least: 3}
    - {attribute: discounted_order_rate, at_most: 0.1}
{% endcall %}
