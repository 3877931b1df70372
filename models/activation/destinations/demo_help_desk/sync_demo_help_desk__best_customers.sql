{% call cdp.sync() %}
description: What an agent should know of our best customers when they call.
owner: support@example.com
transport: http_json
segment: high_value
mode: upsert
purpose: marketing
channel: email
weakest_identity: declared
key: external_id
fields:
  external_id: {attribute: profile_id}
  email: {identifier: email}
  name: {attribute: full_name}
  orders: {attribute: order_count}
  revenue: {attribute: net_revenue_amount}
  last_ordered_at: {attribute: last_ordered_at}
{% endcall %}
