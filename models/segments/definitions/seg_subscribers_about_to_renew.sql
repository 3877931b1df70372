{% call cdp.segment() %}
description: Subscribers who renew within 14 days.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.2]
rule:
  all:
    - {attribute: active_subscription_count, at_least: 1}
    - {attribute: next_renewal_at, in_next_days: 14}
    - {attribute: is_subscription_cancelling, is: false}
{% endcall %}
