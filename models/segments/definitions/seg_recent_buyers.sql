{% call cdp.segment() %}
description: People who bought within the last 30 days.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.5]
rule:
  attribute: order_30_days_count
  at_least: 1
{% endcall %}
