"""Pinterest customer lists: PATCH with ADD or REMOVE, records as one text.

The address is https://api.pinterest.com/v5/ad_accounts/{account}, the audience a customer list's
id, the only field `record`, hashed by `hashed_for('pinterest', ...)`.
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
    send_json,
    unreadable,
)

sign = bearer
build_poll = no_poll
read_poll = no_read_poll


def check(item: Item) -> str | None:
    """A code for another field, for a comma, which would make two records of one, and for an
    address: the vendor would take it plain, we hand over its hash."""
    if "," in item.member_key:
        return "comma_in_record"
    if "@" in item.member_key:
        return "not_hashed"
    return check_fields(item, ("record",), ("record",))


def build(batch: Batch) -> Request:
    """All records, separated by commas."""
    operation = "ADD" if batch.action == "upsert" else "REMOVE"
    records = ",".join(item.member_key for item in batch.items)
    path = f"/customer_lists/{quote(batch.audience_name, safe='')}"
    return send_json("PATCH", path, {"operation_type": operation, "records": records})


def read(batch: Batch, answer: Answer) -> Reading:
    """The list itself comes back; matching goes on at the vendor and is not reported by record."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    body = json_object(answer)
    if body.get("id") != batch.audience_name:
        return unreadable(answer)
    if body.get("exceptions"):
        return Reading("split", error_code="exceptions", http_status=answer.status)
    return rows_but(batch, answer, {})
