"""SendGrid Marketing: contacts put into a list by an import job, taken out by contact id.

The address is https://api.sendgrid.com, the audience a list's id, the key the e-mail address. An
import takes 30,000 contacts or 6 MB; a removal goes by hundreds, so keep batches at 10,000.
"""

from __future__ import annotations

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
    payload,
    read_job_status,
    read_status,
    rows_but,
    send_json,
    unreadable,
)

sign = bearer


FIELDS = ("email", "external_id", "first_name", "last_name", "city", "country", "postal_code")
_PAGE = 100


def check(item: Item) -> str | None:
    """A code unless the key is an e-mail address and every field is one of SendGrid's."""
    return (
        "key_is_no_email" if item.key_field != "email" else check_fields(item, FIELDS, ("email",))
    )


def build(batch: Batch) -> Request:
    """An import, or the first look-up of contact ids."""
    if batch.action == "remove":
        return _look_up(batch, 0, ())
    contacts = [payload(item) for item in batch.items]
    body = {"list_ids": [batch.audience_name], "contacts": contacts}
    return send_json("PUT", "/v3/marketing/contacts", body)


def _look_up(batch: Batch, start: int, ids: tuple[str, ...]) -> Request:
    emails = [item.member_key for item in batch.items[start : start + _PAGE]]
    path = "/v3/marketing/contacts/search/emails"
    return send_json("POST", path, {"emails": emails}, memo=("look_up", start, ids))


def _remove(batch: Batch, ids: tuple[str, ...]) -> Request:
    path = f"/v3/marketing/lists/{quote(batch.audience_name, safe='')}/contacts"
    some, rest = ids[:_PAGE], ids[_PAGE:]
    return Request("DELETE", f"{path}?contact_ids={','.join(some)}", memo=("remove", 0, rest))


def read(batch: Batch, answer: Answer) -> Reading:
    """A job's id; or, on removal, the next call until all are out."""
    is_unknown = answer.memo is not None and answer.memo[0] == "look_up" and answer.status == 404
    by_status = None if is_unknown else read_status(answer)
    if by_status is not None:
        return by_status
    body = json_object(answer)
    if answer.memo is None:
        job = body.get("job_id")
        if not isinstance(job, str):
            return unreadable(answer)
        return Reading("accepted", http_status=answer.status, job_id=job)
    step, start, ids = answer.memo
    if step == "look_up":
        result = {} if is_unknown else body.get("result")
        if not isinstance(result, dict) or any(map(_is_unsaid, result.values())):
            return unreadable(answer)
        found = [entry["contact"]["id"] for entry in result.values() if "contact" in entry]
        ids = (*ids, *found)
        if start + _PAGE < len(batch.items):
            return Reading("next", next_request=_look_up(batch, start + _PAGE, ids))
    elif not isinstance(body.get("job_id"), str):
        return unreadable(answer)
    if ids:
        return Reading("next", next_request=_remove(batch, ids))
    return rows_but(batch, answer, {})


def _is_unsaid(entry: dict[str, Any]) -> bool:
    """Whether it is not known if an address is there: only who is not found is out already."""
    return "contact" not in entry and entry.get("error") != "contact not found"


def build_poll(job_id: str) -> Request:
    """Asks how an import goes."""
    return Request("GET", f"/v3/marketing/contacts/imports/{quote(job_id, safe='')}")


def read_poll(batch: Batch, answer: Answer) -> Reading:
    """Counts only: with an error among them the import is cut until it is known who it was."""
    by_status = read_job_status(batch, answer)
    if by_status is not None:
        return by_status
    body = json_object(answer)
    if body.get("status") == "pending":
        return Reading("accepted", http_status=answer.status)
    if body.get("status") not in ("completed", "errored", "failed"):
        return unreadable(answer)
    errors = (body.get("results") or {}).get("errored_count")
    if body["status"] == "completed" and not errors:
        return rows_but(batch, answer, {})
    return Reading("split", error_code="import_errored", http_status=answer.status)
