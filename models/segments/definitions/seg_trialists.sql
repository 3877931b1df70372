{% call cdp.segment() %}
description: People in a trial of a subscription.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.2]
rule:
  attribute: trial_subscription_count
  at_least: 1
{% endcall %}
