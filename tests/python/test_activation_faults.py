"""The engine under random and deliberate misfortune, with the same end every time: the vendor holds
exactly the wanted members, and a further run makes no request."""

from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import psycopg2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_activation_engine import IN_FLIGHT
from vendor_world import (
    CASES,
    TOKEN,
    InMemory,
    Killed,
    VendorWorld,
    email,
    email_hash,
    hashed,
    new_world,
    no_search_for_pandas,  # noqa: F401 - a fixture of the whole module
    phone,
)

from orchestration.activation.adapters import Limit
from orchestration.activation.engine import SyncStopped
from orchestration.activation.ledger import TABLES, pause_account, request_mirror, table
from orchestration.activation.pace import spacing
from orchestration.activation.settings import EngineOptions
from orchestration.activation.stand_ins.http_json import Fault
from orchestration.warehouse import PROJECT_DIR, open_warehouse, schema_name

SCHEDULES = 200  # on each engine
HALVES = (sorted(CASES)[::2], sorted(CASES)[1::2])  # for two processors
BEFORE = ("rate_limited", "server_error", "lost_before", "hollow")
AFTER = ("server_error_after", "lost_after", "slow_after")
# one vendor for each shape of an answer: for the call, by row, a job, a job that only counts
SHAPES = ("meta", "hubspot", "klaviyo", "sendgrid")
SHARED = InMemory()


def versions(*numbers: int, version: int = 1) -> dict[int, int]:
    return dict.fromkeys(numbers, version)


# --- Random schedules ---------------------------------------------------------------------------

faults = st.one_of(
    st.none(),
    st.builds(Fault, st.sampled_from(BEFORE + AFTER), st.sampled_from([1.0, 30.0, 2000.0])),
)
happenings = st.fixed_dictionaries(
    {
        "wanted": st.dictionaries(st.integers(0, 9), st.integers(1, 2)),
        "faults": st.lists(faults, max_size=6),
        "refused": st.sets(st.integers(0, 9), max_size=2),
        "at": st.integers(0, 8),  # the step at which something happens
        "what": st.sampled_from(["nothing", "kill", "second runner", "clock", "disk full"]),
        "hours": st.integers(-3, 3),
        "jobs": st.tuples(st.integers(0, 2), st.integers(0, 1)),
    }
)


class Misfortune:
    """Waits for its step of a run, and strikes once."""

    def __init__(self, world: VendorWorld, chosen: dict[str, Any]) -> None:
        self.world, self.chosen, self.steps = world, chosen, 0

    def __call__(self, step: str) -> None:
        self.steps += 1
        if self.steps != self.chosen["at"] + 1:
            return
        what, world = self.chosen["what"], self.world
        if what == "kill":
            world.is_dead = True
            raise Killed
        if what == "second runner":
            world.try_run()
        elif what == "clock":
            world.time.now += timedelta(hours=self.chosen["hours"])
        elif what == "disk full":
            world.openings_left = 0


def go_through(world: VendorWorld, schedule: list[dict[str, Any]]) -> None:
    has_no_body = world.case.transport == "webhook"  # a bare success is all it promises
    for chosen in schedule:
        world.wanted[world.syncs[0]] = chosen["wanted"]
        world.server.faults.extend(
            None if fault and fault.kind == "hollow" and has_no_body else fault
            for fault in chosen["faults"]
        )
        world.vendor.refused = {world.case.key(number) for number in chosen["refused"]}
        world.vendor.job_delay, world.vendor.broken_jobs = chosen["jobs"]
        world.plan()
        world.try_run(on_step=Misfortune(world, chosen))
        world.openings_left = None
        world.time.sleep(600)
    world.server.faults.clear()
    world.vendor.refused = set()
    world.vendor.broken_jobs = 0
    world.settle()
    world.assert_contract()


