{% call cdp.segment() %}
description: People who would recommend us by their latest answer, and have no open ticket.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.5]
rule:
  all:
    - {attribute: nps_class_code, is: promoter}
    - not: {in_segment: open_tickets}
{% endcall %}
