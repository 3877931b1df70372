"""Mailchimp audiences: 500 members a call in, archived one by one out.

The address is https://{data centre}.api.mailchimp.com/3.0, the audience a list's id, the key the
e-mail address. Never delete-permanent: that forbids to add somebody again. Keep batches at 200.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import md5
from urllib.parse import quote

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Reading,
    Request,
    check_fields,
    json_object,
    no_poll,
    no_read_poll,
    payload,
    read_status,
    rows_but,
    rows_but_keys,
    send_json,
    unreadable,
)

build_poll = no_poll
read_poll = no_read_poll


def check(item: Item) -> str | None:
    """A code unless the key is an e-mail address."""
    if item.key_field != "email_address":
        return "key_is_no_email"
    return check_fields(item, (), ("email_address",))


def sign(request: Request, token: str) -> Mapping[str, str]:
    """Basic, any user."""
    return {"authorization": "Basic " + b64encode(f"any:{token}".encode()).decode()}


def build(batch: Batch) -> Request:
    """The list's members, or the first archiving."""
    if batch.action == "remove":
        return _archive(batch, 0)
    members = []
    for item in batch.items:
        person = payload(item)
        member = {"email_address": person.pop("email_address"), "status": "subscribed"}
        members.append({**member, "merge_fields": person} if person else member)
    path = f"/lists/{quote(batch.audience_name, safe='')}"
    return send_json("POST", path, {"members": members, "update_existing": True})


def _archive(batch: Batch, index: int) -> Request:
    # the vendor names a member by this hash; it protects nothing
    name = md5(batch.items[index].member_key.lower().encode(), usedforsecurity=False).hexdigest()
    return Request(
        "DELETE", f"/lists/{quote(batch.audience_name, safe='')}/members/{name}", memo=index
    )


def read(batch: Batch, answer: Answer) -> Reading:
    """Failures are named by address; somebody already gone is gone."""
    is_gone = answer.memo is not None and answer.status == 404
    by_status = None if is_gone else read_status(answer)
    if by_status is not None:
        return by_status
    if answer.memo is not None:
        following = answer.memo + 1
        if following < len(batch.items):
            return Reading("next", next_request=_archive(batch, following))
        return rows_but(batch, answer, {})
    body = json_object(answer)
    errors = body.get("errors")
    if not isinstance(errors, list) or body.get("error_count") != len(errors):
        return unreadable(answer)
    failed = {str(error.get("email_address")): str(error.get("error_code")) for error in errors}
    return rows_but_keys(batch, answer, "email_address", failed)
