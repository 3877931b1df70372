{% call cdp.segment() %}
description: Known people who left a checkout lately and have not bought since.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.2]
rule:
  all:
    - {attribute: profile_kind, is: known}
    - {attribute: last_checkout_abandoned_at, in_last_days: {{ var('abandoned_within_days') }}}
    - not: {attribute: last_ordered_at, since: {attribute: last_checkout_abandoned_at}}
{% endcall %}
