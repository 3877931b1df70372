{% call cdp.segment() %}
description: Loyalty members of whom points expire within 30 days.
owner: loyalty@example.com
purpose: marketing
expected_share: [0.0, 0.3]
rule:
  attribute: loyalty_points_expiring_30_days
  more_than: 0
{% endcall %}
