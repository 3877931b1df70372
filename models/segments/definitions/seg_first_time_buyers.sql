{% call cdp.segment() %}
description: People whose first and only purchase was within the last 30 days, to be welcomed.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.3]
rule:
  all:
    - {attribute: order_count, is: 1}
    - {attribute: first_ordered_at, in_last_days: 30}
{% endcall %}
