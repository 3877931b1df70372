{% call cdp.segment() %}
description: People who wait for an answer of ours; left out of campaigns.
owner: support@example.com
purpose: service
expected_share: [0.0, 0.3]
rule:
  attribute: open_ticket_count
  at_least: 1
{% endcall %}
