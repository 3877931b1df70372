{% call cdp.segment() %}
description: Anonymous visitors who looked at many products within the last 30 days, by var high_intent_product_views.
owner: performance-marketing@example.com
purpose: advertising
expected_share: [0.0, 0.5]
rule:
  all:
    - {attribute: profile_kind, is: anonymous}
    - {attribute: product_view_30_days_count, at_least: {{ var('high_intent_product_views') }}}
{% endcall %}
