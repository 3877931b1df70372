"""Klaviyo: bulk import jobs into a list; removal from the list by profile id.

The address is https://a.klaviyo.com, the audience a list's id. An import takes 10,000 profiles and
5 MB, a removal 1,000, so keep batches at 1,000. Removal never unsubscribes: it only takes the
profile out of the list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Limit,
    Reading,
    Request,
    RowOutcome,
    check_fields,
    json_object,
    payload,
    read_job_status,
    read_status,
    rows_but,
    safe_code,
    send_json,
    unreadable,
)

LIMIT = Limit(150, 60.0)
REVISION = "2026-07-15"
JSON_API = "application/vnd.api+json"
IDENTIFIERS = ("email", "phone_number", "external_id")
STANDARD = (*IDENTIFIERS, "first_name", "last_name", "organization", "locale", "title")
_PAGE = 100
_POINTER = re.compile(r"/profiles/data/([0-9]+)")


def check(item: Item) -> str | None:
    """A code if no identifier is there, or the key is none."""
    if item.key_field not in IDENTIFIERS:
        return "key_is_no_identifier"
    return check_fields(item, (), IDENTIFIERS)


def sign(request: Request, token: str) -> Mapping[str, str]:
    """Key and revision."""
    return {"authorization": f"Klaviyo-API-Key {token}", "revision": REVISION}


def build(batch: Batch) -> Request:
    """An import job with the list, or the first look-up of profile ids."""
    if batch.action == "remove":
        return _look_up(batch, 0, ())
    profiles = [
        {"type": "profile", "attributes": _attributes(payload(item))} for item in batch.items
    ]
    body = {
        "data": {
            "type": "profile-bulk-import-job",
            "attributes": {"profiles": {"data": profiles}},
            "relationships": {"lists": {"data": [{"type": "list", "id": batch.audience_name}]}},
        }
    }
    return send_json("POST", "/api/profile-bulk-import-jobs", body, content_type=JSON_API)


def _attributes(person: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in person.items() if name in STANDARD}
    extra = {name: value for name, value in person.items() if name not in STANDARD}
    return {**known, "properties": extra} if extra else known


def _look_up(batch: Batch, start: int, ids: tuple[str, ...]) -> Request:
    page = batch.items[start : start + _PAGE]
    keys = json.dumps([item.member_key for item in page], ensure_ascii=False)
    wanted = quote(f"any({page[0].key_field},{keys})", safe="")
    path = f"/api/profiles?filter={wanted}&fields[profile]=id&page[size]={_PAGE}"
    return Request("GET", path, memo=("look_up", start, ids))


def read(batch: Batch, answer: Answer) -> Reading:
    """A job's id; or, on removal, the next look-up and at last the removal."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    body = json_object(answer)
    if answer.memo is None:
        job = body.get("data", {}).get("id") if isinstance(body.get("data"), dict) else None
        if not isinstance(job, str):
            return unreadable(answer)
        return Reading("accepted", http_status=answer.status, job_id=job)
    if answer.memo[0] == "remove":
        return rows_but(batch, answer, {})
    if not isinstance(body.get("data"), list):
        return unreadable(answer)
    if (body.get("links") or {}).get("next"):  # profiles that share a key
        return Reading("split", error_code="too_many_profiles", http_status=answer.status)
    _, start, ids = answer.memo
    ids = (*ids, *(profile["id"] for profile in body["data"]))
    if start + _PAGE < len(batch.items):
        return Reading("next", next_request=_look_up(batch, start + _PAGE, ids))
    if not ids:  # nobody of them is known there
        return rows_but(batch, answer, {})
    found = {"data": [{"type": "profile", "id": profile_id} for profile_id in ids]}
    path = f"/api/lists/{quote(batch.audience_name, safe='')}/relationships/profiles"
    return Reading(
        "next", next_request=send_json("DELETE", path, found, ("remove",), content_type=JSON_API)
    )


def build_poll(job_id: str) -> Request:
    """Asks how an import goes."""
    return Request("GET", f"/api/profile-bulk-import-jobs/{quote(job_id, safe='')}")


def read_poll(batch: Batch, answer: Answer) -> Reading:
    """The job's end; if it had failures, the errors are fetched by a second call."""
    by_status = read_job_status(batch, answer)
    if by_status is not None:
        return by_status
    data = json_object(answer).get("data")
    if answer.memo == "errors" and isinstance(data, list):
        return _read_errors(batch, answer, data)
    if not isinstance(data, dict):
        return unreadable(answer)
    facts = data.get("attributes", {})
    if facts.get("status") in ("queued", "processing"):
        return Reading("accepted", http_status=answer.status)
    if facts.get("status") != "complete":
        lost = RowOutcome("missing", "job_cancelled")
        return rows_but(batch, answer, dict.fromkeys(range(len(batch.items)), lost))
    if not facts.get("failed_count"):
        return rows_but(batch, answer, {})
    path = f"/api/profile-bulk-import-jobs/{quote(str(data.get('id')), safe='')}/import-errors"
    return Reading("next", next_request=Request("GET", path, memo="errors"))


def _read_errors(batch: Batch, answer: Answer, errors: list[Any]) -> Reading:
    failed: dict[int, RowOutcome] = {}
    for error in errors:
        facts = error.get("attributes", {})
        match = _POINTER.search(str((facts.get("source") or {}).get("pointer")))
        if match is None:  # it concerns somebody, but does not say whom
            unnamed = RowOutcome("missing", "unaccounted")
            return rows_but(batch, answer, dict.fromkeys(range(len(batch.items)), unnamed))
        failed[int(match[1])] = RowOutcome("failed", safe_code(facts.get("code")))
    return rows_but(batch, answer, failed)
