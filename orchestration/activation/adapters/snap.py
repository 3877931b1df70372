"""Snap audience segments: hashed ids in and out on one path, the outcome inside a 200.

The address is https://adsapi.snapchat.com, the audience a segment's id, one field a sync:
EMAIL_SHA256, PHONE_SHA256 or MOBILE_AD_ID_SHA256. At most 100,000 ids a call.
"""

from __future__ import annotations

from urllib.parse import quote

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Reading,
    Request,
    bearer,
    check_fields,
    json_object,
    no_poll,
    no_read_poll,
    read_status,
    rows_but,
    safe_code,
    send_json,
    unreadable,
)

sign = bearer
build_poll = no_poll
read_poll = no_read_poll


FIELDS = ("EMAIL_SHA256", "PHONE_SHA256", "MOBILE_AD_ID_SHA256")


def check(item: Item) -> str | None:
    """A code for anything but the key, and for one that is not hashed."""
    return check_fields(item, (item.key_field,), FIELDS, ())


def build(batch: Batch) -> Request:
    """One schema, one column."""
    data = [[item.member_key] for item in batch.items]
    body = {"users": [{"schema": [batch.items[0].key_field], "data": data}]}
    method = "POST" if batch.action == "upsert" else "DELETE"
    return send_json(method, f"/v1/segments/{quote(batch.audience_name, safe='')}/users", body)


def read(batch: Batch, answer: Answer) -> Reading:
    """Success must be said twice: for the call and for what was in it."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    body = json_object(answer)
    parts = body.get("users")
    if body.get("request_status") is None or not isinstance(parts, list):
        return unreadable(answer)
    states = [str(part.get("sub_request_status")).upper() for part in parts]
    if str(body["request_status"]).upper() == "SUCCESS" and states == ["SUCCESS"]:
        return rows_but(batch, answer, {})
    code = safe_code(body.get("error_code") or "sub_request_failed")
    return Reading("split", error_code=code, http_status=answer.status)
