"""The sync engine against a stand-in that fails on purpose.

The assertion is nearly always the same: in the end the destination holds exactly the wanted
members, whatever happened on the way.

The tests build only the three tables the engine reads; `World.plan` does what the dbt models do.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestration.activation.__main__ import repair_sync
from orchestration.activation.adapters import Answer, Batch, Limit, Reading, Request, load_adapter
from orchestration.activation.engine import (
    LeaseHeld,
    OpenWarehouse,
    RunReport,
    SyncStopped,
    backoff,
    run_sync,
    utc_now,
)
from orchestration.activation.ledger import (
    LeaseLost,
    Ledger,
    approve_removals,
    doubt_members,
    ensure_ledger,
    table,
)
from orchestration.activation.settings import EngineOptions, SettingsError, load_credentials
from orchestration.activation.stand_ins.http_json import Fault, StandIn
from orchestration.warehouse import PROJECT_DIR, Warehouse, open_warehouse, schema_name

SYNC = "demo_http__newsletter_audience"
AUDIENCE = "newsletter_audience"
TOKEN = "stand-in-token"  # noqa: S105
IN_FLIGHT = 2
BATCH_ROWS = 5


@dataclass
class FakeTime:
    """A clock that moves when somebody sleeps."""

    offset: timedelta = timedelta()
    naps: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return utc_now() + self.offset

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.offset += timedelta(seconds=seconds)


@dataclass
class World:
    """A warehouse with what the engine reads, a destination, and a clock."""

    stand_in: StandIn
    time: FakeTime = field(default_factory=FakeTime)
    options: EngineOptions = field(default_factory=lambda: EngineOptions(timeout_seconds=5.0))

    def run(self, **arguments: Any) -> RunReport:
        arguments.setdefault("options", self.options)
        return run_sync(SYNC, clock=self.time.clock, sleep=self.time.sleep, **arguments)

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with open_warehouse() as warehouse:
            return warehouse.execute(sql, parameters)

    def allow(self, *profiles: str) -> None:
        with open_warehouse() as warehouse:
            permissions = f"{schema_name('privacy')}.contact_permissions"
            warehouse.execute(f"delete from {permissions}")
            insert_rows(
                warehouse, permissions, [(name, "marketing", "email", "v1") for name in profiles]
            )

    def plan(self, wanted: dict[str, str], allow: bool = True) -> None:
        """Fills the outbox: wanted {profile: e-mail} against the ledger's state."""
        if allow:
            self.allow(*wanted)
        with open_warehouse() as warehouse:
            known = ledger_state(warehouse)
            upserts, removals = [], []
            for key, email in sorted(wanted.items()):
                sent = json.dumps(
                    {
                        "external_id": key,
                        "email": email,
                        "email_sha256": hashlib.sha256(email.encode()).hexdigest(),
                    }
                )
                status, known_hash, revision = known.get(key, ("removed", "", 0))
                if status == "removed":
                    upserts.append((key, "upsert", "add", sent, revision))
                elif known_hash != payload_hash(sent):
                    upserts.append((key, "upsert", "update", sent, revision))
            for key, (status, _, revision) in sorted(known.items()):
                if key not in wanted and status != "removed":
                    sent = json.dumps({"external_id": key})
                    removals.append((key, "remove", "remove", sent, revision))
            fill_outbox(warehouse, removals, upserts)

    def dead_letters(self) -> dict[str, str]:
        return dict(
            self.rows(
                f"select member_key, reason_class_code from {table('sync_dead_letter')}"
                " where resolved_at is null"
            )
        )

    def members(self) -> set[str]:
        return self.stand_in.members(AUDIENCE)


