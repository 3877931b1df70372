"""What a destination's adapter is, and the list of those we have.

An adapter is a module of pure functions: it writes requests and reads answers, and does neither
network nor ledger. Its operations must be set operations (put these members in, take these out), so
that sending the same request twice leaves the same members: the engine relies on it after a crash.

    check(item) -> str | None          a code if this member cannot be sent at all
    build(batch) -> Request            one request for the batch
    read(batch, answer) -> Reading     an outcome for every member in it
    build_poll(job_id) -> Request      asks about a job that the destination accepted
    read_poll(batch, answer) -> Reading
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import Protocol, cast

ADAPTERS = {"http_json": "orchestration.activation.adapters.http_json"}

_CODE = re.compile(r"[a-z0-9_.-]{1,64}")


@dataclass(frozen=True)
class Item:
    """One member of a batch, with its payload exactly as it will be sent."""

    number: int
    member_key: str
    key_field: str
    payload_json: str
    idempotency_key: str


@dataclass(frozen=True)
class Batch:
    """Members that travel in one request; action is upsert or remove."""

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


@dataclass(frozen=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True)
class RowOutcome:
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
    member in it is unacceptable: find which) · stop (nothing will work until a person acts).
    is_in_doubt: the destination may have acted on the request all the same.
    """

    verdict: str
    rows: tuple[RowOutcome, ...] = ()
    error_code: str | None = None
    http_status: int | None = None
    retry_after: float | None = None
    job_id: str | None = None
    is_in_doubt: bool = False


class Adapter(Protocol):
    """The functions of an adapter module."""

    def check(self, item: Item) -> str | None: ...

    def build(self, batch: Batch) -> Request: ...

    def read(self, batch: Batch, answer: Answer) -> Reading: ...

    def build_poll(self, job_id: str) -> Request: ...

    def read_poll(self, batch: Batch, answer: Answer) -> Reading: ...


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
