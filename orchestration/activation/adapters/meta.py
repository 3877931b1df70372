"""Meta Custom Audiences: POST or DELETE /{audience}/users, at most 10,000 people a call.

The address is https://graph.facebook.com/{version}; payload fields are the schema's names, hashed
by `hashed_for('meta', ...)`. Throttling comes as an error code inside a 400. People are matched by
any of what was sent of them, and the vendor does not say by which: a removal sends all of it. A
whole audience is POST /{audience}/usersreplace, in one session of several calls, of which the
vendor publishes that payload and session are needed (the session's fields are unverified).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
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
    payload,
    read_status,
    retry_after_seconds,
    rows_but,
    safe_code,
    send_json,
    unreadable,
)

sign = bearer
build_poll = no_poll
read_poll = no_read_poll


FIELDS = (
    *("EXTERN_ID", "EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "LN", "FN", "FI", "CT", "ST"),
    *("ZIP", "MADID", "COUNTRY"),
)
PLAIN = ("EXTERN_ID", "MADID")
FINDS_BY = FIELDS
REPLACES = True
CALL_ROWS = 10_000
_THROTTLED = {4, 17, 32, 613, *range(80000, 80015)}


def check(item: Item) -> str | None:
    """A code for an unknown field, one that is not hashed, or if nothing finds a person."""
    return check_fields(item, FIELDS, ("EXTERN_ID", "EMAIL", "PHONE", "MADID"), PLAIN)


def build(batch: Batch) -> Request:
    """One schema for the batch; what a person lacks is an empty text."""
    if batch.action == "replace":
        return _replace(batch, 0)
    method = "POST" if batch.action == "upsert" else "DELETE"
    path = f"/{quote(batch.audience_name, safe='')}/users"
    return send_json(method, path, {"payload": _people(batch.items)})


def _people(items: Sequence[Item]) -> dict[str, Any]:
    people = [payload(item) for item in items]
    schema = [name for name in FIELDS if any(name in person for person in people)]
    data = [[person.get(name, "") for name in schema] for person in people]
    return {"schema": schema, "data": data}


def _replace(batch: Batch, first: int) -> Request:
    """The next call of the session; its memo is where it begins."""
    rows = batch.items[first : first + CALL_ROWS]
    digest = hashlib.sha256(batch.idempotency_key.encode()).hexdigest()
    session = {
        "session_id": int(digest[:15], 16),
        "batch_seq": first // CALL_ROWS + 1,
        "last_batch_flag": first + CALL_ROWS >= len(batch.items),
        "estimated_num_total": len(batch.items),
    }
    path = f"/{quote(batch.audience_name, safe='')}/usersreplace"
    return send_json("POST", path, {"payload": _people(rows), "session": session}, first)


def read(batch: Batch, answer: Answer) -> Reading:
    """All or none; invalid people are found by cutting the batch, for the answer names samples."""
    body = json_object(answer)
    if isinstance(body.get("error"), dict):
        return _read_error(body["error"], answer)
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    received, invalid = body.get("num_received"), body.get("num_invalid_entries")
    first = answer.memo or 0
    left = len(batch.items) - first
    sent = min(left, CALL_ROWS) if batch.action == "replace" else left
    if received != sent or type(invalid) is not int:
        return unreadable(answer)
    if invalid:
        return Reading("split", error_code="invalid_entries", http_status=answer.status)
    if sent < left:
        return Reading("next", next_request=_replace(batch, first + sent))
    return rows_but(batch, answer, {})


def _read_error(error: dict[str, Any], answer: Answer) -> Reading:
    code = error.get("code")
    name = safe_code(f"meta_{code}_{error.get('error_subcode', 0)}")
    if code in _THROTTLED:
        waits = [wait for wait in (_regain_seconds(answer), retry_after_seconds(answer)) if wait]
        return Reading(
            "retry", error_code=name, http_status=answer.status, retry_after=max(waits, default=60)
        )
    if code in (1, 2) or answer.status >= 500:
        return Reading("retry", error_code=name, http_status=answer.status, is_in_doubt=True)
    is_flagged = error.get("error_subcode") == 1713230
    verdict = "split" if code == 100 and not is_flagged else "stop"
    return Reading(verdict, error_code=name, http_status=answer.status)


def _regain_seconds(answer: Answer) -> float:
    try:
        usage = json.loads(answer.headers.get("x-business-use-case-usage", "{}"))
        minutes = [
            float(entry.get("estimated_time_to_regain_access", 0))
            for entries in usage.values()
            for entry in entries
        ]
    except (ValueError, TypeError, AttributeError):
        return 0.0
    return 60 * max(minutes, default=0.0)
