"""Runs one sync: takes the outbox's rows, sends them in requests, books each answer.

Guarantee: every request is made at least once, and the members a destination holds in the end are
exactly those the ledger says. The order is always: book the request as under way, send it, book the
answer. What answers mean for each member is written for many requests at once, before anybody else
gets the warehouse. A process that dies leaves at most the requests so booked in doubt; the next run
writes what was answered and sends those again, unchanged, before it plans anything new. That is
safe because adapters only have set operations.

DuckDB allows one writing process. So the warehouse is open while booking, and stays open across
requests only as long as they are answered at once, for some seconds at most. For as long, nobody
else can change who said yes, and requests are booked before there is room for them: one that is
answered makes way for the next at once. They are taken back if the warehouse is closed first.
Nobody's address is ever logged, only batches, counts and codes.
"""

from __future__ import annotations

import gc
import hashlib
import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import duckdb
import httpx

from orchestration.activation.adapters import (
    Adapter,
    Answer,
    Batch,
    Item,
    Reading,
    Request,
    RowOutcome,
    load_adapter,
    spent_allowance_seconds,
)
from orchestration.activation.ledger import Claimed, LeaseLost, Ledger, OpenBatch, ensure_ledger
from orchestration.activation.pace import Account, spacing
from orchestration.activation.settings import (
    Credentials,
    EngineOptions,
    SyncSettings,
    load_credentials,
    load_settings,
    open_patience_seconds,
)
from orchestration.warehouse import Warehouse, open_warehouse, patiently

LOGGER = logging.getLogger("cdp.activation")
# httpx logs full addresses, and a base address may hold a secret
logging.getLogger("httpx").setLevel(logging.WARNING)

OpenWarehouse = Callable[[], AbstractContextManager[Warehouse]]
_MAX_CALLS = 250  # that one batch may take
# A vendor is told by our clock since when members are to stay; its own may be behind.
_CLOCKS_APART = timedelta(minutes=10)
_QUICK_SECONDS = 0.25  # the warehouse is not kept open longer than that for an answer
# While nobody else can change who said yes: members whose requests are written and booked ahead,
# and members asked for at once whether they still say it
_AHEAD_ROWS = 20_000
_ASK_AHEAD_ROWS = 100_000
_SETTLE_ROWS = 250_000  # answered members that are written down at once, while others are under way


class LeaseHeld(Exception):
    """Another runner has this sync."""


class SyncStopped(Exception):
    """The run ended early; `report` says what it did until then."""

    def __init__(self, report: RunReport) -> None:
        super().__init__(f"{report.run_id} stopped: {report.error_code}")
        self.report = report


@dataclass(frozen=True)
class RunReport:
    """What one run did. status: succeeded, partial, failed or dry_run."""

    sync_name: str
    run_id: str
    status: str
    planned: int = 0
    confirmed: int = 0
    accepted: int = 0
    failed: int = 0
    refused: int = 0
    resumed_batches: int = 0
    request_count: int = 0
    # dry run only: what the requests would weigh, what they would do with how many members, how
    # long they take at least at the calls that the vendor allows, where it says a number, and a few
    # of the changes, masked
    byte_count: int = 0
    operations: dict[str, int] = field(default_factory=dict)
    least_seconds: float | None = None
    samples: list[dict[str, Any]] = field(default_factory=list)
    error_code: str | None = None


class _Stop(Exception):
    """Ends the run; the batch it concerns has been put back."""

    def __init__(self, error_code: str) -> None:
        super().__init__(error_code)
        self.error_code = error_code


