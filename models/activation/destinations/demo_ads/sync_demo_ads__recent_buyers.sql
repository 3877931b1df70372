{% call cdp.sync() %}
description: People who bought lately, hashed, so that adverts for what they own do not follow them.
owner: performance-marketing@example.com
transport: http_json
segment: recent_buyers
mode: mirror
purpose: advertising
channel: ads
weakest_identity: declared
key: external_id
fields:
  external_id: {attribute: profile_id, hash: sha256}
  email_sha256: {identifier: email, hash: google}
  phone_sha256: {identifier: phone, hash: google, optional: true}
guards:
  max_remove_share: 0.5 # who bought a month ago leaves by the calendar
{% endcall %}
