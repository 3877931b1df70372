{% call cdp.segment() %}
description: Known people who were seen at a store within the last hours, by var near_store_hours.
owner: lifecycle-marketing@example.com
purpose: marketing
expected_share: [0.0, 0.1]
# who is near a store changes from hour to hour
sudden_change_share: 100
rule:
  all:
    - {attribute: profile_kind, is: known}
    - has: event
      in_last_hours: {{ var('near_store_hours') }}
      where:
        - has: store
{% endcall %}
