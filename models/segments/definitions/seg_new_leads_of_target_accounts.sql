{% call cdp.segment() %}
description: People of companies that are no customers yet who were first seen within the last 90 days and did something since.
owner: sales@example.com
purpose: marketing
expected_share: [0.0, 0.2]
rule:
  all:
    - {attribute: first_seen_at, in_last_days: 90}
    - {attribute: event_30_days_count, at_least: 1}
    - {attribute: order_count, is: 0}
    - has: account
      where:
        - has: company
          where:
            - {attribute: account_type, is_not: customer}
{% endcall %}
