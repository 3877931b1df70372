"""What a destination's adapter is, and the list of those we have.

An adapter is a module of pure functions: it writes requests and reads answers, and does neither
network nor ledger. Its operations must be set operations (put these members in, take these out), so
that sending the same request twice leaves the same members: the engine relies on it after a crash.
Taking somebody out creates nobody: an erased person would be back.

    check(item) -> str | None          a code if this member cannot be sent at all
    build(batch) -> Request            one request for the batch
    read(batch, answer) -> Reading     an outcome for every member in it
    build_poll(job_id) -> Request      asks about a job that the destination accepted
    read_poll(batch, answer) -> Reading
    sign(request, token) -> headers    what opens the door; the engine has set request.sent_at
    FINDS_BY                           fields by which the vendor matches people, where that is all
                                       it was ever given: the ledger keeps what was sent, so that a
                                       removal can name it
    LIMIT                              calls the vendor allows an account, where it says a number
    REPLACES                           whether `build` takes the action replace: the audience then
                                       holds the batch, however long that is, and nobody else
    build_rest(audience, before)       takes out whoever was last put in before a moment, where the
                                       vendor can; answers are read as those of a batch

Where one batch takes several calls (look up the vendor's ids, then remove them), `read` answers
`next` with the call to make; `memo` carries what the call after it must know. After a crash the
batch starts again with its first call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import Any, NamedTuple, Protocol, cast

import orjson

ADAPTERS = {
    name: f"orchestration.activation.adapters.{name}"
    for name in (
        "braze",
        "customer_io",
        "file_drop",
        "google_data_manager",
        "http_json",
        "hubspot",
        "intercom",
        "iterable",
        "klaviyo",
        "linkedin",
        "mailchimp",
        "meta",
        "pinterest",
        "postgres_table",
        "salesforce",
        "sendgrid",
        "slack",
        "snap",
        "tiktok",
        "webhook",
    )
}

_CODE = re.compile(r"[a-z0-9_.-]{1,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HASH_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


class Item(NamedTuple):
    """One member of a batch, with its payload exactly as it will be sent."""

    number: int
    member_key: str
    key_field: str
    payload_json: str


@dataclass(frozen=True)
class Batch:
    """Members that travel in one request; action is upsert or remove, or replace, see REPLACES."""

    batch_id: str
    audience_name: str
    action: str
    idempotency_key: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Request:
    """What to send; the engine adds the address and the authorisation."""

    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    memo: Any = None
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Limit:
    """So many calls in any so many seconds, for all that call one account."""

    calls: int
    seconds: float


@dataclass(frozen=True)
class Answer:
    """What came back, with the memo of its request; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    memo: Any = None


class RowOutcome(NamedTuple):
    """What became of one member.

    code: confirmed, failed (not to be tried again as it is), retry (the destination did not do it)
    or missing (it did not say).
    """

    code: str
    error_code: str | None = None


@dataclass(frozen=True)
class Reading:
    """What an answer means for its batch.

    verdict: rows (see rows) · accepted (ask about job_id later) · retry (send it again) · split (a
    member in it is unacceptable: find which) · stop (nothing will work until a person acts) · next
    (make next_request at once).
    is_in_doubt: the destination may have acted on the request all the same.
    """

    verdict: str
    rows: tuple[RowOutcome, ...] = ()
    error_code: str | None = None
    http_status: int | None = None
    retry_after: float | None = None
    job_id: str | None = None
    is_in_doubt: bool = False
    next_request: Request | None = None


class Adapter(Protocol):
    """The functions of an adapter module."""

    def check(self, item: Item) -> str | None: ...

    def build(self, batch: Batch) -> Request: ...

    def read(self, batch: Batch, answer: Answer) -> Reading: ...

    def build_poll(self, job_id: str) -> Request: ...

    def read_poll(self, batch: Batch, answer: Answer) -> Reading: ...

    def sign(self, request: Request, token: str) -> Mapping[str, str]: ...


def load_adapter(transport_code: str) -> Adapter:
    """The adapter of a transport. Raises ValueError for one we do not have."""
    if transport_code not in ADAPTERS:
        raise ValueError(
            f"Transport {transport_code!r} has no adapter; there are {', '.join(ADAPTERS)}."
        )
    return cast(Adapter, import_module(ADAPTERS[transport_code]))


def safe_code(text: object) -> str:
    """A destination's error code if it looks like one: free text may quote an address."""
    code = str(text).strip().lower()
    return code if _CODE.fullmatch(code) else "unrecognised_code"


def retry_after_seconds(answer: Answer) -> float | None:
    """The Retry-After header in seconds, whether written as a number or as a date."""
    value = answer.headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.replace(".", "", 1).isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    now = answer.received_at.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def spent_allowance_seconds(answer: Answer) -> float | None:
    """How long the account is to be left alone because this call used up what it is allowed: told
    by the headers that count down, as seconds or as a moment."""
    for prefix in ("ratelimit", "x-ratelimit"):
        left = answer.headers.get(f"{prefix}-remaining", "").strip()
        reset = answer.headers.get(f"{prefix}-reset", "").strip()
        if left == "0" and reset.isdigit():
            wait = float(reset)
            if wait > 1e9:  # a moment, in seconds since 1970
                wait -= answer.received_at.replace(tzinfo=UTC).timestamp()
            return max(0.0, wait)
    return None


