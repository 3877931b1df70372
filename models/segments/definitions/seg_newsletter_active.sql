{% call cdp.segment() %}
description: Known people with an e-mail address who opened or clicked a message, bought or visited lately.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.9]
rule:
  all:
    - {attribute: profile_kind, is: known}
    - {attribute: is_email_known, is: true}
    - any:
        - {attribute: last_message_engaged_at, in_last_days: {{ var('engaged_within_days') }}}
        - {attribute: last_event_at, in_last_days: {{ var('engaged_within_days') }}}
        - {attribute: last_ordered_at, in_last_days: {{ var('engaged_within_days') }}}
{% endcall %}
