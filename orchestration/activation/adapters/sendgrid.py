"""SendGrid Marketing: contacts put into a list by an import job, taken out by contact id.

The address is https://api.sendgrid.com, the audience a list's id, the key the e-mail address. An
import takes 30,000 contacts or 6 MB; a removal goes by hundreds, so keep batches at 10,000. It is
done later as well, and the contacts themselves say whether they are out.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def _look_up(batch: Batch, start: int, found: Sequence[Any]) -> Request:
    emails = [item.member_key for item in batch.items[start : start + _PAGE]]
    path = "/v3/marketing/contacts/search/emails"
    return send_json("POST", path, {"emails": emails}, memo=("look_up", start, found))


def _remove(batch: Batch, ids: tuple[str, ...]) -> Request:
    path = f"/v3/marketing/lists/{quote(batch.audience_name, safe='')}/contacts"
    some, rest = ids[:_PAGE], ids[_PAGE:]
    return Request("DELETE", f"{path}?contact_ids={','.join(some)}", memo=("remove", 0, rest))


def read(batch: Batch, answer: Answer) -> Reading:
    """A job's id; or, on removal, the next call until all are out."""
    if answer.memo is not None and answer.memo[0] == "look_up":
        return _read_contacts(batch, answer)
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    job = json_object(answer).get("job_id")
    if not isinstance(job, str):
        return unreadable(answer)
    if answer.memo is not None and (ids := answer.memo[2]):
        return Reading("next", next_request=_remove(batch, ids))
    return Reading("accepted", http_status=answer.status, job_id=job)


def _read_contacts(batch: Batch, answer: Answer) -> Reading:
    """Page by page who is known there; then they are taken out."""
    _, start, known = answer.memo
    contacts = _contacts(answer)
    if isinstance(contacts, Reading):
        return contacts
    known = (*known, *(contact["id"] for contact in contacts.values()))
    if start + _PAGE < len(batch.items):
        return Reading("next", next_request=_look_up(batch, start + _PAGE, known))
    if known:
        return Reading("next", next_request=_remove(batch, known))
    return rows_but(batch, answer, {})


def _contacts(answer: Answer) -> dict[str, dict[str, Any]] | Reading:
    """The contacts of a look-up by address, or what an answer without them means."""
    by_status = None if answer.status == 404 else read_status(answer)  # nobody at all is a 404
    if by_status is not None:
        return by_status
    result = {} if answer.status == 404 else json_object(answer).get("result")
    if not isinstance(result, dict) or any(map(_is_unsaid, result.values())):
        return unreadable(answer)
    return {email: entry["contact"] for email, entry in result.items() if "contact" in entry}


def _is_unsaid(entry: dict[str, Any]) -> bool:
    """Whether it is not known if an address is there: only who is not found is out already."""
    return "contact" not in entry and entry.get("error") != "contact not found"


def build_poll(job_id: str) -> Request:
    """Asks how an import or a removal goes."""
    return Request("GET", f"/v3/marketing/contacts/imports/{quote(job_id, safe='')}")


def read_poll(batch: Batch, answer: Answer) -> Reading:
    """Counts only: with an error among them the import is cut until it is known who it was. Of a
    removal the contacts are asked whether they are out."""
    if batch.action == "remove":
        return _read_removal(batch, answer)
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


def _read_removal(batch: Batch, answer: Answer) -> Reading:
    """Who is in the list after all is taken out again, whatever became of the job."""
    if answer.memo is None:
        by_status = None if answer.status in (404, 410) else read_status(answer)
        if by_status is not None:
            return by_status
        if json_object(answer).get("status") == "pending":
            return Reading("accepted", http_status=answer.status)
        return Reading("next", next_request=_look_up(batch, 0, ()))
    _, start, still = answer.memo
    contacts = _contacts(answer)
    if isinstance(contacts, Reading):
        return contacts
    listed = {
        email.lower()
        for email, contact in contacts.items()
        if batch.audience_name in (contact.get("list_ids") or [])
    }
    page = enumerate(batch.items[start : start + _PAGE], start)
    still = (*still, *(place for place, item in page if item.member_key.lower() in listed))
    if start + _PAGE < len(batch.items):
        return Reading("next", next_request=_look_up(batch, start + _PAGE, still))
    return rows_but(batch, answer, dict.fromkeys(still, RowOutcome("missing", "still_in_list")))
