{% call cdp.segment() %}
description: Loyalty members who lack 100 points or less for the next tier.
owner: loyalty@example.com
purpose: marketing
expected_share: [0.0, 0.3]
rule:
  all:
    - {attribute: is_loyalty_member, is: true}
    - {attribute: loyalty_points_to_next_tier, more_than: 0, at_most: 100}
{% endcall %}
