{% call cdp.segment() %}
description: People reachable by WhatsApp who answered to it within the last 90 days.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.8]
rule:
  all:
    - {attribute: is_whatsapp_reachable, is: true}
    - {attribute: last_whatsapp_engaged_at, in_last_days: 90}
{% endcall %}
