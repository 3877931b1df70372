"""Google Customer Match by the Data Manager API: audienceMembers:ingest, :remove and :removeAll.

The audience is called {account}/{user list}; the address is https://datamanager.googleapis.com.
Payload fields are those of userData, hashed by `hashed_for('google', ...)`. At most 10,000 members
a call. People are matched by each identifier that was sent of them: a removal sends them all.
Everybody sent has consented: the plan says so, so consent is granted for the whole call.
"""

from __future__ import annotations

from datetime import datetime
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
    bearer,
    check_fields,
    json_object,
    payload,
    read_job_status,
    read_status,
    safe_code,
    send_json,
    unreadable,
)

LIMIT = Limit(300, 60.0)
sign = bearer


NAMES = ("givenName", "familyName", "regionCode", "postalCode")
FIELDS = ("emailAddress", "phoneNumber", *NAMES)
PLAIN = ("regionCode", "postalCode")
FINDS_BY = FIELDS


def check(item: Item) -> str | None:
    """A code for an unknown field, one that is not hashed, a half address, or no identifier."""
    problem = check_fields(item, FIELDS, ("emailAddress", "phoneNumber", "givenName"), PLAIN)
    if problem is None and len(set(payload(item)) & set(NAMES)) not in (0, len(NAMES)):
        return "address_incomplete"
    return problem


def _destinations(audience_name: str) -> list[dict[str, Any]]:
    account, _, user_list = audience_name.partition("/")
    return [
        {
            "operatingAccount": {"accountType": "GOOGLE_ADS", "accountId": account},
            "productDestinationId": user_list,
        }
    ]


def build_rest(audience_name: str, before: datetime) -> Request:
    """Drops the members that were last added before a moment."""
    body = {
        "destinations": _destinations(audience_name),
        "removeAsOfTime": before.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return send_json("POST", "/v1/audienceMembers:removeAll", body)


def build(batch: Batch) -> Request:
    """One data kind, one destination, one encoding a call."""
    body: dict[str, Any] = {
        "destinations": _destinations(batch.audience_name),
        "audienceMembers": [
            {"userData": {"userIdentifiers": _identifiers(payload(item))}} for item in batch.items
        ],
        "encoding": "HEX",
    }
    if batch.action == "remove":
        return send_json("POST", "/v1/audienceMembers:remove", body)
    body["consent"] = {
        "adUserData": "CONSENT_GRANTED",
        "adPersonalization": "CONSENT_GRANTED",
    }
    body["termsOfService"] = {"customerMatchTermsOfServiceStatus": "ACCEPTED"}
    return send_json("POST", "/v1/audienceMembers:ingest", body)


def _identifiers(person: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {name: person[name]} for name in ("emailAddress", "phoneNumber") if name in person
    ]
    address = {name: person[name] for name in NAMES if name in person}
    return [*found, {"address": address}] if address else found


def read(batch: Batch, answer: Answer) -> Reading:
    """Accepted is not done: the outcome is asked for later."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    job = json_object(answer).get("requestId")
    if not isinstance(job, str) or not job:
        return unreadable(answer)
    return Reading("accepted", http_status=answer.status, job_id=job)


def build_poll(job_id: str) -> Request:
    """Asks what became of a request."""
    return Request("GET", f"/v1/requestStatus:retrieve?requestId={quote(job_id, safe='')}")


def read_poll(batch: Batch, answer: Answer) -> Reading:
    """Errors by record index; whoever a failed request does not name is unanswered."""
    by_status = read_job_status(batch, answer)
    if by_status is not None:
        return by_status
    found = json_object(answer).get("requestStatusPerDestination")
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
        return unreadable(answer)
    status = found[0].get("requestStatus")
    if status in ("PROCESSING", "REQUEST_STATUS_UNKNOWN"):
        return Reading("accepted", http_status=answer.status)
    named: dict[int, RowOutcome] = {}
    for error in (found[0].get("errorInfo") or {}).get("errorCounts") or []:
        outcome = RowOutcome("failed", safe_code(error.get("reason")))
        named |= {int(index): outcome for index in error.get("recordIndices") or []}
    unnamed = RowOutcome("missing", "unaccounted")
    if status == "SUCCESS" or (status == "PARTIAL_SUCCESS" and named):
        unnamed = RowOutcome("confirmed")
    rows = tuple(named.get(index, unnamed) for index in range(len(batch.items)))
    return Reading("rows", rows, http_status=answer.status)
