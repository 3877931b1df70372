{% call cdp.segment() %}
description: Known people who never bought anything.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.6]
rule:
  all:
    - {attribute: profile_kind, is: known}
    - {attribute: order_count, is: 0}
{% endcall %}
