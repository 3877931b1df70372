"""Iterable lists: subscribe and unsubscribe, per-user failures inside a 200.

The address is https://api.iterable.com, the audience a list's number. Leaving a list unsubscribes
from no channel.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Limit,
    Reading,
    Request,
    check_fields,
    json_object,
    no_poll,
    no_read_poll,
    payload,
    read_status,
    rows_but_keys,
    send_json,
    unreadable,
)

LIMIT = Limit(5, 1.0)
NOT_THERE = ("notFound", "forgotten")
build_poll = no_poll
read_poll = no_read_poll


def check(item: Item) -> str | None:
    """A code unless the key is e-mail or userId and the audience's payload holds it."""
    return (
        check_fields(item, (), (item.key_field,))
        if item.key_field in ("email", "userId")
        else "key_is_no_identifier"
    )


def sign(request: Request, token: str) -> Mapping[str, str]:
    """The project's key."""
    return {"api-key": token}


def build(batch: Batch) -> Request:
    """Fields other than the identifiers travel as dataFields."""
    subscribers = []
    for item in batch.items:
        person = payload(item)
        known = {name: person.pop(name) for name in ("email", "userId") if name in person}
        subscribers.append({**known, "dataFields": person} if person else known)
    body = {"listId": int(batch.audience_name), "subscribers": subscribers}
    if batch.action == "upsert":
        return send_json("POST", "/api/lists/subscribe", body)
    return send_json("POST", "/api/lists/unsubscribe", {**body, "channelUnsubscribe": False})


def read(batch: Batch, answer: Answer) -> Reading:
    """Failures are lists of addresses or ids by reason; their number must add up. On removal who is
    not there, or was erased there, is out already."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    body = json_object(answer)
    if type(body.get("failCount")) is not int:
        return unreadable(answer)
    failed: dict[str, str] = {}
    for reason, keys in (body.get("failedUpdates") or {}).items():
        for key in keys or []:
            failed[str(key)] = reason.removesuffix("Emails").removesuffix("UserIds")
    if len(failed) < body["failCount"]:
        return Reading("split", error_code="failures_not_named", http_status=answer.status)
    if batch.action == "remove":
        failed = {key: code for key, code in failed.items() if code not in NOT_THERE}
    return rows_but_keys(batch, answer, batch.items[0].key_field, failed)
