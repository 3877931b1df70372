"""Mailchimp: a member of the list at most created, never re-subscribed; the audience is a tag.

The address is https://{data centre}.api.mailchimp.com/3.0, the audience {list}/{tag}, the key
email_address; `status_if_new` is the only status that is ever sent, so somebody who unsubscribed
there stays unsubscribed. Being taken out clears the tag. Two calls a member: keep batches at 100.
Other payload fields travel as merge fields.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Reading,
    Request,
    RowOutcome,
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


def check(item: Item) -> str | None:
    """A code unless the key is the address, or for a field that would change a subscription."""
    if item.key_field != "email_address":
        return "key_is_no_email"
    problem = check_fields(item, (), ("email_address",))
    if problem is None and {"status", "status_if_new"} & set(payload(item)):
        return "status_is_not_ours"
    return problem


def sign(request: Request, token: str) -> Mapping[str, str]:
    """Any name will do; the key is the password."""
    return {"authorization": "Basic " + b64encode(f"cdp:{token}".encode()).decode()}


def build(batch: Batch) -> Request:
    """The first member's first call."""
    return _first_call(batch, 0, {})


def _path(batch: Batch, index: int) -> str:
    key = batch.items[index].member_key.strip().lower().encode()
    name = hashlib.md5(key, usedforsecurity=False).hexdigest()
    return f"/lists/{quote(batch.audience_name.partition('/')[0], safe='')}/members/{name}"


def _first_call(batch: Batch, index: int, failed: dict[int, str]) -> Request:
    if batch.action == "remove":
        return _tag(batch, index, failed)
    person = payload(batch.items[index])
    body = {"email_address": person.pop("email_address"), "status_if_new": "subscribed"}
    if person:
        body["merge_fields"] = person
    return send_json("PUT", _path(batch, index), body, memo=("member", index, failed))


def _tag(batch: Batch, index: int, failed: dict[int, str]) -> Request:
    tag = {
        "name": batch.audience_name.partition("/")[2],
        "status": "active" if batch.action == "upsert" else "inactive",
    }
    path = f"{_path(batch, index)}/tags"
    return send_json("POST", path, {"tags": [tag]}, memo=("tag", index, failed))


def read(batch: Batch, answer: Answer) -> Reading:
    """Walks each member through both calls; a refused one is left behind."""
    step, index, failed = answer.memo
    is_gone = batch.action == "remove" and answer.status == 404
    by_status = None if is_gone else read_status(answer)
    if by_status is not None and by_status.verdict != "split":
        return by_status
    if by_status is not None:
        code = safe_code(str(json_object(answer).get("title", "")).replace(" ", "_"))
        failed = {**failed, index: code if code != "unrecognised_code" else "refused"}
    elif step == "member":
        if not isinstance(json_object(answer).get("id"), str):
            return unreadable(answer)
        return Reading("next", next_request=_tag(batch, index, failed))
    if index + 1 < len(batch.items):
        return Reading("next", next_request=_first_call(batch, index + 1, failed))
    outcomes = {place: RowOutcome("failed", code) for place, code in failed.items()}
    return rows_but(batch, answer, outcomes)
