{% call cdp.segment() %}
description: People who looked at one product again and again, put nothing in the cart since and bought nothing.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.3]
rule:
  all:
    - {attribute: is_product_abandoned, is: true}
    - {attribute: is_cart_abandoned, is: false}
    - {attribute: last_product_view_at, in_last_days: {{ var('abandoned_within_days') }}}
{% endcall %}
