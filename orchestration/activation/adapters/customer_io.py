"""Customer.io track API: membership as an attribute, by /api/v2/batch.

The address is https://track.customer.io, the audience an attribute's name, the token
{site id}:{key}. Less than 500 kB a call.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Limit,
    Reading,
    Request,
    RowOutcome,
    check_fields,
    is_object,
    json_object,
    no_poll,
    no_read_poll,
    payload,
    read_status,
    rows_but,
    safe_code,
    send_json,
    unreadable,
)

LIMIT = Limit(100, 1.0)
build_poll = no_poll
read_poll = no_read_poll


def check(item: Item) -> str | None:
    """A code unless the key is one of the identifiers."""
    if item.key_field not in ("id", "email", "cio_id"):
        return "key_is_no_identifier"
    return check_fields(item, (), (item.key_field,))


def sign(request: Request, token: str) -> Mapping[str, str]:
    """Basic with site and key."""
    return {"authorization": "Basic " + b64encode(token.encode()).decode()}


def build(batch: Batch) -> Request:
    """Identifies each person and sets the membership. Taking somebody out creates nobody: who was
    erased there would be back."""
    is_member = batch.action == "upsert"
    membership = {batch.audience_name: is_member}
    if not is_member:
        membership["_update"] = True
    changes = []
    for item in batch.items:
        person = payload(item)
        identifiers = {item.key_field: person.pop(item.key_field)}
        changes.append(
            {
                "type": "person",
                "action": "identify",
                "identifiers": identifiers,
                "attributes": {**person, **membership},
            }
        )
    return send_json("POST", "/api/v2/batch", {"batch": changes})


def read(batch: Batch, answer: Answer) -> Reading:
    """200, or 207 with errors by place."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    if not is_object(answer):
        return unreadable(answer)
    errors = json_object(answer).get("errors") or []
    if answer.status == 207 and not errors:
        return Reading("split", error_code="errors_not_named", http_status=answer.status)
    failed: dict[int, RowOutcome] = {}
    for error in errors:
        if type(error.get("batch_index")) is not int:
            return Reading("split", error_code="error_not_placed", http_status=answer.status)
        failed[error["batch_index"]] = RowOutcome("failed", safe_code(error.get("reason")))
    return rows_but(batch, answer, failed)
