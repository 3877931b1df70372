"""LinkedIn DMP segments: one element for each person, each with its own status.

The address is https://api.linkedin.com/rest, the audience a segment's id, the only field
`SHA256_EMAIL`. At most 5,000 a call.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

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
    read_status,
    rows_but,
    safe_code,
    send_json,
    unreadable,
)

LIMIT = Limit(600, 60.0)
build_poll = no_poll
read_poll = no_read_poll


VERSION = "202601"


def check(item: Item) -> str | None:
    """A code for another field, and for a key that is not hashed."""
    return check_fields(item, ("SHA256_EMAIL",), ("SHA256_EMAIL",), ())


def sign(request: Request, token: str) -> Mapping[str, str]:
    """Token and version."""
    return {**bearer(request, token), "linkedin-version": VERSION}


def build(batch: Batch) -> Request:
    """Adds or removes each person."""
    action = "ADD" if batch.action == "upsert" else "REMOVE"
    elements = [
        {"action": action, "userIds": [{"idType": "SHA256_EMAIL", "idValue": item.member_key}]}
        for item in batch.items
    ]
    path = f"/dmpSegments/{quote(batch.audience_name, safe='')}/users"
    return send_json("POST", path, {"elements": elements}, x_restli_method="BATCH_CREATE")


def read(batch: Batch, answer: Answer) -> Reading:
    """A status for every element, in order."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    elements = json_object(answer).get("elements")
    if not isinstance(elements, list) or len(elements) != len(batch.items):
        return unreadable(answer)
    failed: dict[int, RowOutcome] = {}
    for index, element in enumerate(elements):
        status = element.get("status") if isinstance(element, dict) else None
        if type(status) is not int:
            failed[index] = RowOutcome("missing", "unaccounted")
        elif not 200 <= status < 300:
            is_passing = status == 429 or status >= 500
            failed[index] = RowOutcome(
                "retry" if is_passing else "failed", safe_code(f"http_{status}")
            )
    return rows_but(batch, answer, failed)
