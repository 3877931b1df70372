{% call cdp.sync() %}
description: Lapsed customers worth most, each told once that a voucher waits for them.
owner: lifecycle-marketing@example.com
transport: http_json
segment: lapsed_customers
mode: append
purpose: marketing
channel: email
weakest_identity: declared
key: external_id
fields:
  external_id: {identifier: email}
  first_name: {attribute: first_name}
  voucher: {value: WELCOME-BACK}
priority: {among: vouchers, rank: 1}
cap: {members: 500, highest: net_revenue_amount}
frequency_cap: {messages: 4, days: 7}
message: true # each one is a fact of the person, and counts in every frequency cap
cost: {per_request: 0, per_member: 0.002, currency: EUR}
{% endcall %}
