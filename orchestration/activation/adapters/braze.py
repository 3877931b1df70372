"""Braze: membership as an attribute of the user, by /users/track.

The address is the instance's REST endpoint, the audience an attribute's name. At most 75 a call;
only changes are sent, for each is billed. The key is external_id: several users may have one
address or number, and a call that names it reaches one of them (unverified).
"""

from __future__ import annotations

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Limit,
    Reading,
    Request,
    RowOutcome,
    bearer,
    check_fields,
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

LIMIT = Limit(3000, 3.0)
sign = bearer
build_poll = no_poll
read_poll = no_read_poll


def check(item: Item) -> str | None:
    """A code if nothing in the payload names a user."""
    return check_fields(item, (), ("external_id", "email", "phone"))


def build(batch: Batch) -> Request:
    """Sets the membership, and with it the mapped attributes. Taking somebody out creates nobody:
    who was erased there would be back."""
    is_member = batch.action == "upsert"
    membership = {batch.audience_name: is_member}
    if not is_member:
        membership["_update_existing_only"] = True
    people = [{**payload(item), **membership} for item in batch.items]
    return send_json("POST", "/users/track", {"attributes": people})


def read(batch: Batch, answer: Answer) -> Reading:
    """201 with non-fatal errors, each with the place of its user."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    body = json_object(answer)
    if body.get("message") != "success" and "errors" not in body:
        return unreadable(answer)
    done = body.get("attributes_processed")
    if type(done) is int and done + len(body.get("errors") or []) < len(batch.items):
        return Reading("split", error_code="failures_not_named", http_status=answer.status)
    failed: dict[int, RowOutcome] = {}
    for error in body.get("errors") or []:
        if type(error.get("index")) is not int:
            return Reading("split", error_code="error_not_placed", http_status=answer.status)
        failed[error["index"]] = RowOutcome("failed", safe_code(error.get("type")))
    return rows_but(batch, answer, failed)
