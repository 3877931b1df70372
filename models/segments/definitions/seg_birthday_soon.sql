{% call cdp.segment() %}
description: Known people whose birthday is within the next seven days.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.1]
rule:
  all:
    - {attribute: profile_kind, is: known}
    - {attribute: birthday_in_days, at_most: 7}
{% endcall %}
