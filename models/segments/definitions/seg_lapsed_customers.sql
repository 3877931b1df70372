{% call cdp.segment() %}
description: Customers whose last purchase is longer ago than var lapsed_after_days.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.6]
rule:
  attribute: lifecycle_stage_code
  is: lapsed
{% endcall %}
