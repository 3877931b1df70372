"""HubSpot contacts and a manual list: upsert or read by key, then the membership by record id.

The address is https://api.hubapi.com, the audience a list's id. At most 100 a call.
"""

from __future__ import annotations

from urllib.parse import quote

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Limit,
    Reading,
    Request,
    RowOutcome,
    bearer,
    check_payload,
    is_object,
    json_object,
    no_poll,
    no_read_poll,
    payload,
    read_status,
    rows_but,
    send_json,
    unreadable,
)

LIMIT = Limit(100, 10.0)
sign = bearer
build_poll = no_poll
read_poll = no_read_poll


check = check_payload


def build(batch: Batch) -> Request:
    """The contacts; the membership follows once their ids are known."""
    key = batch.items[0].key_field
    base = "/crm/v3/objects/contacts/batch"
    if batch.action == "remove":
        inputs = [{"id": item.member_key} for item in batch.items]
        body = {"idProperty": key, "properties": [key], "inputs": inputs}
        return send_json("POST", f"{base}/read", body)
    people = [
        {
            "id": item.member_key,
            "idProperty": key,
            "properties": {name: str(value) for name, value in payload(item).items()},
        }
        for item in batch.items
    ]
    return send_json("POST", f"{base}/upsert", {"inputs": people})


def read(batch: Batch, answer: Answer) -> Reading:
    """200 and 207 list who went through. On removal somebody unknown there is out already, and
    whoever could not be looked up is still in."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    if answer.memo is not None:
        return _read_membership(batch, answer)
    body = json_object(answer)
    results = body.get("results")
    if not isinstance(results, list):
        return unreadable(answer)
    key = batch.items[0].key_field
    ids = {str(row["properties"].get(key, "")).lower(): str(row["id"]) for row in results}
    missing = [
        index for index, item in enumerate(batch.items) if item.member_key.lower() not in ids
    ]
    is_removal = batch.action == "remove"
    if is_removal and any(
        error.get("category") != "OBJECT_NOT_FOUND" for error in body.get("errors") or []
    ):
        return unreadable(answer)
    places = {
        ids[item.member_key.lower()]: index
        for index, item in enumerate(batch.items)
        if item.member_key.lower() in ids
    }
    failed = () if is_removal else tuple(missing)
    if not ids:
        left_out = RowOutcome("failed", "not_upserted")
        return rows_but(batch, answer, dict.fromkeys(failed, left_out))
    change = "recordIdsToRemove" if is_removal else "recordIdsToAdd"
    moves = {"recordIdsToAdd": [], "recordIdsToRemove": [], change: sorted(ids.values())}
    path = f"/crm/v3/lists/{quote(batch.audience_name, safe='')}/memberships/add-and-remove"
    return Reading("next", next_request=send_json("PUT", path, moves, memo=(failed, places)))


def _read_membership(batch: Batch, answer: Answer) -> Reading:
    """A record that HubSpot does not find any more joined nothing, and is out already."""
    if not is_object(answer):
        return unreadable(answer)
    left_out, places = answer.memo
    failed = dict.fromkeys(left_out, RowOutcome("failed", "not_upserted"))
    if batch.action == "upsert":
        for record in json_object(answer).get("recordIdsMissing") or []:
            if str(record) in places:
                failed[places[str(record)]] = RowOutcome("retry", "record_missing")
    return rows_but(batch, answer, failed)
