{% call cdp.segment() %}
description: People who looked at a product and bought within seven days, in the last 90 days.
owner: lifecycle-marketing@example.com
purpose: analytics
expected_share: [0.0, 0.6]
rule:
  sequence:
    - {has: event, where: {attribute: event_type, is: product_view}}
    - {has: purchase, within_days: 7}
  in_last_days: 90
{% endcall %}
