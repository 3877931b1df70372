{% call cdp.sync() %}
description: Readers of the newsletter, at the e-mail platform that ships with the project.
owner: lifecycle-marketing@example.com
transport: http_json
segment: newsletter_active
mode: mirror
purpose: marketing
channel: email
weakest_identity: declared
key: external_id
fields:
  external_id: {attribute: profile_id}
  email: {identifier: email}
  email_sha256: {identifier: email, hash: sha256}
guards:
  max_remove_share: 0.3 # a third of a newsletter does not leave in a day
{% endcall %}