def read_status(answer: Answer) -> Reading | None:
    """What the HTTP status alone decides; None for a 2xx, whose body must be read."""
    status = answer.status
    if 200 <= status < 300:
        return None
    code = f"http_{status}"
    wait = retry_after_seconds(answer)
    if status == 429:
        return Reading("retry", error_code=code, http_status=status, retry_after=wait)
    if status >= 500 or status in (408, 425):
        return Reading(
            "retry", error_code=code, http_status=status, retry_after=wait, is_in_doubt=True
        )
    if status in (400, 413, 422):
        return Reading("split", error_code=code, http_status=status)
    return Reading("stop", error_code=code, http_status=status)


def read_job_status(batch: Batch, answer: Answer) -> Reading | None:
    """Like read_status, of a question about a job. Vendors forget jobs: one that nobody knows any
    more leaves every member unanswered, and must not end the run, or nobody would ever be taken out
    again."""
    if answer.status in (404, 410):
        lost = tuple(RowOutcome("missing", "job_lost") for _ in batch.items)
        return Reading("rows", lost, http_status=answer.status, is_in_doubt=True)
    return read_status(answer)


# --- What several adapters share ------------------------------------------------------------------


def bearer(request: Request, token: str) -> Mapping[str, str]:
    """The usual door."""
    return {"authorization": f"Bearer {token}"}


def payload(item: Item) -> dict[str, Any]:
    """A member's payload without the fields that are empty."""
    found: dict[str, Any] = orjson.loads(item.payload_json)
    return {name: value for name, value in found.items() if value not in (None, "")}


def check_payload(item: Item) -> str | None:
    """A code if the payload is no JSON object, or does not carry the member's key."""
    try:
        found = orjson.loads(item.payload_json)
    except ValueError:
        return "payload_not_json"
    if not isinstance(found, dict):
        return "payload_not_an_object"
    if not item.member_key or found.get(item.key_field) != item.member_key:
        return "payload_without_key"
    return None


def check_fields(
    item: Item, known: Sequence[str], identifiers: Sequence[str], plain: Sequence[str] | None = None
) -> str | None:
    """Like check_payload; also a code for an unknown field, or for none of the identifiers. Where
    `plain` is given, only those fields may leave as anything but a SHA-256: a field whose hash
    somebody forgot to declare would hand the address itself to an advertising network."""
    problem = check_payload(item)
    if problem is not None:
        return problem
    found = payload(item)
    if known and not set(found) <= set(known):
        return "unknown_field"
    if not set(found) & set(identifiers):
        return "no_identifier"
    if plain is None:
        return None
    hashes = [str(value) for name, value in found.items() if name not in plain]
    if not all(_SHA256.fullmatch(value) for value in hashes):
        return "not_hashed"
    return "hash_of_nothing" if _HASH_OF_NOTHING in hashes else None


def send_json(method: str, path: str, body: Any, memo: Any = None, **headers: str) -> Request:
    """A request with a JSON body."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, path, content, {"content-type": "application/json", **named}, memo)


def json_object(answer: Answer) -> dict[str, Any]:
    """The body, or an empty object for anything else."""
    try:
        body = orjson.loads(answer.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def is_object(answer: Answer) -> bool:
    """Whether the body is a JSON object at all: a 2xx with nothing in it says nothing."""
    try:
        return isinstance(orjson.loads(answer.body), dict)
    except ValueError:
        return False


def unreadable(answer: Answer) -> Reading:
    """A 2xx whose body does not say what became of the members."""
    return Reading(
        "retry", error_code="unreadable_answer", http_status=answer.status, is_in_doubt=True
    )


def rows_but(batch: Batch, answer: Answer, failed: Mapping[int, RowOutcome]) -> Reading:
    """Every member confirmed but those named by their position."""
    done = RowOutcome("confirmed")
    rows = tuple(failed.get(index, done) for index in range(len(batch.items)))
    return Reading("rows", rows, http_status=answer.status)


def rows_but_keys(
    batch: Batch, answer: Answer, field_name: str, failed: Mapping[str, str]
) -> Reading:
    """Every member confirmed but those whose field the destination named, in any case."""
    codes = {key.lower(): code for key, code in failed.items()}
    outcomes = {}
    for index, item in enumerate(batch.items):
        key = str(payload(item).get(field_name, "")).lower()
        if key in codes:
            outcomes[index] = RowOutcome("failed", safe_code(codes[key]))
    return rows_but(batch, answer, outcomes)


def no_poll(job_id: str) -> Request:
    """For destinations that answer at once. Raises ValueError: there is no job to ask about."""
    raise ValueError("This destination has no jobs.")


def no_read_poll(batch: Batch, answer: Answer) -> Reading:
    """For destinations that answer at once. Raises ValueError: there is no job to ask about."""
    raise ValueError("This destination has no jobs.")
