"""The http_json adapter: pure functions, checked against the stand-in's own strict reading."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    load_adapter,
    retry_after_seconds,
    safe_code,
)
from orchestration.activation.stand_ins.http_json import Rejected, check_body

ADAPTER = load_adapter("http_json")
NOW = datetime(2026, 11, 1, 12, 0, 0)


def member(key: str, email: str) -> Item:
    payload = {
        "external_id": key,
        "email": email,
        "email_sha256": hashlib.sha256(email.encode()).hexdigest(),
    }
    return Item(0, key, "external_id", json.dumps(payload))


def batch(*items: Item, action: str = "upsert") -> Batch:
    return Batch("sync:1:1", "Audience/ä b", action, "key", items)


def answer(status: int, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, content, NOW
    )


def test_request_is_what_the_destination_asks_for() -> None:
    request = ADAPTER.build(batch(member("p1", "ann@mail.example")))
    check_body(json.loads(request.body))
    assert (request.method, request.path) == ("POST", "/audiences/Audience%2F%C3%A4%20b/members")
    assert request.headers["idempotency-key"] == "key"


@given(st.lists(st.text(min_size=1), min_size=1, max_size=20, unique=True))
def test_any_key_survives_the_journey(keys: list[str]) -> None:
    sent = batch(*(member(key, "ann@mail.example") for key in keys))
    body = json.loads(ADAPTER.build(sent).body)
    check_body(body)
    assert [row["external_id"] for row in body["members"]] == keys


@pytest.mark.parametrize(
    "payload",
    ["", "[]", "null", '{"external_id": "p2"}', '{"email": "a@b.example"}', '{"external_id": 1}'],
)
def test_payload_without_its_key_is_not_sent(payload: str) -> None:
    assert ADAPTER.check(Item(0, "p1", "external_id", payload)) is not None
    assert ADAPTER.check(member("p1", "ann@mail.example")) is None


@pytest.mark.parametrize(
    ("status", "verdict", "in_doubt"),
    [
        (301, "stop", False),
        (400, "split", False),
        (401, "stop", False),
        (403, "stop", False),
        (404, "stop", False),
        (408, "retry", True),
        (409, "stop", False),
        (413, "split", False),
        (422, "split", False),
        (429, "retry", False),
        (500, "retry", True),
        (503, "retry", True),
    ],
)
def test_status_decides(status: int, verdict: str, in_doubt: bool) -> None:
    reading = ADAPTER.read(batch(member("p1", "a@b.example")), answer(status, {}))
    assert (reading.verdict, reading.is_in_doubt) == (verdict, in_doubt)


def test_every_member_gets_an_outcome_or_counts_as_unanswered() -> None:
    sent = batch(*(member(f"p{number}", "a@b.example") for number in range(6)))
    results = [
        {"index": 5, "status": "ok"},
        {"index": 0, "status": "error", "code": "invalid_email"},
        {"index": 1, "status": "error", "code": "busy", "retryable": True},
        {"index": 2, "status": "sure"},
        {"index": True, "status": "ok"},
        {"index": 99, "status": "ok"},
        "nonsense",
    ]
    reading = ADAPTER.read(sent, answer(200, {"results": results}))
    assert [row.code for row in reading.rows] == [
        "failed",
        "retry",
        "missing",
        "missing",
        "missing",
        "confirmed",
    ]
    assert reading.rows[0].error_code == "invalid_email"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"results": 3}', b"\xff"])
def test_unreadable_success_is_no_success(body: bytes) -> None:
    reading = ADAPTER.read(batch(member("p1", "a@b.example")), answer(200, body))
    assert (reading.verdict, reading.is_in_doubt) == ("retry", True)


def test_vendor_text_that_may_quote_an_address_is_not_kept() -> None:
    assert safe_code("Invalid_Email ") == "invalid_email"
    assert safe_code("ann@mail.example is invalid") == "unrecognised_code"
    assert safe_code(None) == "none"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        ("0.5", 0.5),
        ("Sun, 01 Nov 2026 12:01:30 GMT", 90.0),
        ("Sun, 01 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_in_both_forms(header: str, seconds: float | None) -> None:
    assert retry_after_seconds(answer(429, {}, retry_after=header)) == seconds


@pytest.mark.parametrize(
    "body",
    [
        {"operation": "upsert"},
        {"operation": "drop", "members": [{"external_id": "p1"}]},
        {"operation": "remove", "members": []},
        {"operation": "remove", "members": [{"external_id": "p1", "email": "a@b.example"}]},
        {"operation": "remove", "members": [{"external_id": "p1"}, {"external_id": "p1"}]},
        {"operation": "upsert", "members": [{"external_id": "p1", "emali": "a@b.example"}]},
    ],
)
def test_stand_in_is_strict(body: dict[str, object]) -> None:
    with pytest.raises(Rejected):
        check_body(body)


def test_unknown_transport_is_named() -> None:
    with pytest.raises(ValueError, match="carrier_pigeon"):
        load_adapter("carrier_pigeon")
