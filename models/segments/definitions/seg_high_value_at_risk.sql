{% call cdp.segment() %}
description: Customers of high value who are overdue, complain or would not recommend us.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.3]
rule:
  all:
    - in_segment: high_value
    - any:
        - {attribute: is_order_overdue, is: true}
        - {attribute: lifecycle_stage_code, in: [lapsing, lapsed]}
        - {attribute: sentiment_code, is: negative}
        - {attribute: is_subscription_cancelling, is: true}
{% endcall %}