def random_schedules(
    count: int, transports: list[str]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        chosen = given(
            transport=st.sampled_from(transports),
            schedule=st.lists(happenings, min_size=1, max_size=2),
        )(test)
        return settings(
            max_examples=count,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )(chosen)

    return decorate


@random_schedules(SCHEDULES // 2, HALVES[0])
def test_random_misfortune(transport: str, schedule: list[dict[str, Any]]) -> None:
    go_through(new_world(transport, opened_by=SHARED), schedule)


@random_schedules(SCHEDULES // 2, HALVES[1])
def test_random_misfortune_of_the_other_vendors(
    transport: str, schedule: list[dict[str, Any]]
) -> None:
    go_through(new_world(transport, opened_by=SHARED), schedule)


@pytest.fixture
def on_postgres(
    new_database: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"CDP_TARGET": "postgres", **new_database()}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.postgres
@random_schedules(SCHEDULES // 2, HALVES[0])
def test_random_misfortune_on_postgres(
    on_postgres: None, transport: str, schedule: list[dict[str, Any]]
) -> None:
    go_through(new_world(transport, opened_by=open_warehouse), schedule)


@pytest.mark.postgres
@random_schedules(SCHEDULES // 2, HALVES[1])
def test_random_misfortune_of_the_other_vendors_on_postgres(
    on_postgres: None, transport: str, schedule: list[dict[str, Any]]
) -> None:
    go_through(new_world(transport, opened_by=open_warehouse), schedule)


@pytest.mark.postgres
def test_what_was_sent_is_known_and_forgotten_on_postgres(on_postgres: None) -> None:
    """The removals that name it, and the mirror that sends it again, are SQL on either engine."""
    world = new_world("meta", opened_by=open_warehouse)
    (sync,), audience = world.syncs, world.case.audience
    for wanted in (versions(1, 2), {1: 2, 2: 1}):
        world.wanted[sync] = wanted
        world.settle()
    world.vendor.take_in(audience, "stranger", {"stranger"})
    world.time.sleep(3600)
    with world.opened_by() as opened:
        request_mirror(opened, sync, "ann", "drift", world.time.clock())
    world.settle()
    assert len(world.vendor.identifiers(audience)) == 4
    world.wanted[sync] = {}
    world.settle()
    assert world.vendor.identifiers(audience) == set()
    assert world.rows(f"select count(sent_json) from {table('sync_state')}") == [(0,)]


# --- Deaths -------------------------------------------------------------------------------------


@pytest.mark.parametrize("transport", SHAPES)
@pytest.mark.parametrize("step", ["started", "claimed", "sent", "planned", "finished"])
def test_death_at_every_step(transport: str, step: str) -> None:
    """The second time the step is reached, where there is one: then something is under way."""
    world = new_world(transport)
    world.wanted[world.syncs[0]] = versions(*range(8))
    world.settle()
    world.wanted[world.syncs[0]] = {**versions(*range(4, 7), version=2), **versions(*range(7, 20))}
    world.plan()
    seen = []

    def die(reached: str) -> None:
        seen.append(reached)
        if seen.count(step) == (1 if step in ("started", "planned", "finished") else 2):
            world.is_dead = True
            raise Killed

    died = world.try_run(on_step=die)
    assert died == "Killed" or seen.count(step) < 2
    world.settle()
    world.assert_contract()


CHILD = """
import os, signal, sys
sys.path.insert(0, sys.argv[4])
from vendor_world import TOKEN
from orchestration.activation.engine import run_sync
def on_step(step):
    if step == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
run_sync("vendor__newsletter", environment={
    "CDP_DEMO_HTTP_URL": sys.argv[1] + "/" + sys.argv[3], "CDP_DEMO_HTTP_TOKEN": TOKEN},
    on_step=on_step)
"""


@pytest.mark.parametrize("transport", SHAPES)
def test_a_killed_process_is_made_good(
    transport: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real process, a real connection, SIGKILL with answers that nobody booked."""
    monkeypatch.setenv("CDP_TARGET", "duckdb")
    monkeypatch.setenv("CDP_DUCKDB_PATH", str(tmp_path / "cdp.duckdb"))
    world = new_world(transport, opened_by=open_warehouse, enforces_limits=False)
    world.server.clock = lambda: 0.0
    world.wanted[world.syncs[0]] = versions(*range(8))
    world.plan()
    world.server.start()
    try:
        command = [sys.executable, "-c", CHILD, world.server.url, "sent", transport]
        done = subprocess.run(
            [*command, str(Path(__file__).parent)],
            cwd=PROJECT_DIR,
            env={**os.environ, "PYTHONPATH": str(PROJECT_DIR)},
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
        assert world.journal.requests > 0
        world.time.sleep(365 * 24 * 3600)  # the child's lease was taken by the real clock
        world.settle()
        world.assert_contract()
    finally:
        world.server.stop()


# --- The account --------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [Limit(5, 1.0), Limit(100, 10.0), Limit(3000, 3.0)])
def test_turns_leave_room_below_the_limit(limit: Limit) -> None:
    """Even if the first of a window is as late as a turn may be, and the last is on time."""
    window = timedelta(seconds=limit.seconds * 1.05)
    assert window // spacing(limit) + 1 <= limit.calls


@pytest.mark.parametrize("transport", ["iterable", "klaviyo", "hubspot"])
def test_a_storm_of_429_and_two_syncs_stay_below_the_limit(transport: str) -> None:
    """Two syncs of one account at once. The vendor counts the calls of any window."""
    world = new_world(transport, syncs=("vendor__a", "vendor__b"))
    for sync in world.syncs:
        world.wanted[sync] = versions(*range(60))
    world.plan()
    world.server.faults.extend([Fault("rate_limited", 20.0)] * 5)
    ends: list[Any] = []
    runners = [
        threading.Thread(target=lambda name=sync: ends.append(world.try_run(sync=name)))
        for sync in world.syncs
    ]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join(timeout=60)
    assert len(ends) == 2
    world.settle()
    limit = {"iterable": 5, "klaviyo": 150, "hubspot": 100}[transport]
    assert 1 < world.journal.most_in_window <= limit
    world.assert_contract()


def test_what_one_sync_is_told_holds_for_the_account() -> None:
    world = new_world("iterable", syncs=("vendor__a", "vendor__b"))
    for sync in world.syncs:
        world.wanted[sync] = versions(*range(3))
    world.plan()
    world.server.faults.append(Fault("rate_limited", 5000.0))
    with pytest.raises(SyncStopped):
        world.run("vendor__a")
    requests = world.journal.requests
    with pytest.raises(SyncStopped) as stopped:
        world.run("vendor__b")
    assert stopped.value.report.error_code == "account_paused"
    assert world.journal.requests == requests
    world.time.sleep(5001)
    world.settle()


def test_a_pause_that_another_runner_books_holds_at_once() -> None:
    world = new_world("hubspot")
    world.wanted[world.syncs[0]] = versions(*range(40))
    world.plan()
    begun = world.time.epoch()
    paused: list[str] = []

    def pause(step: str) -> None:
        if step == "sent" and not paused:
            paused.append(step)
            until = world.time.clock() + timedelta(seconds=300)
            with world.opened_by() as opened:
                pause_account(opened, "demo_http", until)

    world.run(on_step=pause)
    # What was booked when the first answer came may still arrive, on DuckDB twice what may be under
    # way: of each batch the people and then their list.
    early = [moment for moment in world.journal.calls if moment < begun + 300]
    assert 1 <= len(early) <= 4 * IN_FLIGHT < len(world.journal.calls)
    assert world.members() == world.keys()


def test_a_pause_is_sat_out_to_the_end() -> None:
    world = new_world("hubspot")
    world.wanted[world.syncs[0]] = versions(*range(20))
    world.plan()
    world.server.faults.extend([None, Fault("rate_limited", 40.0)])
    begun = world.time.epoch()
    world.run()
    later = [moment for moment in world.journal.calls if moment > begun + 1]
    assert later and min(later) >= begun + 40
    assert world.members() == world.keys()


def test_a_spent_allowance_is_a_pause() -> None:
    """What counts down in the headers of a success is heeded before the vendor must say no."""
    world = new_world("pinterest")
    world.wanted[world.syncs[0]] = versions(*range(20))
    world.plan()
    plain = world.server.transport()

    def count_down(request: Any) -> Any:
        answer = plain.handle_request(request)
        answer.headers["x-ratelimit-remaining"] = "0" if world.journal.requests % 2 == 0 else "1"
        answer.headers["x-ratelimit-reset"] = "25"
        return answer

    world.client = httpx.Client(transport=httpx.MockTransport(count_down))
    begun = world.time.epoch()
    world.run()
    assert world.members() == world.keys()
    moments = sorted(world.journal.calls)
    assert moments[1] < begun + 1 and moments[2] >= begun + 25


@pytest.mark.parametrize("transport", SHAPES)
def test_ten_minutes_of_500(transport: str) -> None:
    world = new_world(transport)
    world.options = EngineOptions(timeout_seconds=5.0)
    world.wanted[world.syncs[0]] = versions(*range(8))
    world.settle()
    world.wanted[world.syncs[0]] = versions(*range(3, 12), version=2)
    begun = world.time.now
    while world.time.now < begun + timedelta(minutes=10):
        world.server.faults.clear()
        world.server.faults.extend([Fault("server_error")] * 500)
        world.plan()
        world.try_run()
        world.time.sleep(60)
    world.server.faults.clear()
    world.settle()


@pytest.mark.parametrize("transport", ["google_data_manager", "klaviyo", "salesforce", "sendgrid"])
def test_a_job_that_the_vendor_forgot_keeps_nobody_in(transport: str) -> None:
    """It answered 404 for ever, and every run ended before it came to the removals."""
    world = new_world(transport)
    world.wanted[world.syncs[0]] = versions(*range(7))
    world.plan()
    world.run()
    for job_id in list(world.vendor.jobs):
        while not world.vendor.job(job_id)["is_done"]:
            pass
    world.vendor.jobs.clear()
    world.wanted[world.syncs[0]] = versions(*range(2, 7))
    assert world.members() - world.keys()
    world.settle()


@pytest.mark.parametrize("transport", ["google_data_manager", "klaviyo", "salesforce", "sendgrid"])
def test_a_job_that_never_ends_keeps_nobody_in(transport: str) -> None:
    """Whoever was in it waited for its end, and could not be taken out."""
    world = new_world(transport)
    world.wanted[world.syncs[0]] = versions(*range(7))
    world.vendor.job_delay = 10**6
    world.plan()
    world.run()
    for job in world.vendor.jobs.values():
        world.vendor.run_job(job)
    world.vendor.job_delay = 0
    world.wanted[world.syncs[0]] = versions(*range(2, 7))
    assert world.members() - world.keys()
    world.settle()


# --- Bad state ----------------------------------------------------------------------------------


def test_a_renamed_column_sends_nothing_and_is_made_good() -> None:
    world = new_world("hubspot")
    world.wanted[world.syncs[0]] = versions(*range(7))
    world.plan()
    outbox = f"{schema_name('activation')}.sync_outbox"
    world.rows(f"alter table {outbox} rename column payload_json to body_json")
    with pytest.raises(duckdb.BinderException):
        world.run()
    assert world.journal.requests == 0
    runs = world.rows(f"select status_code, error_code from {table('sync_run')}")
    assert runs == [("failed", "internal_error")]
    world.rows(f"alter table {outbox} rename column body_json to payload_json")
    world.settle()


@pytest.mark.parametrize("opening", range(0, 12, 2))
def test_a_warehouse_that_goes_away_mid_run(opening: int) -> None:
    """At every opening of a run: the ledger and the vendor agree again afterwards."""
    world = new_world("klaviyo")
    world.wanted[world.syncs[0]] = versions(*range(12))
    world.plan()
    world.openings_left = opening
    world.try_run()
    world.openings_left = None
    world.settle()


# --- No address anywhere ------------------------------------------------------------------------

ADDRESS = re.compile(r"p0\d\d@mail\.example|30555\d{4}")
MAY_NAME = {"member_key"}  # what the vendor calls a member: without it nobody could be taken out


@pytest.mark.parametrize("transport", sorted(CASES))
def test_no_address_in_logs_exceptions_or_the_settled_ledger(
    transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Vendors that quote people in their errors are among them."""
    caplog.set_level(logging.DEBUG)
    world = new_world(transport)
    world.wanted[world.syncs[0]] = versions(*range(8))
    world.vendor.refused = {world.case.key(2)}
    world.server.faults.extend([Fault("server_error_after"), Fault("lost_after"), Fault("hollow")])
    said: list[str] = []
    for _ in range(5):
        world.plan()
        try:
            said.append(repr(world.run()))
        except SyncStopped as stopped:
            said.append(f"{stopped!r} {stopped.report!r}")
        world.time.sleep(3600)
    assert ADDRESS.search(email(2)) and ADDRESS.search(phone(2))
    for text in [caplog.text, *said]:
        assert not ADDRESS.search(text) and TOKEN not in text
    for name, columns in TABLES.items():
        shown = [column for column in columns if column not in MAY_NAME]
        for row in world.rows(f"select {', '.join(shown)} from {table(name)}"):
            assert not ADDRESS.search(repr(row)), name


def test_postgres_errors_are_known() -> None:
    """The command says in one sentence that a part of the plan is missing, on both engines."""
    from orchestration.activation.__main__ import _LACKING

    assert issubclass(psycopg2.errors.UndefinedColumn, _LACKING)
    assert issubclass(duckdb.BinderException, _LACKING)


# --- Mirror -------------------------------------------------------------------------------------


def drifted_world() -> VendorWorld:
    """Google holds a stranger, lost one of ours, and a person has asked for a mirror."""
    world = new_world("google_data_manager")
    world.wanted[world.syncs[0]] = versions(*range(12))
    world.settle()
    stranger = hashed("stranger")
    world.vendor.take_in(world.case.audience, stranger, {stranger})
    del world.vendor.held(world.case.audience)[email_hash(3)]
    world.time.sleep(3600)
    with world.opened_by() as opened:
        assert request_mirror(opened, world.syncs[0], "ann", "drift", world.time.clock()) == 12
    return world


def mirrored(world: VendorWorld) -> tuple[int, int]:
    """How many mirrors are finished, and how often the vendor was told to drop the rest."""
    finished = world.rows(f"select count(finished_at) from {table('sync_mirror')}")[0][0]
    told = sum(1 for job in world.vendor.jobs.values() if "removeAsOfTime" in job["body"])
    return finished, told


def test_a_mirror_leaves_whom_we_know_and_nobody_else() -> None:
    world = drifted_world()
    world.run()
    assert hashed("stranger") in world.members(), "nobody has been confirmed again yet"
    assert mirrored(world) == (0, 0)
    world.settle()
    assert mirrored(world) == (1, 1)
    world.assert_contract()


@pytest.mark.parametrize(("transport", "most"), [("meta", "CALL_ROWS"), ("tiktok", "FILE_ROWS")])
def test_a_mirror_by_replacing_leaves_whom_we_know_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch, transport: str, most: str
) -> None:
    """The vendor is told the whole audience, in as many calls as that takes; who withdrew since is
    not in it."""
    monkeypatch.setattr(f"orchestration.activation.adapters.{transport}.{most}", 5)
    world = new_world(transport)
    world.vendor.minimum = 0
    (sync,), audience = world.syncs, world.case.audience
    world.wanted[sync] = versions(*range(12))
    world.settle()
    world.vendor.held(audience)[hashed("stranger")] = {hashed("stranger")}
    world.time.sleep(3600)
    with world.opened_by() as opened:
        assert request_mirror(opened, sync, "ann", "drift", world.time.clock()) == 12
    world.plan()
    permissions = f"{schema_name('privacy')}.contact_permissions"
    steps: list[str] = []

    def withdraw(step: str) -> None:
        steps.append(step)
        if step == "drained" and "planned" in steps:
            world.rows(f"delete from {permissions} where profile_id = 'p003'")

    world.run(on_step=withdraw)
    assert world.vendor.members(audience) == world.keys() - {world.case.key(3)}
    assert not world.outdated(sync)
    assert world.rows(f"select count(finished_at) from {table('sync_mirror')}") == [(1,)]
    world.assert_contract()


def test_a_mirror_that_the_vendor_did_not_finish_is_begun_again() -> None:
    world = drifted_world()
    broken: list[str] = []

    def break_it(step: str) -> None:
        if step == "mirrored" and not broken:
            broken.append(step)
            world.vendor.broken_jobs = 1

    for _ in range(7):
        world.plan()
        world.run(on_step=break_it)
        world.time.sleep(26 * 3600)
    assert world.members() == world.keys()
    assert mirrored(world) == (1, 2)


@pytest.mark.parametrize("obstacle", ["a guard", "somebody refused", "nobody left"])
def test_a_mirror_waits(obstacle: str) -> None:
    world = drifted_world()
    sync, audience = world.syncs[0], world.case.audience
    if obstacle == "a guard":
        guards = f"{schema_name('activation')}.sync_guards"
        world.rows(f"insert into {guards} values ('{sync}', '{audience}', 'audience_size')")
    elif obstacle == "somebody refused":
        world.vendor.refused = {email_hash(5)}
    else:
        world.wanted[sync] = {}
    for _ in range(4):
        world.plan()
        world.run()
        world.time.sleep(26 * 3600)
    assert hashed("stranger") in world.members()
    assert mirrored(world) == (0, 0)
