{% call cdp.segment() %}
description: Paying subscribers who neither visited, bought anything else nor answered a message within 60 days.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.2]
rule:
  all:
    - {attribute: active_subscription_count, at_least: 1}
    - {attribute: trial_subscription_count, is: 0}
    - not: {attribute: last_event_at, in_last_days: 60}
    - not: {attribute: last_message_engaged_at, in_last_days: 60}
    - has: purchase
      where: {attribute: channel_code, is_not: subscription}
      in_last_days: 60
      at_most: 0
{% endcall %}