def utc_now() -> datetime:
    """The wall clock in UTC, without a zone, as the ledger keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def backoff(key: str, attempt: int, options: EngineOptions) -> float:
    """Seconds to wait after a failed try: doubling, spread by a hash so that runners part."""
    digest = hashlib.sha256(f"{key}|{attempt}".encode()).digest()
    spread = 0.5 + int.from_bytes(digest[:4], "big") / 2**33
    longest = min(options.max_backoff_seconds, options.backoff_seconds * 2.0 ** (attempt - 1))
    return longest * spread


def first_batches(found: Sequence[OpenBatch], count: int, rows: int) -> list[OpenBatch]:
    """The first so many batches, and those after them that still fit into so many rows."""
    totals = accumulate(batch.row_count for batch in found)
    return [
        batch
        for number, (batch, total) in enumerate(zip(found, totals, strict=True))
        if number < count or total <= rows
    ]


def can_mirror(adapter: Adapter) -> bool:
    """Whether the vendor can be told to hold nobody but those we name."""
    return hasattr(adapter, "build_rest") or getattr(adapter, "REPLACES", False)


def given_up(batch: Batch, reading: Reading) -> Reading:
    """What is said of a job that should long have ended; one that is still at work has answered for
    nobody."""
    if reading.verdict not in ("accepted", "retry"):
        return reading
    overdue = tuple(RowOutcome("missing", "job_overdue") for _ in batch.items)
    return Reading("rows", overdue, http_status=reading.http_status, is_in_doubt=True)


def run_sync(
    sync_name: str,
    *,
    dry_run: bool = False,
    warehouse: OpenWarehouse = open_warehouse,
    adapter: Adapter | None = None,
    client: httpx.Client | None = None,
    environment: Mapping[str, str] | None = None,
    options: EngineOptions | None = None,
    clock: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
    on_step: Callable[[str], None] = lambda step: None,
) -> RunReport:
    """Sends what the outbox holds for one sync, after settling what an earlier run left behind.

    Raises SettingsError (something is not set), LeaseHeld (it is running elsewhere) or SyncStopped
    (the destination would not take it; booked, and carried on by the next run). A dry run builds
    every request, sends none and books nothing. `on_step` is told each step's name when it is
    done; tests use it to die there.
    """
    options = options or EngineOptions()
    with ExitStack() as stack:
        stack.enter_context(_collecting_seldom())
        desk = _Desk(_sparing(warehouse, options.memory_mebibytes), options)
        stack.callback(desk.close)
        desk.is_kept = True
        with desk.open() as opened:
            settings = load_settings(opened, sync_name)
        adapter = adapter or load_adapter(settings.transport_code)
        if dry_run:
            return _dry_run(settings, adapter, desk, clock)
        credentials = load_credentials(settings.destination_code, environment)
        if client is None:
            client = stack.enter_context(httpx.Client(timeout=options.timeout_seconds))
        return _Runner(settings, adapter, client, credentials, desk, clock, sleep, on_step).run()


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Python's collector would walk all that lives for every few hundred members: a sixth of a
    run's time."""
    before = gc.get_threshold()
    gc.set_threshold(20_000, 5, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _sparing(warehouse: OpenWarehouse, mebibytes: int) -> OpenWarehouse:
    @contextmanager
    def opening() -> Iterator[Warehouse]:
        with warehouse() as opened:
            opened.spare_memory(mebibytes)
            yield opened

    return opening


@contextmanager
def open_patiently(warehouse: OpenWarehouse) -> Iterator[Warehouse]:
    """Opens the warehouse, waiting while another process has the DuckDB file: for
    CDP_WAREHOUSE_WAIT_SECONDS, 60 unless set. Raises SettingsError for one that is no number."""

    def enter() -> tuple[AbstractContextManager[Warehouse], Warehouse]:
        context = warehouse()
        return context, context.__enter__()

    context, opened = patiently(enter, open_patience_seconds())
    try:
        yield opened
    except BaseException as error:
        if not context.__exit__(type(error), error, error.__traceback__):
            raise
    else:
        context.__exit__(None, None, None)


def _dry_run(
    settings: SyncSettings,
    adapter: Adapter,
    desk: _Desk,
    clock: Callable[[], datetime],
) -> RunReport:
    with desk.open() as opened:
        ensure_ledger(opened)
        ledger = Ledger(opened, settings.sync_name, "dry run", clock())
        found = ledger.preview(settings.retry_days, adapter)
    limit = getattr(adapter, "LIMIT", None)
    return RunReport(
        settings.sync_name,
        f"{settings.sync_name}:dry_run",
        "dry_run",
        planned=sum(found.operations.values()) + found.refused + found.failed,
        refused=found.refused,
        failed=found.failed,
        request_count=len(found.batches),
        byte_count=sum(len(adapter.build(batch).body) for batch in found.batches),
        operations=found.operations,
        least_seconds=limit and len(found.batches) * spacing(limit).total_seconds(),
        samples=found.samples,
    )


class _Desk:
    """The warehouse: opened for each booking, and left open across requests that are quick."""

    def __init__(self, warehouse: OpenWarehouse, options: EngineOptions) -> None:
        self.warehouse = warehouse
        self.options = options
        self.is_kept = False
        self.engine = ""
        # read ahead, and the batches whose members were asked for: forgotten when others are let in
        self.ready: list[Claimed] = []
        self.asked: set[str] = set()
        self._opened: Warehouse | None = None
        self._since = 0.0
        self._closing_seconds = 0.0
        self._stack = ExitStack()

    @contextmanager
    def open(self) -> Iterator[Warehouse]:
        """The open warehouse; closed afterwards unless it is kept, and always after an error."""
        if self._opened is None:
            self._opened = self._stack.enter_context(open_patiently(self.warehouse))
            self.engine = self._opened.engine
            self._since = time.monotonic()
        try:
            yield self._opened
        except BaseException:
            self.close()
            raise
        if not self.is_kept:
            self.close()

    def is_due(self) -> bool:
        """Whether it has been open so long that others should be let in: closing writes what has
        gathered, and is not to take most of the time of a large audience."""
        hold = min(30 * self._closing_seconds, self.options.longest_hold_seconds)
        is_long = time.monotonic() - self._since > max(hold, self.options.hold_seconds)
        return self._opened is not None and is_long

    def close(self) -> None:
        """Closes the warehouse and keeps it no longer."""
        self.is_kept = False
        self.ready = []
        self.asked = set()
        if self._opened is not None:
            self._opened = None
            started = time.monotonic()
            self._stack.close()
            self._closing_seconds = time.monotonic() - started


class _Runner:
    """One run of one sync, from lease to report."""

    def __init__(
        self,
        settings: SyncSettings,
        adapter: Adapter,
        client: httpx.Client,
        credentials: Credentials,
        desk: _Desk,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
        on_step: Callable[[str], None],
    ) -> None:
        self.settings = settings
        self.adapter = adapter
        self.client = client
        self.credentials = credentials
        self.desk = desk
        self.options = desk.options
        self.clock = clock
        self.sleep = sleep
        self.on_step = on_step
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.run_id = ""
        self.request_count = 0
        self.split_count = 0
        self.unsettled_rows = 0
        self.is_halted = False
        self.resumed: set[str] = set()
        self.account = Account(
            settings.destination_code,
            getattr(adapter, "LIMIT", None),
            lambda: open_patiently(desk.warehouse),
            clock,
            sleep,
            desk.options.lease_seconds / 4,  # a thread that waits for its turn renews no lease
        )

    # --- Ledger sessions -------------------------------------------------------------------------

    def _ledger(self, opened: Warehouse) -> Ledger:
        keeps_sent = hasattr(self.adapter, "FINDS_BY")
        return Ledger(opened, self.settings.sync_name, self.owner, self.clock(), keeps_sent)

    @contextmanager
    def booking(self) -> Iterator[Ledger]:
        """One ledger transaction under the lease, with the warehouse open for just as long unless
        it is held."""
        with self.desk.open() as opened, opened.transaction():
            ledger = self._ledger(opened)
            ledger.renew_lease(self.options.lease_seconds)
            yield ledger

    def _start(self) -> list[tuple[str, str]]:
        """Takes the lease and books the run; returns the jobs that may be asked about. Leaves the
        warehouse open when there are none."""
        with self.desk.open() as opened:
            ensure_ledger(opened)
            try:
                with opened.transaction():
                    ledger = self._ledger(opened)
                    if not ledger.take_lease(self.options.lease_seconds):
                        raise LeaseHeld(
                            f"{self.settings.sync_name} is being run by another process."
                        )
                    self.run_id = ledger.start_run()
                    self.account.learn(opened)
                    jobs = ledger.due_jobs()
            except duckdb.TransactionException as error:  # somebody took it at the same moment
                raise LeaseHeld(self.settings.sync_name) from error
        if jobs:
            self.desk.close()
        return jobs

    # --- The run ---------------------------------------------------------------------------------

    def run(self) -> RunReport:
        """The whole run; books its end whatever happens, unless the lease is gone."""
        jobs = self._start()
        self.on_step("started")
        error_code = None
        try:
            if jobs:
                self._await_account()
            self._ask_about_jobs(jobs)
            self.desk.is_kept = True
            self._drain()
            with self.booking() as ledger:
                ledger.settle()
                with ledger.warehouse.on_two_cores():
                    planned = ledger.plan(self.run_id, self.settings.retry_days)
            LOGGER.info("%s planned %d members", self.run_id, planned)
            self.on_step("planned")
            self._drain()
            self._mirror()
        except _Stop as stop:
            error_code = stop.error_code
        except LeaseLost:
            raise
        except BaseException as error:
            LOGGER.error("%s ended by %s", self.run_id, type(error).__name__)
            self._finish("internal_error")
            raise
        report = self._finish(error_code)
        self.on_step("finished")
        if error_code is not None:
            raise SyncStopped(report)
        return report

    def _finish(self, error_code: str | None) -> RunReport:
        with self.booking() as ledger:
            ledger.settle()
            for run_id in sorted({batch_id.rpartition(":")[0] for batch_id in self.resumed}):
                ledger.recount(run_id)
            status, counts = ledger.finish_run(self.run_id, self.request_count, error_code)
            ledger.release_lease()
        self.desk.close()
        report = RunReport(
            self.settings.sync_name,
            self.run_id,
            status,
            planned=sum(counts.values()),
            confirmed=counts.get("confirmed", 0),
            accepted=counts.get("accepted", 0),
            failed=counts.get("failed", 0),
            refused=counts.get("refused", 0),
            resumed_batches=len(self.resumed),
            request_count=self.request_count,
            error_code=error_code,
        )
        LOGGER.info("%s", report)
        return report

    def _drain(self) -> None:
        """Sends every open batch, a few at once, until none is left. What has been answered is
        booked, and its place given to the next batch, while the rest is under way."""
        answers: list[tuple[Claimed, Reading]] = []
        under_way: dict[Future[Reading | None], Claimed] = {}
        stops: list[str] = []
        with ThreadPoolExecutor(max_workers=max(1, self.settings.max_in_flight)) as pool:
            while True:
                room = 0 if stops or self.is_halted else self._room(under_way)
                wave = self._book_and_claim(answers, room, stops)
                answers = []
                if stops:
                    self._recall(under_way)
                self.request_count += len(wave)
                under_way |= {pool.submit(self._send, claimed): claimed for claimed in wave}
                self.on_step("claimed" if under_way else "drained")
                if not under_way:
                    if stops:
                        raise _Stop(stops[0])
                    with self.booking() as ledger:
                        wait_until = ledger.next_attempt_at()
                    if wait_until is None:
                        return
                    self._await_account()
                    self._wait(wait_until)
                    continue
                self._work_ahead()
                unbegun: list[Claimed] = []
                for future in self._next_answered(under_way):
                    claimed, reading = under_way.pop(future), future.result()
                    if reading is None:
                        unbegun.append(claimed)
                    else:
                        answers.append((claimed, reading))
                self._take_back(unbegun)
                self.account.publish()
                self.on_step("sent")

    def _is_alone(self) -> bool:
        """Whether nobody else can change who said yes: an open DuckDB file keeps everybody out."""
        return self.desk.is_kept and self.desk.engine == "duckdb"

    def _ahead(self, under_way: Mapping[Any, Claimed]) -> int:
        """How many requests may be booked beyond those under way: as long as nobody else can change
        who said yes, they go out as soon as one is answered."""
        rows = max((len(claimed.batch.items) for claimed in under_way.values()), default=0)
        if not self._is_alone() or not rows:
            return 0
        return min(4 * self.settings.max_in_flight, _AHEAD_ROWS // 2 // rows)

    def _room(self, under_way: Mapping[Any, Claimed]) -> int:
        """How many more requests may be booked."""
        return max(0, self.settings.max_in_flight + self._ahead(under_way) - len(under_way))

    def _recall(self, under_way: dict[Future[Reading | None], Claimed]) -> None:
        """Takes back the requests that have not been begun."""
        self._take_back([under_way.pop(future) for future in list(under_way) if future.cancel()])

    def _take_back(self, unbegun: list[Claimed]) -> None:
        if unbegun:
            with self.booking() as ledger:
                ledger.unclaim([claimed.batch.batch_id for claimed in unbegun])
            self.request_count -= len(unbegun)

    def _next_answered(
        self, under_way: dict[Future[Reading | None], Claimed]
    ) -> list[Future[Reading | None]]:
        """The requests that are answered, one at least; while it waits long, the warehouse is
        closed."""
        answered = wait(under_way, _QUICK_SECONDS, FIRST_COMPLETED).done
        enough = self.settings.max_in_flight + self._ahead(under_way) // 2
        while answered and len(under_way) - len(answered) > enough:  # more of them in one booking
            more = wait(under_way.keys() - answered, _QUICK_SECONDS / 5, FIRST_COMPLETED).done
            if not more:
                break
            answered |= more
        if not answered:
            self._recall(under_way)
            self._leave()
            while not answered:
                third = self.options.lease_seconds / 3
                answered = wait(under_way, third, FIRST_COMPLETED).done
                with self.booking():  # a call may wait for its turn longer than the lease lasts
                    pass
        else:
            if self.desk.is_due():
                with self.booking() as ledger:  # while others are under way
                    self._write_down(ledger)
                self._recall(under_way)
                self._leave()
                self.sleep(self.options.yield_seconds)
            self.desk.is_kept = True
        return [future for future in under_way if future in answered]

    def _leave(self) -> None:
        """Closes the warehouse, in which everything answered is settled by then."""
        if self.desk.is_kept:
            with self.booking() as ledger:
                self._write_down(ledger)
        self.desk.close()

    def _book_and_claim(
        self, answers: list[tuple[Claimed, Reading]], room: int, stops: list[str]
    ) -> list[Claimed]:
        """Books the last answers and claims as many batches as there is room for, in one opening
        of the warehouse. Adds to `stops` what ends the run; then nothing more is claimed."""
        wave: list[Claimed] = []
        with self.booking() as ledger:
            ledger.end_attempts(answers)
            for claimed, reading in answers:
                self._settle(ledger, claimed, reading, stops)
            ledger.confirm(
                [
                    claimed.batch.batch_id
                    for claimed, reading in answers
                    if reading.verdict == "rows"
                ]
            )
            self.unsettled_rows += sum(len(claimed.batch.items) for claimed, _ in answers)
            # one that may have been acted on is asked about again: more is refused of it then
            self.desk.asked -= {claimed.batch.batch_id for claimed, _ in answers}
            if not self.desk.is_kept:
                self._write_down(ledger)
            self.account.learn(ledger.warehouse)
            if room and not stops and not self.account.is_paused():
                wave = self._claim(ledger, room)
        self.resumed |= {
            claimed.batch.batch_id
            for claimed in wave
            if not claimed.batch.batch_id.startswith(f"{self.run_id}:")
        }
        return wave

    def _claim(self, ledger: Ledger, room: int) -> list[Claimed]:
        """Marks the next batches as under way, without those who said no in the meantime."""
        if len(self.desk.ready) < room:
            self._read(ledger, room - len(self.desk.ready))
        now, self.desk.ready = self.desk.ready[:room], self.desk.ready[room:]
        return ledger.claim(now)

    def _read(self, ledger: Ledger, room: int) -> None:
        """Writes the requests of the next batches, `room` of them and, while nobody else can change
        who said yes, of what else fits into so many rows."""
        ready = [claimed.batch.batch_id for claimed in self.desk.ready]
        found = ledger.open_batches(ready)
        chosen = first_batches(found, room, _AHEAD_ROWS if self._is_alone() else 0)
        if not {batch.batch_id for batch in chosen} <= self.desk.asked:
            self._ask(ledger, found, chosen)
        if chosen:
            self.desk.ready += ledger.read_open(chosen, self.adapter)

    def _ask(self, ledger: Ledger, found: Sequence[OpenBatch], chosen: Sequence[OpenBatch]) -> None:
        """Takes out who may not be contacted. For few members that takes as long as for many; but
        when the warehouse has just been opened, no request is under way meanwhile."""
        named = {batch.batch_id for batch in chosen}
        if self._is_alone() and self.desk.asked:
            fresh = [batch for batch in found if batch.batch_id not in self.desk.asked]
            named |= {batch.batch_id for batch in first_batches(fresh, 0, _ASK_AHEAD_ROWS)}
        refused = ledger.take_out_refused(sorted(named - self.desk.asked))
        if self._is_alone():
            self.desk.asked |= named
        if refused:
            LOGGER.warning("%s: consent withdrawn for %d members", self.run_id, refused)

    def _work_ahead(self) -> None:
        """While others are under way: reads the next batches and writes their requests, and writes
        down what has been answered."""
        if self._is_alone() and not self.desk.ready:
            with self.booking() as ledger:
                self._read(ledger, 1)
        if self._is_alone() and self.unsettled_rows >= _SETTLE_ROWS:
            with self.booking() as ledger:
                self._write_down(ledger)

    def _write_down(self, ledger: Ledger) -> None:
        with ledger.warehouse.on_two_cores():
            ledger.settle()
        self.unsettled_rows = 0

    def _await_account(self) -> None:
        """Sits a pause of the account out; one that is too long ends the run."""
        if self.account.is_paused() and (until := self.account.paused_until) is not None:
            if (until - self.clock()).total_seconds() > self.options.max_wait_seconds:
                raise _Stop("account_paused")
            self._wait(until)

    def _wait(self, until: datetime) -> None:
        """Waits with the warehouse closed, renewing the lease on the way."""
        self._leave()
        while (left := (until - self.clock()).total_seconds()) > 0:
            self.sleep(min(left, self.options.lease_seconds / 3))
            with self.booking():
                pass

    # --- Mirror ----------------------------------------------------------------------------------

    def _mirror(self) -> None:
        """Takes out whom the destination holds without our knowing, of audiences for which a person
        decided so, once everybody else is confirmed again."""
        if not can_mirror(self.adapter):
            return
        with self.booking() as ledger:
            if not ledger.has_mirrors():
                return
            ledger.settle()
            due = ledger.mirrors_due()
        self.desk.close()
        for audience, requested_at, job_id in due:
            reading = self._drop_rest(audience, requested_at, job_id)
            self.request_count += 1
            self.account.publish()
            LOGGER.info("%s rest of %s: %s", self.run_id, audience, reading.verdict)
            is_done = reading.verdict == "rows" and reading.rows[0].code == "confirmed"
            is_running = reading.verdict in ("accepted", "retry")
            with self.booking() as ledger:
                job = (reading.job_id or job_id) if is_running else None
                ledger.book_mirror(audience, requested_at, job, is_done)
            self.on_step("mirrored")
            if reading.verdict == "stop":
                raise _Stop(reading.error_code or "unexpected_answer")

    def _drop_rest(self, audience: str, requested_at: datetime, job_id: str | None) -> Reading:
        if getattr(self.adapter, "REPLACES", False):
            with self.booking() as ledger:
                members = ledger.members_allowed(audience)
            self.desk.close()
            if not members:
                return Reading("split", error_code="nobody_left")
            whole = Batch(f"{self.run_id}:whole", audience, "replace", self.run_id, members)
            return self._converse(whole, self.adapter.build(whole), self.adapter.read)
        # one member stands for the rest, so that an outcome can be read
        rest = (Item(0, audience, "", "{}"),)
        batch = Batch(f"{self.run_id}:rest", audience, "remove", self.run_id, rest)
        if job_id is not None:
            return self._converse(batch, self.adapter.build_poll(job_id), self.adapter.read_poll)
        build_rest = self.adapter.build_rest  # type: ignore[attr-defined]
        request = build_rest(audience, requested_at - _CLOCKS_APART)
        return self._converse(batch, request, self.adapter.read)

    # --- Requests --------------------------------------------------------------------------------

    def _send(self, claimed: Claimed) -> Reading | None:
        """What the destination says of a batch; None if the batch was not begun, because another
        was told that nothing will work."""
        if self.is_halted:
            return None
        reading = self._converse(claimed.batch, claimed.request, self.adapter.read)
        if reading.verdict == "stop":
            self.is_halted = True
        return reading

    def _converse(
        self, batch: Batch, request: Request, read: Callable[[Batch, Answer], Reading]
    ) -> Reading:
        """Makes the calls that one batch or one job takes, until an answer settles it."""
        turned_away = 0
        for call in range(_MAX_CALLS):
            answer = self._exchange(request)
            reading = answer if isinstance(answer, Reading) else read(batch, answer)
            if reading.verdict == "retry":
                self._hold_account(reading)
                # what was turned away was not acted on: go on where we are
                turned_away += reading.http_status == 429
                if call and reading.http_status == 429 and self._may_sit_out(turned_away):
                    continue
            if reading.verdict != "next" or reading.next_request is None:
                # earlier calls of the same batch may have been acted on
                return replace(reading, is_in_doubt=True) if call else reading
            request = reading.next_request
        return Reading("stop", error_code="too_many_calls", is_in_doubt=True)

    def _hold_account(self, reading: Reading) -> None:
        if reading.retry_after is not None:
            self.account.hold(reading.retry_after)
        elif reading.http_status == 429:
            self.account.hold(self.options.backoff_seconds)

    def _may_sit_out(self, turned_away: int) -> bool:
        until = self.account.paused_until
        longest = timedelta(seconds=self.account.patience_seconds)
        return turned_away <= 2 and until is not None and until - self.clock() <= longest

    def _exchange(self, request: Request) -> Answer | Reading:
        """The answer, or what its absence means."""
        away = self.account.wait_for_turn()
        if away is not None:
            return Reading("retry", error_code="account_paused", retry_after=away)
        request = replace(request, sent_at=self.clock())
        headers = {**request.headers, **self.adapter.sign(request, self.credentials.token)}
        try:
            response = self.client.request(
                request.method,
                self.credentials.url + request.path,
                content=request.body,
                headers=headers,
                follow_redirects=False,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return Reading("retry", error_code="unreachable")
        except httpx.TimeoutException:
            return Reading("retry", error_code="timeout", is_in_doubt=True)
        except httpx.TransportError:
            return Reading("retry", error_code="connection_lost", is_in_doubt=True)
        answer = Answer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
            received_at=self.clock(),
            memo=request.memo,
        )
        spent = spent_allowance_seconds(answer)
        if spent is not None:
            self.account.hold(spent)
        return answer

    # --- Answers ---------------------------------------------------------------------------------

    def _settle(self, ledger: Ledger, claimed: Claimed, reading: Reading, stops: list[str]) -> None:
        batch = claimed.batch
        LOGGER.info(
            "%s try %d: %s %s",
            batch.batch_id,
            claimed.attempt,
            reading.verdict,
            reading.error_code or "",
        )
        if reading.verdict == "rows":
            ledger.settle_rows(batch, reading.rows, claimed.attempt, self.options.max_attempts)
        elif reading.verdict == "accepted" and reading.job_id:
            ledger.accept(batch, reading.job_id, self._poll_at(reading))
        elif reading.verdict == "split":
            self._split(ledger, batch, reading)
        elif reading.verdict == "retry":
            self._retry(ledger, claimed, reading, stops)
        else:
            ledger.put_back(batch.batch_id, None)
            stops.append(reading.error_code or "unexpected_answer")

    def _retry(self, ledger: Ledger, claimed: Claimed, reading: Reading, stops: list[str]) -> None:
        wait = max(
            reading.retry_after or 0.0,
            backoff(claimed.batch.idempotency_key, claimed.attempt, self.options),
        )
        until = self.clock() + timedelta(seconds=wait)
        ledger.put_back(claimed.batch.batch_id, until)
        if claimed.attempt >= self.options.max_attempts or wait > self.options.max_wait_seconds:
            stops.append(reading.error_code or "no_answer")

    def _split(self, ledger: Ledger, batch: Batch, reading: Reading) -> None:
        code = reading.error_code or "refused"
        if len(batch.items) == 1:
            ledger.fail_batch(batch, "data", code)
        elif self.split_count >= self.options.max_splits:
            ledger.fail_batch(batch, "contract", code)
        else:
            self.split_count += 1
            ledger.split(batch)

    # --- Jobs ------------------------------------------------------------------------------------

    def _poll_at(self, reading: Reading) -> datetime:
        wait = self.options.poll_seconds if reading.retry_after is None else reading.retry_after
        return self.clock() + timedelta(seconds=wait)

    def _ask_about_jobs(self, jobs: list[tuple[str, str]]) -> None:
        """Books the outcome of accepted batches whose jobs have ended."""
        for batch_id, job_id in jobs:
            with self.booking() as ledger:
                batch, attempt, sent_at = ledger.accepted_batch(batch_id)
            reading = self._converse(batch, self.adapter.build_poll(job_id), self.adapter.read_poll)
            if self.clock() - sent_at > timedelta(hours=self.options.longest_job_hours):
                reading = given_up(batch, reading)
            self.account.publish()
            with self.booking() as ledger:
                stop = self._settle_job(ledger, batch, attempt, reading)
            if stop:
                raise _Stop(stop)

    def _settle_job(
        self, ledger: Ledger, batch: Batch, attempt: int, reading: Reading
    ) -> str | None:
        batch_id = batch.batch_id
        LOGGER.info("%s job: %s %s", batch_id, reading.verdict, reading.error_code or "")
        if reading.verdict == "rows":
            ledger.settle_rows(batch, reading.rows, attempt, self.options.max_attempts)
            ledger.confirm([batch_id])
            self.resumed.add(batch_id)
        elif reading.verdict == "split":
            self._split(ledger, batch, reading)
            self.resumed.add(batch_id)
        else:
            ledger.postpone_job(batch_id, self._poll_at(reading))
        return reading.error_code if reading.verdict == "stop" else None
