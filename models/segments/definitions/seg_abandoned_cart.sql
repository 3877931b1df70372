{% call cdp.segment() %}
description: People who put a product in the cart lately and have not bought since.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.3]
rule:
  all:
    - {attribute: is_cart_abandoned, is: true}
    - {attribute: last_add_to_cart_at, in_last_days: {{ var('abandoned_within_days') }}}
{% endcall %}
