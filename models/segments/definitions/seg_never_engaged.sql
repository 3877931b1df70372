{% call cdp.segment() %}
description: People who got five messages or more and never opened or clicked any; mailbox providers hold them against the sender.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.4]
rule:
  all:
    - {attribute: message_delivered_count, at_least: 5}
    - {attribute: is_ever_engaged, is: false}
{% endcall %}