def payload_hash(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()[:32]


def ledger_state(warehouse: Warehouse) -> dict[str, tuple[str, str, int]]:
    found = warehouse.execute(
        "select 1 from information_schema.tables where table_schema = ? and table_name = ?",
        [schema_name("activation_ledger"), "sync_state"],
    )
    if not found:
        return {}
    rows = warehouse.execute(
        f"select member_key, status_code, payload_hash, revision_count from {table('sync_state')}"
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def fill_outbox(
    warehouse: Warehouse, removals: list[tuple[Any, ...]], upserts: list[tuple[Any, ...]]
) -> None:
    outbox = f"{schema_name('activation')}.sync_outbox"
    warehouse.execute(f"delete from {outbox}")
    batch = 0
    rows = []
    for group in (removals, upserts):
        for position, (key, action, operation, payload, revision) in enumerate(group):
            if position % BATCH_ROWS == 0:
                batch += 1
            rows.append(
                (SYNC, AUDIENCE, key, "external_id", key, action, operation, "test", "marketing")
                + ("email", "v1", payload, payload_hash(payload), revision, batch)
                + (position % BATCH_ROWS + 1,)
            )
    insert_rows(warehouse, outbox, rows)


def insert_rows(warehouse: Warehouse, name: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        marks = ", ".join("(" + ", ".join("?" for _ in rows[0]) + ")" for _ in rows)
        flat = [value for row in rows for value in row]
        warehouse.execute(f"insert into {name} values {marks}", flat)


def people(count: int, start: int = 1) -> dict[str, str]:
    return {
        f"p{number:03d}": f"p{number:03d}@mail.example" for number in range(start, start + count)
    }


def create_tables(
    opened_by: OpenWarehouse = open_warehouse,
    transport: str = "http_json",
    syncs: tuple[str, ...] = (SYNC,),
) -> None:
    """The tables the engine reads, empty; the syncs are those of one destination."""
    texts = [
        *("sync_name", "audience_name", "member_key", "key_field", "profile_id", "action_code"),
        *("operation_code", "reason_code", "purpose_code", "channel_code", "consent_version"),
        *("payload_json", "payload_hash"),
    ]
    columns = ", ".join(f"{name} varchar" for name in texts)
    with opened_by() as warehouse:
        for schema in ("activation", "privacy", "activation_ledger"):
            warehouse.execute(f"drop schema if exists {schema_name(schema)} cascade")
        for schema in ("activation", "privacy"):
            warehouse.execute(f"create schema {schema_name(schema)}")
        warehouse.execute(
            f"create table {schema_name('activation')}.destinations (sync_name varchar,"
            " destination_code varchar, transport_code varchar, max_in_flight integer,"
            " retry_days integer)"
        )
        destinations = [(sync, "demo_http", transport, IN_FLIGHT, 1) for sync in syncs]
        insert_rows(warehouse, f"{schema_name('activation')}.destinations", destinations)
        warehouse.execute(
            f"create table {schema_name('activation')}.sync_outbox ({columns},"
            " revision_count bigint, batch_number integer, batch_position integer)"
        )
        warehouse.execute(
            f"create table {schema_name('activation')}.sync_guards (sync_name varchar,"
            " audience_name varchar, guard_code varchar)"
        )
        warehouse.execute(
            f"create table {schema_name('activation')}.sync_keys_closed (sync_name varchar,"
            " member_key varchar, profile_id varchar, is_identifier boolean)"
        )
        warehouse.execute(
            f"create table {schema_name('privacy')}.contact_permissions (profile_id varchar,"
            " purpose_code varchar, channel_code varchar, consent_version varchar)"
        )


@pytest.fixture(scope="module")
def database(new_database: Callable[..., dict[str, str]]) -> dict[str, str]:
    return new_database()


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def world(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setenv("CDP_TARGET", request.param)
    monkeypatch.setenv("CDP_SCHEMA_PREFIX", "sync_test_")
    if request.param == "duckdb":
        monkeypatch.setenv("CDP_DUCKDB_PATH", str(tmp_path / "cdp.duckdb"))
    else:
        for name, value in request.getfixturevalue("database").items():
            monkeypatch.setenv(name, value)
    create_tables()
    stand_in = StandIn(TOKEN).start()
    monkeypatch.setenv("CDP_DEMO_HTTP_URL", stand_in.url)
    monkeypatch.setenv("CDP_DEMO_HTTP_TOKEN", TOKEN)
    yield World(stand_in)
    stand_in.stop()


# --- The plain case ------------------------------------------------------------------------------


def test_members_follow_the_plan(world: World) -> None:
    wanted = people(12)
    world.plan(wanted)
    first = world.run()
    assert (first.status, first.planned, first.confirmed, first.request_count) == (
        "succeeded",
        12,
        12,
        3,
    )
    assert world.members() == set(wanted)

    wanted = {**people(8), "p001": "new@mail.example"}
    world.plan(wanted)
    second = world.run()
    assert (second.confirmed, second.request_count) == (5, 2)
    assert world.members() == set(wanted)
    assert world.stand_in.audiences[AUDIENCE]["p001"]["email"] == "new@mail.example"


def test_a_batch_may_take_several_calls(world: World) -> None:
    """A look-up first; when the call after it breaks, the batch starts again with the look-up."""
    plain = load_adapter("http_json")
    looked: list[str] = []

    def build(batch: Batch) -> Request:
        return Request("GET", f"/audiences/{AUDIENCE}/members", memo=batch.batch_id)

    def read(batch: Batch, answer: Answer) -> Reading:
        if answer.memo is None:
            return plain.read(batch, answer)
        looked.append(answer.memo)
        return Reading("next", next_request=plain.build(batch))

    adapter = SimpleNamespace(
        check=plain.check,
        build=build,
        read=read,
        build_poll=plain.build_poll,
        read_poll=plain.read_poll,
        sign=plain.sign,
    )
    world.plan(people(12))
    world.stand_in.faults.append(Fault("server_error_after"))
    report = world.run(adapter=adapter)
    assert (report.status, report.confirmed) == ("succeeded", 12)
    assert world.members() == set(people(12))
    assert len(looked) == 4 and len(set(looked)) == 3


def test_no_change_sends_nothing(world: World) -> None:
    world.plan(people(12))
    world.run()
    requests = world.stand_in.journal.requests
    again = world.run()  # the same outbox, older than the ledger
    world.plan(people(12))
    replanned = world.run()
    assert (again.planned, replanned.planned) == (0, 0)
    assert world.stand_in.journal.requests == requests


def test_a_destination_that_lost_members_is_repaired(world: World) -> None:
    wanted = people(12)
    world.plan(wanted)
    world.run()
    world.stand_in.audiences[AUDIENCE].pop("p003")
    world.plan(wanted)
    assert world.run().planned == 0, "the ledger cannot know"
    with open_warehouse() as warehouse:
        assert doubt_members(warehouse, SYNC) == 12
    world.plan(wanted)
    report = world.run()
    assert (report.confirmed, report.failed) == (12, 0)
    assert world.members() == set(wanted)
    assert world.stand_in.journal.replays == 0
    world.plan(wanted)
    assert world.run().planned == 0


def test_a_mirror_is_decided_by_somebody_and_only_where_the_vendor_can(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.plan(people(3))
    world.run()
    assert repair_sync(SYNC, mirror=True, by="ann", reason=None) == 2
    assert "--by and --reason" in capsys.readouterr().err
    assert repair_sync("nobody__knows", mirror=False, by=None, reason=None) == 2
    assert repair_sync(SYNC, mirror=True, by="ann", reason="drift") == 0
    said = capsys.readouterr().out
    assert "3 members will be sent again" in said
    assert "nobody is removed" in said
    assert world.rows(f"select count(*) from {table('sync_mirror')}") == [(0,)]


def test_leaving_and_coming_back_is_no_replay(world: World) -> None:
    for wanted in (people(3), people(2), people(3)):
        world.plan(wanted)
        world.run()
        assert world.members() == set(wanted)
    assert world.stand_in.journal.replays == 0


def test_a_ledger_of_before_is_converted(world: World) -> None:
    """Items had their batch's status as their own, and batches no hash of their request."""
    world.plan(people(3))
    world.run()
    world.rows(f"alter table {table('sync_item')} add column run_id varchar")
    world.rows(f"update {table('sync_item')} set status_code = 'confirmed'")
    world.rows(f"alter table {table('sync_batch')} drop column request_hash")
    world.plan(people(2))
    assert world.run().confirmed == 1
    assert world.members() == set(people(2))
    assert world.rows(f"select count(status_code) from {table('sync_item')}") == [(0,)]


def test_dry_run_sends_and_books_nothing(world: World) -> None:
    world.plan(people(2))
    world.run()
    before = world.stand_in.journal.requests
    world.plan({"p002": "new@mail.example", **people(12, start=3)})
    world.allow("p002", *people(10, start=3))
    limited = SimpleNamespace(**vars(load_adapter("http_json")), LIMIT=Limit(12, 60.0))
    report = world.run(dry_run=True, environment={}, adapter=limited)
    assert (report.status, report.planned, report.refused, report.request_count) == (
        "dry_run",
        14,
        2,
        4,
    )
    assert report.operations == {"remove": 1, "update": 1, "add": 10}
    assert report.least_seconds == pytest.approx(4 * 6.0), "a fifth of the limit is left unused"
    assert report.byte_count > 500
    kinds = Counter(sample["operation"] for sample in report.samples)
    assert kinds == {"remove": 1, "update": 1, "add": 3}, "a few of each kind"
    update = next(sample for sample in report.samples if sample["operation"] == "update")
    assert update["fields"]["external_id"] == "x999"
    assert update["fields"]["email"] == "xxx@xxxx.xxxxxxx"
    assert update["before"] != update["after"]
    assert "p0" not in str(report.samples) and "mail." not in str(report.samples)
    assert world.stand_in.journal.requests == before
    assert world.rows(f"select count(*) from {table('sync_run')}") == [(1,)]


def test_settled_ledger_and_logs_hold_no_address(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    world.stand_in.unacceptable = {"p002"}
    world.stand_in.faults.append(Fault("server_error_after"))
    world.plan(people(3))
    world.run()
    assert "mail.example" not in caplog.text
    assert TOKEN not in caplog.text
    assert world.rows(f"select count(payload_json) from {table('sync_item')}") == [(0,)]


# --- Consent -------------------------------------------------------------------------------------


def test_consent_withdrawn_after_planning_is_not_sent(world: World) -> None:
    world.plan(people(12))
    world.allow(*people(11))  # p012 says no after the plan was made
    report = world.run()
    assert (report.status, report.refused) == ("partial", 1)
    assert world.members() == set(people(11))
    assert "p012" not in {key for _, key in world.stand_in.journal.member_changes}
    assert world.dead_letters() == {"p012": "consent"}


def test_nobody_allowed_sends_no_request(world: World) -> None:
    world.plan(people(12))
    world.allow()
    assert world.run().refused == 12
    assert world.stand_in.journal.requests == 0


@pytest.mark.parametrize("column", ["profile_id", "purpose_code", "channel_code"])
def test_what_cannot_be_asked_for_is_refused(world: World, column: str) -> None:
    world.plan(people(3))
    outbox = f"{schema_name('activation')}.sync_outbox"
    world.rows(f"update {outbox} set {column} = null where member_key = 'p001'")
    world.rows(f"update {outbox} set {column} = 'other' where member_key = 'p002'")
    assert world.run().refused == 2
    assert world.members() == {"p003"}


def test_removals_need_no_consent(world: World) -> None:
    world.plan(people(3))
    world.run()
    world.plan({}, allow=True)
    assert world.run().confirmed == 3
    assert world.members() == set()


def test_consent_withdrawn_while_a_request_is_in_doubt(world: World) -> None:
    world.plan(people(3))
    world.stand_in.faults.append(Fault("lost_after"))  # it acted, and we do not know

    def withdraw(step: str) -> None:
        if step == "sent":
            world.allow("p001", "p002")

    world.run(on_step=withdraw)
    assert world.members() == set(people(3))  # p003 got there before the no
    world.plan(people(2))
    world.run()
    assert world.members() == set(people(2))


@pytest.mark.parametrize("is_identifier", [True, False])
def test_a_key_that_passed_to_somebody_else_while_in_doubt(
    world: World, is_identifier: bool
) -> None:
    """A person was taken apart between the request and its repetition, and the part that has the
    address now says no, or nothing."""
    world.plan(people(3))
    world.stand_in.faults.append(Fault("lost_after"))  # it acted, and we do not know

    def take_apart(step: str) -> None:
        if step == "sent":
            closed = f"{schema_name('activation')}.sync_keys_closed"
            row = (SYNC, "p003", "other", is_identifier)
            with open_warehouse() as warehouse:
                insert_rows(warehouse, closed, [row, (SYNC, "p002", "p002", is_identifier)])

    assert world.run(on_step=take_apart).refused == 1, "the first request was enough"
    world.plan(people(2))
    assert world.run().confirmed == 1
    assert world.members() == {"p001", "p002"}
    # what is planned afresh is sent with what its own person has now
    world.plan(people(3))
    assert world.run().refused == is_identifier


def test_a_key_that_passed_on_is_asked_about_again_in_one_opening(world: World) -> None:
    """The request comes back in doubt and is due again before the warehouse has been closed."""
    world.plan(people(60))
    with open_warehouse() as warehouse:
        closed = f"{schema_name('activation')}.sync_keys_closed"
        # All of them: which of the requests under way meets the fault is chance.
        insert_rows(warehouse, closed, [(SYNC, key, "other", False) for key in people(60)])
    world.stand_in.faults.append(Fault("server_error_after"))

    def go_on(step: str) -> None:
        world.time.offset += timedelta(seconds=2)

    report = world.run(on_step=go_on, options=replace(world.options, hold_seconds=60.0))
    assert (report.refused, report.confirmed) == (BATCH_ROWS, 60 - BATCH_ROWS)
    assert Counter(world.dead_letters().values()) == {"consent": BATCH_ROWS}


# --- Destinations that fail ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        "rate_limited",
        "server_error",
        "server_error_after",
        "lost_after",
        "slow_after",
        "omit",
        "unreadable",
    ],
)
def test_failing_requests_are_made_good(world: World, kind: str) -> None:
    world.options = EngineOptions(timeout_seconds=0.5, lease_seconds=10)
    world.stand_in.faults.extend([Fault(kind, 1.0)] * 3)
    world.plan(people(23))
    report = world.run()
    assert (report.status, report.confirmed) == ("succeeded", 23)
    assert world.members() == set(people(23))
    assert world.dead_letters() == {}
    world.plan(people(23))
    assert world.run().planned == 0


def test_retry_after_holds_every_request_back(world: World) -> None:
    world.stand_in.faults.append(Fault("rate_limited", 40.0))
    world.plan(people(23))
    world.run()
    assert 35.0 <= sum(world.time.naps) < 45.0  # less what the booking itself took
    waits = world.rows(
        f"select max(retry_after_seconds) from {table('sync_attempt')} where http_status = 429"
    )
    assert waits == [(40.0,)]


def test_too_long_a_wait_ends_the_run_and_the_next_one_finishes(world: World) -> None:
    world.stand_in.faults.append(Fault("rate_limited", 5000.0))
    world.plan(people(3))
    with pytest.raises(SyncStopped) as stopped:
        world.run()
    assert stopped.value.report.error_code == "http_429"
    assert world.time.naps == []
    requests = world.stand_in.journal.requests
    with pytest.raises(SyncStopped) as stopped:
        world.run()  # what the destination asked for outlives the run
    assert stopped.value.report.error_code == "account_paused"
    assert world.stand_in.journal.requests == requests
    world.time.offset += timedelta(seconds=5000)
    world.run()
    assert world.members() == set(people(3))


def test_dead_destination_ends_the_run_and_the_next_one_finishes(world: World) -> None:
    world.stand_in.faults.extend([Fault("server_error")] * 40)
    world.plan(people(12))
    with pytest.raises(SyncStopped) as stopped:
        world.run()
    assert stopped.value.report.error_code == "http_500"
    attempts = world.rows(f"select max(attempt_number) from {table('sync_attempt')}")
    assert attempts == [(world.options.max_attempts,)]
    world.stand_in.faults.clear()
    world.time.offset += timedelta(hours=1)
    world.run()
    assert world.members() == set(people(12))
    assert {row[0] for row in world.rows(f"select status_code from {table('sync_run')}")} == {
        "failed",
        "succeeded",
    }


def test_wrong_token_stops_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDP_DEMO_HTTP_TOKEN", "wrong")
    world.plan(people(12))
    with pytest.raises(SyncStopped) as stopped:
        world.run()
    assert stopped.value.report.error_code == "http_401"
    assert world.stand_in.journal.requests <= IN_FLIGHT
    monkeypatch.setenv("CDP_DEMO_HTTP_TOKEN", TOKEN)
    world.run()
    assert world.members() == set(people(12))


def test_refused_members_become_dead_letters(world: World) -> None:
    world.stand_in.unacceptable = {"p002", "p009"}
    world.plan(people(12))
    report = world.run()
    assert (report.status, report.confirmed, report.failed) == ("partial", 10, 2)
    assert world.members() == set(people(12)) - {"p002", "p009"}
    assert world.dead_letters() == {"p002": "data", "p009": "data"}

    requests = world.stand_in.journal.requests
    assert world.run().planned == 0  # not before a day has passed
    assert world.stand_in.journal.requests == requests

    world.stand_in.unacceptable = set()
    world.time.offset += timedelta(days=1, minutes=1)
    assert world.run().confirmed == 2
    assert world.members() == set(people(12))
    assert world.dead_letters() == {}

    world.stand_in.unacceptable = {"p002"}
    world.plan(people(12) | {"p002": "new@mail.example"})
    world.run()
    refused = f"select first_seen_at, last_seen_at from {table('sync_dead_letter')}"
    [(first, last)] = world.rows(f"{refused} where resolved_at is null")
    assert first == last, "it was made good in between"


def test_a_removal_waits_a_day_at_most(world: World) -> None:
    """However long members wait that the destination would not take."""
    world.rows(f"update {schema_name('activation')}.destinations set retry_days = 30")
    world.plan(people(3))
    world.run()
    world.stand_in.unacceptable = {"p002"}
    world.plan({"p001": "p001@mail.example", "p003": "p003@mail.example"})
    world.run()
    assert world.dead_letters() == {"p002": "data"} and "p002" in world.members()
    world.stand_in.unacceptable = set()
    assert world.run().planned == 0
    world.time.offset += timedelta(days=1, minutes=1)
    world.run()
    assert world.members() == {"p001", "p003"}


def test_a_refused_batch_is_cut_until_the_bad_rows_stand_alone(world: World) -> None:
    world.stand_in.refuse_whole_batch = True
    world.stand_in.unacceptable = {"p002", "p009"}
    world.plan(people(15))
    report = world.run()
    assert (report.confirmed, report.failed) == (13, 2)
    assert world.members() == set(people(15)) - {"p002", "p009"}
    assert world.dead_letters() == {"p002": "data", "p009": "data"}
    assert report.request_count <= 3 + 2 * 6  # two searches, each halving five rows


def test_search_for_bad_rows_has_an_end(world: World) -> None:
    world.options = EngineOptions(timeout_seconds=5.0, max_splits=2)
    world.stand_in.refuse_whole_batch = True
    world.stand_in.unacceptable = set(people(15))
    world.plan(people(15))
    report = world.run()
    assert report.failed == 15
    assert report.request_count <= 3 + 2 * 2
    assert "contract" in world.dead_letters().values()


def test_unsendable_payload_never_leaves(world: World) -> None:
    world.plan(people(3))
    outbox = f"{schema_name('activation')}.sync_outbox"
    world.rows(f"update {outbox} set payload_json = '[]' where member_key = 'p001'")
    world.rows(
        f"update {outbox} set payload_json = replace(payload_json, 'p002', 'p009')"
        " where member_key = 'p002'"
    )
    world.run()
    assert world.members() == {"p003"}
    assert world.dead_letters() == {"p001": "contract", "p002": "contract"}


def test_jobs_are_pending_until_they_are_confirmed(world: World) -> None:
    world.stand_in.answer_later = True
    world.stand_in.unacceptable = {"p002"}
    world.plan(people(3))
    report = world.run()
    assert (report.accepted, report.confirmed) == (3, 0)
    assert world.members() == set()
    states = world.rows(f"select distinct status_code from {table('sync_state')}")
    assert states == [("pending",)]

    world.plan(people(3))
    assert world.run().planned == 0  # not due yet, and nothing new to say
    world.time.offset += timedelta(minutes=1)
    world.run()
    assert world.members() == {"p001", "p003"}
    assert world.dead_letters() == {"p002": "data"}
    states = dict(world.rows(f"select member_key, status_code from {table('sync_state')}"))
    assert states == {"p001": "present", "p002": "removed", "p003": "present"}


def test_a_lost_job_is_sent_again(world: World) -> None:
    world.stand_in.answer_later = True
    world.plan(people(3))
    world.run()
    world.stand_in._jobs.clear()
    world.stand_in.answer_later = False
    world.time.offset += timedelta(minutes=1)
    world.run()
    assert world.members() == set(people(3))


def test_who_is_refused_after_a_lost_job_is_not_taken_for_present(world: World) -> None:
    world.stand_in.answer_later = True
    world.plan(people(3))
    world.run()
    world.stand_in._jobs.clear()
    world.stand_in.answer_later = False
    world.stand_in.unacceptable = {"p002"}
    world.time.offset += timedelta(minutes=1)
    world.run()
    assert world.dead_letters() == {"p002": "data"}
    world.stand_in.unacceptable = set()
    world.time.offset += timedelta(days=1, minutes=1)
    world.plan(people(3))
    world.run()
    assert world.members() == set(people(3))


# --- One runner ----------------------------------------------------------------------------------


def test_second_runner_is_turned_away(world: World) -> None:
    world.plan(people(12))
    turned_away = []

    def start_another(step: str) -> None:
        if step == "claimed" and not turned_away:
            with pytest.raises(LeaseHeld):
                world.run()
            turned_away.append(step)

    world.run(on_step=start_another)
    assert turned_away
    assert world.members() == set(people(12))
    assert world.stand_in.journal.requests == 3


def test_runner_that_lost_its_lease_books_nothing_more(world: World) -> None:
    world.plan(people(12))

    def take_over(step: str) -> None:
        if step == "sent":
            with open_warehouse() as warehouse:
                later = world.time.clock() + timedelta(hours=1)
                assert Ledger(warehouse, SYNC, "thief", later).take_lease(60)

    with pytest.raises(LeaseLost):
        world.run(on_step=take_over)
    assert world.rows(f"select count(*) from {table('sync_state')}") == [(0,)]
    owners = world.rows(f"select owner_name from {table('sync_lease')}")
    assert owners == [("thief",)]


# --- Crashes -------------------------------------------------------------------------------------

CHILD = """
import os, signal, sys
from orchestration.activation.engine import run_sync
wanted_step, wanted_count = sys.argv[1], int(sys.argv[2])
seen = 0
def on_step(step):
    global seen
    if step == wanted_step:
        seen += 1
        if seen == wanted_count:
            os.kill(os.getpid(), signal.SIGKILL)
run_sync(sys.argv[3], on_step=on_step)
"""


def run_and_die(step: str, count: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, step, str(count), SYNC],
        cwd=PROJECT_DIR,
        env={**os.environ, "PYTHONPATH": str(PROJECT_DIR)},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.parametrize(
    ("step", "count"),
    [
        ("started", 1),
        ("planned", 1),
        ("claimed", 1),
        ("sent", 1),
        pytest.param("claimed", 2, marks=pytest.mark.slow),
        pytest.param("sent", 2, marks=pytest.mark.slow),
        pytest.param("claimed", 3, marks=pytest.mark.slow),
        pytest.param("drained", 2, marks=pytest.mark.slow),
        pytest.param("finished", 1, marks=pytest.mark.slow),
    ],
)
def test_killed_anywhere_the_next_run_ends_with_the_wanted_members(
    world: World, step: str, count: int
) -> None:
    world.plan(people(10))
    world.run()
    wanted = {**people(30, start=6), "p006": "moved@mail.example"}
    world.plan(wanted)
    before = Counter(world.stand_in.journal.member_changes)
    run_and_die(step, count)

    if step != "finished":  # finishing gives the lease back in the same transaction
        with pytest.raises(LeaseHeld):  # the dead runner's lease has not run out
            world.run()
    world.time.offset += timedelta(hours=1)
    world.run()

    assert world.members() == set(wanted)
    assert world.stand_in.audiences[AUDIENCE]["p006"]["email"] == "moved@mail.example"
    changes = Counter(world.stand_in.journal.member_changes) - before
    assert max(changes.values()) == 1  # what was sent twice was recognised by its key
    booked = IN_FLIGHT if os.environ["CDP_TARGET"] == "postgres" else 2 * IN_FLIGHT
    assert world.stand_in.journal.replays <= booked
    world.plan(wanted)
    assert world.run().planned == 0
    open_batches = world.rows(
        f"select count(*) from {table('sync_batch')}"
        " where status_code not in ('settled', 'cancelled', 'split')"
    )
    assert open_batches == [(0,)]


def test_killed_runner_resumes_before_it_follows_a_newer_plan(world: World) -> None:
    world.plan(people(40))
    run_and_die("sent", 1)  # some requests were under way, one at least arrived, none is booked
    assert world.members()
    assert world.members() <= set(people(20))
    world.time.offset += timedelta(hours=1)
    world.plan(people(4, start=9))
    world.run()  # settles the doubt, then adds; the plan did not know of p001 to p008
    world.plan(people(4, start=9))
    world.run()
    assert world.members() == set(people(4, start=9))


def test_killed_runner_does_not_resend_withdrawn_consent(world: World) -> None:
    world.plan(people(5))
    # The dying runner's request is on its way when it dies: it may arrive, but must change nothing.
    world.stand_in.faults.append(Fault("server_error"))
    run_and_die("claimed", 1)
    world.allow(*people(4))
    world.time.offset += timedelta(hours=1)
    world.run()
    assert world.members() == set(people(4))
    world.plan(people(4))
    world.run()  # removes p005, which might have been there
    assert ("remove", "p005") in world.stand_in.journal.member_changes


# --- Settings and small parts --------------------------------------------------------------------


def test_missing_variables_are_named() -> None:
    with pytest.raises(SettingsError, match="CDP_DEMO_HTTP_URL and CDP_DEMO_HTTP_TOKEN"):
        load_credentials("demo_http", {})
    with pytest.raises(SettingsError, match="needs CDP_DEMO_HTTP_TOKEN in"):
        load_credentials("demo_http", {"CDP_DEMO_HTTP_URL": "http://x"})
    credentials = load_credentials(
        "demo_http", {"CDP_DEMO_HTTP_URL": "http://x/", "CDP_DEMO_HTTP_TOKEN": "secret"}
    )
    assert credentials.url == "http://x"
    assert "secret" not in repr(credentials)


def test_unknown_sync_is_named(world: World) -> None:
    with pytest.raises(SettingsError, match="no_such_sync"):
        run_sync("no_such_sync")


def test_approval_is_a_row(world: World) -> None:
    with open_warehouse() as warehouse:
        approve_removals(warehouse, SYNC, AUDIENCE, 40, "Ada", "Season over", utc_now())
    rows = world.rows(
        f"select max_remove_count, approved_by, expires_at > approved_at"
        f" from {table('sync_approval')}"
    )
    assert rows == [(40, "Ada", True)]


def test_lease_must_outlast_a_request() -> None:
    with pytest.raises(ValueError, match="lease_seconds"):
        EngineOptions(timeout_seconds=30, lease_seconds=30)


def test_backoff_grows_is_spread_and_repeats() -> None:
    options = EngineOptions(backoff_seconds=1.0, max_backoff_seconds=60.0)
    waits = [backoff("key", attempt, options) for attempt in range(1, 12)]
    assert waits == [backoff("key", attempt, options) for attempt in range(1, 12)]
    for attempt, wait in enumerate(waits, start=1):
        longest = min(60.0, 2.0 ** (attempt - 1))
        assert longest / 2 <= wait <= longest
    assert len({backoff(f"key{number}", 3, options) for number in range(20)}) == 20


# --- Others who need the warehouse ----------------------------------------------------------------


class Watched:
    """Opens the warehouse and remembers from when to when it was open."""

    def __init__(self) -> None:
        self.spans: list[tuple[float, float]] = []

    @contextmanager
    def __call__(self) -> Iterator[Warehouse]:
        since = time.monotonic()
        try:
            with open_warehouse() as opened:
                yield opened
        finally:
            self.spans.append((since, time.monotonic()))

    def longest_gap(self) -> float:
        """The longest time that nothing had it open."""
        gaps, last = [0.0], self.spans[0][0]
        for since, until in sorted(self.spans):
            gaps.append(since - last)
            last = max(last, until)
        return max(gaps)


def test_quick_answers_find_the_warehouse_open(world: World) -> None:
    world.plan(people(60))
    watched = Watched()
    waves = 60 // (BATCH_ROWS * IN_FLIGHT)
    assert world.run(warehouse=watched).confirmed == 60
    assert len(world.members()) == 60
    kept = len(watched.spans)

    world.plan(people(60, start=101) | people(60))
    watched = Watched()
    impatient = replace(world.options, hold_seconds=0.0, longest_hold_seconds=0.0)
    assert world.run(warehouse=watched, options=impatient).confirmed == 60
    assert len(watched.spans) >= kept + waves - 2, "it is closed after each wave"
    assert impatient.yield_seconds in world.time.naps, "and others get it for a while"


def test_a_slow_answer_leaves_the_warehouse_to_others(world: World) -> None:
    world.plan(people(60))
    quick = [Fault("quick")] * (2 * IN_FLIGHT)  # no fault, but places in the line
    world.stand_in.faults.extend([*quick, *[Fault("slow_after", 1.5)] * IN_FLIGHT])
    watched = Watched()
    assert world.run(warehouse=watched).confirmed == 60
    assert watched.longest_gap() > 1.0


# --- Large audiences ------------------------------------------------------------------------------

MANY, MANY_A_BATCH, BATCHES_AT_ONCE = 400_000, 10_000, 20


@pytest.mark.slow
@pytest.mark.parametrize("world", ["duckdb"], indirect=True)
def test_a_large_audience_is_booked_again_in_little_memory(world: World) -> None:
    """What DuckDB updates it keeps in memory until its file is closed: the second run of a large
    audience ended for want of it."""
    key = "'p' || lpad(cast(number as varchar), 9, '0')"
    outbox = f"{schema_name('activation')}.sync_outbox"
    for revision in (1, 2):
        world.rows(f"delete from {outbox}")
        world.rows(
            f"insert into {outbox} select '{SYNC}', '{AUDIENCE}', {key}, 'external_id', {key},"
            " 'upsert', 'update', 'test', 'marketing', 'email', 'v1',"
            f" json_object('external_id', {key}), md5({key} || '{revision}'), {revision},"
            f" cast(number // {MANY_A_BATCH} as integer) + 1,"
            f" cast(number % {MANY_A_BATCH} as integer) + 1 from range({MANY}) as numbers(number)"
        )
        with open_warehouse() as warehouse:
            ensure_ledger(warehouse)
            warehouse.spare_memory(96)
            ledger = Ledger(warehouse, SYNC, "a test", utc_now())
            with warehouse.transaction():
                assert ledger.plan(ledger.start_run(), 1) == MANY
            named = [batch.batch_id for batch in ledger.open_batches()]
            for first in range(0, len(named), BATCHES_AT_ONCE):
                with warehouse.transaction():
                    ledger.confirm(named[first : first + BATCHES_AT_ONCE])
                    ledger.settle()
    assert world.rows(
        "select count(*), count(distinct member_key), min(revision_count), max(revision_count)"
        f" from {table('sync_state')} where status_code = 'present'"
    ) == [(MANY, MANY, 2, 2)]
