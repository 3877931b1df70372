{% call cdp.segment() %}
description: People who would not recommend us, by their latest answer; left out of campaigns.
owner: support@example.com
purpose: service
expected_share: [0.0, 0.3]
rule:
  attribute: nps_class_code
  is: detractor
{% endcall %}
