"""A ledger, an outbox and one stand-in vendor: the smallest world that the engine runs in.

Time stands still unless somebody sleeps, so that a storm of an hour takes no second.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import httpx
import pytest
from test_activation_engine import create_tables, insert_rows, payload_hash

from orchestration.activation.engine import LeaseHeld, RunReport, SyncStopped, run_sync
from orchestration.activation.ledger import LeaseLost, table
from orchestration.activation.settings import EngineOptions
from orchestration.activation.stand_ins.server import Journal, VendorServer
from orchestration.activation.stand_ins.vendor import MatchingVendor, Vendor
from orchestration.warehouse import Warehouse, schema_name


@pytest.fixture(scope="module", autouse=True)
def no_search_for_pandas() -> Iterator[None]:
    """DuckDB looks for pandas at every statement; where there is none, it is told so at once."""
    absent = "pandas" not in sys.modules and importlib.util.find_spec("pandas") is None
    if absent:
        sys.modules["pandas"] = None  # type: ignore[assignment]
    yield
    if absent:
        del sys.modules["pandas"]


TOKEN = "stand-in-token"  # noqa: S105
BATCH_ROWS = 5
START = datetime(2026, 6, 30, 12)


def email(number: int) -> str:
    return f"p{number:03d}@mail.example"


def phone(number: int) -> str:
    return f"+4930555{number:04d}"


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def person(number: int) -> str:
    return f"p{number:03d}"


def email_hash(number: int) -> str:
    return hashed(email(number))


@dataclass(frozen=True)
class Case:
    """How a vendor is told about people: its audience, the key, and what else is sent."""

    transport: str
    audience: str
    key_field: str
    key: Callable[[int], str]
    rest: Callable[[int, int], dict[str, str]] = lambda number, version: {}

    def payload(self, number: int, version: int) -> dict[str, str]:
        return {self.key_field: self.key(number), **self.rest(number, version)}


def named(field_name: str) -> Callable[[int, int], dict[str, str]]:
    return lambda number, version: {field_name: f"Ann {version}"}


CASES = {
    case.transport: case
    for case in (
        Case("braze", "newsletter", "external_id", person, lambda n, v: {"phone": phone(n)}),
        Case("customer_io", "newsletter", "id", person, named("first_name")),
        Case("google_data_manager", "123/456", "emailAddress", email_hash,
             lambda n, v: {"phoneNumber": hashed(f"{phone(n)}{v}")}),
        Case("hubspot", "17", "email", email, named("firstname")),
        Case("intercom", "tag1", "external_id", person,
             lambda n, v: {"email": email(n), "phone": phone(n), "name": f"Ann {v}"}),
        Case("iterable", "17", "email", email, named("plan")),
        Case("klaviyo", "LiSt1", "email", email,
             lambda n, v: {"phone_number": phone(n), "plan": f"gold {v}"}),
        Case("linkedin", "seg1", "SHA256_EMAIL", email_hash),
        Case("mailchimp", "list1/newsletter", "email_address", email, named("FNAME")),
        Case("meta", "238", "EMAIL", email_hash,
             lambda n, v: {"PHONE": hashed(f"{phone(n)}{v}"), "FN": hashed("ann")}),
        Case("pinterest", "643", "record", email_hash),
        Case("salesforce", "Contact.In_Newsletter__c", "Cdp_Id__c", person,
             lambda n, v: {"Email": email(n), "FirstName": f"Ann {v}"}),
        Case("sendgrid", "9f1c3d80-0f35-4c92-9f4c-0b7cf2d2ab54", "email", email,
             named("first_name")),
        Case("snap", "seg1", "EMAIL_SHA256", email_hash),
        Case("tiktok", "12/34", "EMAIL_SHA256", email_hash),
        Case("webhook", "newsletter", "external_id", person, lambda n, v: {"email": email(n)}),
    )
}  # fmt: skip


class StillTime:
    """A clock that moves when somebody sleeps, and only then."""

    def __init__(self) -> None:
        self.now = START
        self._lock = threading.Lock()

    def clock(self) -> datetime:
        return self.now

    def epoch(self) -> float:
        return self.now.replace(tzinfo=UTC).timestamp()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += timedelta(seconds=seconds)


class Killed(BaseException):
    """The process is gone: nothing it does afterwards reaches the warehouse."""


class InMemory:
    """Opens one DuckDB database in memory, each time by a connection of its own."""

    def __init__(self) -> None:
        self.root = duckdb.connect(":memory:", config={"threads": 1})
        self.is_used = False

    @contextmanager
    def __call__(self) -> Iterator[Warehouse]:
        opened = Warehouse("duckdb", self.root.cursor())
        try:
            yield opened
            self.is_used = True
        finally:
            opened.close()


@dataclass
class VendorWorld:
    """Syncs of one account. wanted: {sync: {number of a person: version of the payload}}."""

    case: Case
    opened_by: Callable[[], AbstractContextManager[Warehouse]] = field(default_factory=InMemory)
    syncs: tuple[str, ...] = ("vendor__newsletter",)
    enforces_limits: bool = True
    options: EngineOptions = field(default_factory=lambda: EngineOptions(timeout_seconds=5.0))

    def __post_init__(self) -> None:
        self.time = StillTime()
        self.server = VendorServer(TOKEN, self.time.epoch, self.enforces_limits)
        self.client = httpx.Client(transport=self.server.transport())
        self.url = "http://stand-in"
        self.is_dead = False
        self.openings_left: int | None = None
        self.wanted: dict[str, dict[int, int]] = {sync: {} for sync in self.syncs}
        if getattr(self.opened_by, "is_used", False):
            self._empty_tables()
        else:
            create_tables(self.opened_by, self.case.transport, self.syncs)
        if self.case.transport == "tiktok":  # an audience of nobody else could lose nobody
            self.strangers = {hashed(f"stranger {number}") for number in range(1000)}
            for sync in self.syncs:
                held = self.vendor.held(self.audience(sync))
                held.update(dict.fromkeys(self.strangers, True))
        else:
            self.strangers = set()

    def _empty_tables(self) -> None:
        """For a database that an earlier world has left: faster than a new one."""
        with self.opened_by() as opened:
            found = opened.execute("select table_schema, table_name from information_schema.tables")
            for schema, name in found:
                if name != "destinations":
                    opened.execute(f"delete from {schema}.{name}")
            opened.execute(
                f"update {schema_name('activation')}.destinations set transport_code = ?",
                [self.case.transport],
            )

    @property
    def vendor(self) -> Vendor:
        return self.server.vendors[self.case.transport]

    @property
    def journal(self) -> Journal:
        return self.server.journals[self.case.transport]

    def audience(self, sync: str) -> str:
        """The first sync has the case's audience; another has one that is called alike."""
        place = self.syncs.index(sync)
        return self.case.audience + str(place) * bool(place)

    @contextmanager
    def open(self) -> Iterator[Warehouse]:
        if self.is_dead:
            raise Killed
        if self.openings_left is not None:
            self.openings_left -= 1
            if self.openings_left < 0:
                self.openings_left = None
                raise duckdb.IOException("No space left on device")
        with self.opened_by() as opened:
            yield opened

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.opened_by() as opened:
            return opened.execute(sql)

    def plan(self) -> None:
        """What the dbt models do: wanted against the ledger's state, removals first."""
        with self.opened_by() as opened:
            outbox = f"{schema_name('activation')}.sync_outbox"
            permissions = f"{schema_name('privacy')}.contact_permissions"
            for name in (outbox, permissions):
                opened.execute(f"delete from {name}")
            everybody = sorted({n for wanted in self.wanted.values() for n in wanted})
            insert_rows(
                opened, permissions, [(person(n), "marketing", "email", "v1") for n in everybody]
            )
            insert_rows(
                opened, outbox, [row for sync in self.syncs for row in self._rows(opened, sync)]
            )

    def _rows(self, opened: Warehouse, sync: str) -> list[tuple[Any, ...]]:
        known = self._known(opened, sync)
        removals, upserts = [], []
        wanted = {self.case.key(n): (n, v) for n, v in self.wanted[sync].items()}
        for key, (number, version) in sorted(wanted.items()):
            sent = json.dumps(self.case.payload(number, version))
            status, digest, revision, given = known.get(key, ("removed", "", 0, None))
            operation = "add" if status == "removed" else "update"
            if status != "removed" and not self._is_all_in(given, sent):
                removals.append((key, person(number), "remove", "remove", given, revision))
            elif operation == "add" or digest != payload_hash(sent):
                upserts.append((key, person(number), "upsert", operation, sent, revision))
        for key, (status, _, revision, given) in sorted(known.items()):
            if key not in wanted and status != "removed":
                sent = given or json.dumps({self.case.key_field: key})
                removals.append((key, "gone", "remove", "remove", sent, revision))
        rows = []
        for first, group in enumerate((removals, upserts)):
            for place, (key, who, action, operation, sent, revision) in enumerate(group):
                batch = 1 + 1000 * first + place // BATCH_ROWS
                rows.append(
                    (sync, self.audience(sync), key, self.case.key_field, who, action, operation)
                    + ("test", "marketing", "email", "v1", sent, payload_hash(sent))
                    + (revision, batch, place % BATCH_ROWS + 1)
                )
        return rows

    @staticmethod
    def _is_all_in(given: str | None, sent: str) -> bool:
        """Whether nothing that the vendor was given is missing from what it is to have."""
        return set(json.loads(given or "{}").items()) <= set(json.loads(sent).items())

    def _known(self, opened: Warehouse, sync: str) -> dict[str, tuple[str, str, int, str | None]]:
        found = opened.execute(
            "select 1 from information_schema.tables where table_schema = ? and table_name = ?",
            [schema_name("activation_ledger"), "sync_state"],
        )
        if not found:
            return {}
        rows = opened.execute(
            "select member_key, status_code, payload_hash, revision_count, sent_json"
            f" from {table('sync_state')} where sync_name = ?",
            [sync],
        )
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}

    def run(self, sync: str | None = None, **arguments: Any) -> RunReport:
        environment = {
            "CDP_DEMO_HTTP_URL": f"{self.url}/{self.case.transport}",
            "CDP_DEMO_HTTP_TOKEN": TOKEN,
        }
        return run_sync(
            sync or self.syncs[0],
            warehouse=self.open,
            client=self.client,
            environment=environment,
            options=self.options,
            clock=self.time.clock,
            sleep=self.time.sleep,
            **arguments,
        )

    def try_run(self, **arguments: Any) -> str:
        """A run that may end badly; the name of how it ended."""
        try:
            return self.run(**arguments).status
        except (SyncStopped, LeaseHeld, LeaseLost, Killed, duckdb.Error) as error:
            return type(error).__name__
        finally:
            self.is_dead = False

    def members(self, sync: str | None = None) -> set[str]:
        return self.vendor.members(self.audience(sync or self.syncs[0])) - self.strangers

    def keys(self, sync: str | None = None) -> set[str]:
        return {self.case.key(number) for number in self.wanted[sync or self.syncs[0]]}

    def open_batches(self) -> int:
        sql = (
            f"select count(*) from {table('sync_batch')}"
            " where status_code in ('planned', 'unknown', 'in_flight', 'accepted')"
        )
        return self.rows(sql)[0][0]

    def doubtful(self) -> int:
        """Members of whom the ledger does not know whether they are there."""
        sql = f"select count(*) from {table('sync_state')} where status_code = 'pending'"
        return self.rows(sql)[0][0]

    def settle(self, rounds: int = 25) -> None:
        """Runs day after day until nothing is left to do; then once more, for no request."""
        for _ in range(rounds):
            self.plan()
            done = [self.try_run(sync=sync) for sync in self.syncs]
            are_equal = all(
                self.members(sync) == self.keys(sync) and not self.outdated(sync)
                for sync in self.syncs
            )
            is_done = set(done) == {"succeeded"} and not self.open_batches()
            if are_equal and is_done and not self.doubtful():
                break
            self.time.sleep(26 * 3600)
        for sync in self.syncs:
            assert self.members(sync) == self.keys(sync), done
            assert not self.outdated(sync), done
        self.assert_quiet()

    def outdated(self, sync: str) -> set[str]:
        """What a vendor that finds people by whatever it was given has, and should not have."""
        if not isinstance(self.vendor, MatchingVendor):
            return set()
        sent = [self.case.payload(n, v) for n, v in self.wanted[sync].items()]
        known = " ".join(self.vendor.identifiers(self.audience(sync)))
        wanted = {value for payload in sent for value in payload.values()}
        return set(re.findall(r"[0-9a-f]{64}", known)) - wanted

    def assert_quiet(self) -> None:
        """A run without a change makes no request."""
        requests = self.journal.requests
        self.plan()
        assert [self.run(sync).planned for sync in self.syncs] == [0] * len(self.syncs)
        assert self.journal.requests == requests

    def assert_contract(self) -> None:
        assert self.journal.violations == []


def new_world(transport: str, **arguments: Any) -> VendorWorld:
    return VendorWorld(CASES[transport], **arguments)
