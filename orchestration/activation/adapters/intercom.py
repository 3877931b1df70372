"""Intercom: contacts one at a time, membership as a tag.

The address is https://api.intercom.io, the audience a tag's id, the key email or external_id. Each
member takes up to three calls, so keep batches at 50.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
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

build_poll = no_poll
read_poll = no_read_poll


FIELDS = ("email", "external_id", "phone", "name")


def check(item: Item) -> str | None:
    """A code unless the key is one that a contact can be found by."""
    return (
        check_fields(item, FIELDS, (item.key_field,))
        if item.key_field in FIELDS[:2]
        else "key_is_no_identifier"
    )


def sign(request: Request, token: str) -> Mapping[str, str]:
    """Token and version."""
    return {**bearer(request, token), "intercom-version": "2.16"}


def build(batch: Batch) -> Request:
    """Looks the first member up."""
    return _look_up(batch, 0, {})


def _look_up(batch: Batch, index: int, failed: dict[int, str]) -> Request:
    item = batch.items[index]
    query = {"field": item.key_field, "operator": "=", "value": item.member_key}
    return send_json("POST", "/contacts/search", {"query": query}, memo=("look_up", index, failed))


def read(batch: Batch, answer: Answer) -> Reading:
    """Walks each member through look-up, contact and tag."""
    step, index, failed, *more = answer.memo
    by_status = read_status(answer)
    if step == "untag" and answer.status == 404:
        by_status = None
    if by_status is not None and by_status.verdict != "split":
        return by_status
    if by_status is not None:
        return _following(
            batch, answer, index, {**failed, index: by_status.error_code or "refused"}
        )
    body = json_object(answer)
    if step == "look_up":
        return _found(batch, answer, body, index, failed)
    if step == "contact":
        if not isinstance(body.get("id"), str):
            return unreadable(answer)
        path = f"/contacts/{quote(body['id'], safe='')}/tags"
        tag = {"id": batch.audience_name}
        return Reading("next", next_request=send_json("POST", path, tag, ("tag", index, failed)))
    if answer.status != 404 and body.get("id") != batch.audience_name:
        return unreadable(answer)  # tagging answers with the tag
    if more and more[0]:
        return _untag(batch, index, failed, more[0])
    return _following(batch, answer, index, failed)


def _found(
    batch: Batch, answer: Answer, body: dict[str, Any], index: int, failed: dict[int, str]
) -> Reading:
    if not isinstance(body.get("data"), list):
        return unreadable(answer)
    contacts = [contact["id"] for contact in body["data"]]
    if batch.action == "remove":
        if not contacts:
            return _following(batch, answer, index, failed)
        return _untag(batch, index, failed, contacts)
    contact = contacts[0] if contacts else None
    person = payload(batch.items[index])
    method, path = ("POST", "/contacts")
    if contact is not None:
        method, path = ("PUT", f"/contacts/{quote(contact, safe='')}")
    memo = ("contact", index, failed)
    return Reading("next", next_request=send_json(method, path, person, memo))


def _untag(batch: Batch, index: int, failed: dict[int, str], contacts: list[str]) -> Reading:
    """Takes the tag off each: a lead and a user may have one address, and either the tag."""
    contact, more = contacts[0], contacts[1:]
    path = f"/contacts/{quote(contact, safe='')}/tags/{quote(batch.audience_name, safe='')}"
    memo = ("untag", index, failed, more)
    return Reading("next", next_request=Request("DELETE", path, memo=memo))


def _following(batch: Batch, answer: Answer, index: int, failed: dict[int, str]) -> Reading:
    if index + 1 < len(batch.items):
        return Reading("next", next_request=_look_up(batch, index + 1, failed))
    outcomes = {place: RowOutcome("failed", safe_code(code)) for place, code in failed.items()}
    return rows_but(batch, answer, outcomes)
