"""The sync ledger: what was planned, sent and answered, and what each destination holds.

Owns: the tables of the schema `activation_ledger` and every statement that writes them. Refuses:
deciding who is sent, which the models do; the only question it asks of them is whether a member may
still be contacted at this moment. dbt reads these tables through `cdp.ledger_table`;
models/activation/_activation__sources.yml describes each column.

All statements run on DuckDB and PostgreSQL. A method is one step of the engine and is called inside
one transaction that has renewed the lease: a process that lost it can write nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, NamedTuple

from orchestration.activation.adapters import Adapter, Batch, Item, Reading, Request, RowOutcome
from orchestration.warehouse import Warehouse, schema_name

TABLES: dict[str, dict[str, str]] = {
    "sync_run": {
        "run_id": "varchar",
        "sync_name": "varchar",
        "status_code": "varchar",
        "planned_count": "bigint",
        "confirmed_count": "bigint",
        "accepted_count": "bigint",
        "failed_count": "bigint",
        "refused_count": "bigint",
        "request_count": "bigint",
        "error_code": "varchar",
        "started_at": "timestamp",
        "finished_at": "timestamp",
    },
    "sync_item": {
        "item_number": "bigint",
        "batch_id": "varchar",
        "member_key": "varchar",
        "key_field": "varchar",
        "profile_id": "varchar",
        "operation_code": "varchar",
        "reason_code": "varchar",
        "purpose_code": "varchar",
        "channel_code": "varchar",
        "consent_version": "varchar",
        "payload_json": "varchar",
        "payload_hash": "varchar",
        "status_code": "varchar",
        "error_code": "varchar",
        "settled_at": "timestamp",
    },
    "sync_batch": {
        "batch_id": "varchar",
        "run_id": "varchar",
        "sync_name": "varchar",
        "audience_name": "varchar",
        "action_code": "varchar",
        "batch_order": "bigint",
        "status_code": "varchar",
        "is_in_doubt": "boolean",
        "row_count": "bigint",
        "byte_count": "bigint",
        "idempotency_key": "varchar",
        "attempt_count": "integer",
        "request_hash": "varchar",
        "vendor_job_id": "varchar",
        "next_attempt_at": "timestamp",
        "created_at": "timestamp",
        "started_at": "timestamp",
        "settled_at": "timestamp",
    },
    "sync_attempt": {
        "batch_id": "varchar",
        "attempt_number": "integer",
        "request_hash": "varchar",
        "http_status": "integer",
        "error_code": "varchar",
        "retry_after_seconds": "double precision",
        "started_at": "timestamp",
        "ended_at": "timestamp",
    },
    "sync_state": {
        "sync_name": "varchar",
        "audience_name": "varchar",
        "member_key": "varchar",
        "key_field": "varchar",
        "profile_id": "varchar",
        "status_code": "varchar",
        "payload_hash": "varchar",
        "consent_version": "varchar",
        "batch_id": "varchar",
        "revision_count": "bigint",
        "last_confirmed_at": "timestamp",
        "sent_json": "varchar",
    },
    "sync_dead_letter": {
        "sync_name": "varchar",
        "audience_name": "varchar",
        "member_key": "varchar",
        "operation_code": "varchar",
        "profile_id": "varchar",
        "payload_hash": "varchar",
        "reason_class_code": "varchar",
        "error_code": "varchar",
        "attempt_count": "integer",
        "batch_id": "varchar",
        "first_seen_at": "timestamp",
        "last_seen_at": "timestamp",
        "resolved_at": "timestamp",
    },
    "sync_lease": {
        "sync_name": "varchar",
        "owner_name": "varchar",
        "acquired_at": "timestamp",
        "expires_at": "timestamp",
    },
    "sync_account": {
        "destination_code": "varchar",
        "paused_until": "timestamp",
        "next_turn_at": "timestamp",
    },
    "sync_approval": {
        "sync_name": "varchar",
        "audience_name": "varchar",
        "max_remove_count": "bigint",
        "approved_by": "varchar",
        "reason_text": "varchar",
        "approved_at": "timestamp",
        "expires_at": "timestamp",
    },
    "sync_mirror": {
        "sync_name": "varchar",
        "audience_name": "varchar",
        "approved_by": "varchar",
        "reason_text": "varchar",
        "vendor_job_id": "varchar",
        "requested_at": "timestamp",
        "finished_at": "timestamp",
    },
}
PRIMARY_KEYS = {
    "sync_run": ("run_id",),
    "sync_state": ("sync_name", "audience_name", "member_key"),
    "sync_dead_letter": ("sync_name", "audience_name", "member_key", "operation_code"),
    "sync_lease": ("sync_name",),
    "sync_account": ("destination_code",),
}

# DuckDB keeps an index in memory, and writing it costs more than writing the members. Only
# `_book_state` adds rows here, under the lease, and a data test of the mart proves the key.
_UNINDEXED = {("sync_state", "duckdb")}
# To compress them takes DuckDB half of the time of a plan and of booking: payloads are dropped once
# they are confirmed, and what a destination holds is written anew with every change.
_UNCOMPRESSED = {
    "sync_item": ("payload_json",),
    "sync_state": ("member_key", "profile_id", "payload_hash"),
}
_BATCH_SPAN = 1_000_000  # more than any destination takes in one request
_RUN_SPAN = _BATCH_SPAN * 1_000_000
_SAMPLES = 3  # changes of each kind that a dry run shows
_ITEM = "items.item_number, items.member_key, items.key_field, items.payload_json"
# An item has a status of its own only where it parts from its batch: failed or refused. So the
# answer to a batch is one row, however many members it has.
_STATUS = (
    "coalesce(items.status_code, case batches.status_code when 'accepted' then 'accepted'"
    " when 'answered' then 'confirmed' when 'settled' then 'confirmed'"
    " when 'cancelled' then 'cancelled' else 'planned' end)"
)
_ENDED = "('settled', 'split', 'cancelled')"
# What a destination was given of a member is known until it has confirmed the removal.
_SENT = "case when items.operation_code <> 'remove' then items.payload_json end"


class LeaseLost(Exception):
    """Another runner has taken the sync over; this one must not write any more."""


class Preview(NamedTuple):
    """The requests a run would make now, how many members they add, update and remove, how many it
    would refuse or fail, and a few of the changes with every value masked."""

    batches: list[Batch]
    operations: dict[str, int]
    refused: int
    failed: int
    samples: list[dict[str, Any]]


class OpenBatch(NamedTuple):
    """A batch that may be sent, before its members are read."""

    batch_id: str
    audience_name: str
    action: str
    attempt_count: int
    row_count: int


@dataclass(frozen=True)
class Claimed:
    """A batch to be marked as under way, its request, and how often it was tried, this time
    included."""

    batch: Batch
    request: Request
    request_hash: str
    attempt: int
    claimed_at: datetime


def table(name: str) -> str:
    """A ledger table's full name."""
    return f"{schema_name('activation_ledger')}.{name}"


def ensure_ledger(warehouse: Warehouse) -> None:
    """Creates what is missing of the ledger, tables and columns; leaves what is there."""
    found: dict[str, set[str]] = {}
    for name, column in warehouse.execute(
        "select table_name, column_name from information_schema.columns where table_schema = ?",
        [schema_name("activation_ledger")],
    ):
        found.setdefault(name, set()).add(column)
    if all(set(columns) <= found.get(name, set()) for name, columns in TABLES.items()):
        return
    with warehouse.transaction():
        warehouse.execute(f"create schema if not exists {schema_name('activation_ledger')}")
        for name, columns in TABLES.items():
            plain = _UNCOMPRESSED.get(name, ()) if warehouse.engine == "duckdb" else ()
            storage = dict.fromkeys(plain, " using compression uncompressed")
            parts = [
                f"{column} {data_type}{storage.get(column, '')}"
                for column, data_type in columns.items()
            ]
            if name in PRIMARY_KEYS and (name, warehouse.engine) not in _UNINDEXED:
                parts.append(f"primary key ({', '.join(PRIMARY_KEYS[name])})")
            warehouse.execute(f"create table if not exists {table(name)} ({', '.join(parts)})")
            for column in columns if name in found else ():
                if column not in found[name]:
                    warehouse.execute(
                        f"alter table {table(name)} add column {column} {columns[column]}"
                    )
        if "run_id" in found.get("sync_item", ()):  # each item had its batch's status as its own
            warehouse.execute(
                f"update {table('sync_item')} set status_code = null"
                " where status_code not in ('failed', 'refused')"
            )
        if warehouse.engine == "postgres":
            # DuckDB finds a batch by its zone maps
            for name in ("sync_item", "sync_batch", "sync_attempt"):
                warehouse.execute(
                    f"create index if not exists {name}_by_batch on {table(name)} (batch_id)"
                )


def approve_removals(
    warehouse: Warehouse,
    sync_name: str,
    audience_name: str,
    max_remove_count: int,
    approved_by: str,
    reason: str,
    now: datetime,
    valid_for: timedelta = timedelta(days=1),
) -> None:
    """Books a person's decision that up to so many removals may go out with the next plan."""
    ensure_ledger(warehouse)
    warehouse.execute(
        f"insert into {table('sync_approval')} values (?, ?, ?, ?, ?, ?, ?)",
        [sync_name, audience_name, max_remove_count, approved_by, reason, now, now + valid_for],
    )


def doubt_members(warehouse: Warehouse, sync_name: str) -> int:
    """Forgets what the members of a sync were last sent, and so lets the next plan send everybody
    again, under new keys: for a destination that has lost or changed members behind our back. Says
    how many those are; nobody is added or removed by it."""
    ensure_ledger(warehouse)
    return len(
        warehouse.execute(
            f"update {table('sync_state')} set payload_hash = ''"
            " where sync_name = ? and status_code = 'present' returning 1",
            [sync_name],
        )
    )


def request_mirror(
    warehouse: Warehouse, sync_name: str, approved_by: str, reason: str, now: datetime
) -> int:
    """Books a person's decision that a sync's audiences shall hold at the destination whom we know
    of and nobody else. The next plan sends everybody again, and the run that has confirmed them
    all takes out the rest. Says how many members that is; an audience without any is left alone."""
    count = doubt_members(warehouse, sync_name)
    warehouse.execute(
        f"insert into {table('sync_mirror')} (sync_name, audience_name, approved_by, reason_text,"
        " requested_at) select distinct sync_name, audience_name, cast(? as varchar),"
        f" cast(? as varchar), cast(? as timestamp) from {table('sync_state')}"
        " where sync_name = ? and status_code = 'present'",
        [approved_by, reason, now, sync_name],
    )
    return count


def jobs_due(warehouse: Warehouse, now: datetime) -> dict[str, datetime]:
    """The syncs whose destinations accepted something that may be asked about by now, and since
    when. A sync that is running asks by itself."""
    found = warehouse.execute(
        "select count(*) from information_schema.tables where table_schema = ?"
        " and table_name in ('sync_batch', 'sync_lease')",
        [schema_name("activation_ledger")],
    )
    if found != [(2,)]:
        return {}
    return dict(
        warehouse.execute(
            f"select sync_name, min(next_attempt_at) from {table('sync_batch')} as batches"
            " where status_code = 'accepted' and next_attempt_at <= ? and not exists (select 1"
            f" from {table('sync_lease')} as held where held.sync_name = batches.sync_name"
            " and held.expires_at > ?) group by sync_name",
            [now, now],
        )
    )


def account_paused_until(warehouse: Warehouse, destination_code: str) -> datetime | None:
    """Until when a destination account wants no calls, as far as any runner knows."""
    rows = warehouse.execute(
        f"select paused_until from {table('sync_account')} where destination_code = ?",
        [destination_code],
    )
    return rows[0][0] if rows else None


def pause_account(warehouse: Warehouse, destination_code: str, until: datetime) -> None:
    """Books that a destination account wants no calls before a moment; a longer pause stays."""
    warehouse.execute(
        f"insert into {table('sync_account')} as known values (?, ?, null)"
        " on conflict (destination_code) do update set paused_until ="
        " greatest(coalesce(known.paused_until, excluded.paused_until), excluded.paused_until)",
        [destination_code, until],
    )


def take_turns(
    warehouse: Warehouse,
    destination_code: str,
    now: datetime,
    step: timedelta,
    count: int,
    patience: timedelta,
) -> datetime:
    """Books turns to call an account, `step` apart, and returns the first. Books none if that is
    further away than `patience`: then it is for somebody who asks later."""
    account = table("sync_account")
    warehouse.execute(  # the row's lock is held until the transaction ends
        f"insert into {account} as known values (?, null, cast(? as timestamp))"
        " on conflict (destination_code) do update set"
        " next_turn_at = coalesce(known.next_turn_at, excluded.next_turn_at)",
        [destination_code, now],
    )
    paused, next_turn = warehouse.execute(
        f"select paused_until, next_turn_at from {account} where destination_code = ?",
        [destination_code],
    )[0]
    first = max(now, next_turn, paused or now)
    if first - now <= patience:
        warehouse.execute(
            f"update {account} set next_turn_at = ? where destination_code = ?",
            [first + step * count, destination_code],
        )
    return first


def _items() -> str:
    """Items beside their batches."""
    return (
        f"{table('sync_item')} as items"
        f" inner join {table('sync_batch')} as batches on items.batch_id = batches.batch_id"
    )


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" for _ in values)


def _among(batch_ids: Sequence[str]) -> str:
    """The items of batches, as a condition. Their numbers say the same more roughly, and DuckDB
    skips row groups by them: all batch ids begin alike."""
    if not batch_ids:
        return "false"
    firsts = [_first_number(*batch_id.split(":")[-2:]) for batch_id in batch_ids]
    return (
        f"items.item_number >= {min(firsts)} and items.item_number < {max(firsts) + _BATCH_SPAN}"
        f" and items.batch_id in ({_marks(batch_ids)})"
    )


def _first_number(run: str, batch: str) -> int:
    """From where the items of a batch are numbered, and of those that were cut out of it."""
    return int(run) * _RUN_SPAN + int(batch.partition(".")[0]) * _BATCH_SPAN


def _rows(rows: Sequence[Sequence[Any]]) -> str:
    return ", ".join(f"({_marks(row)})" for row in rows)


def _flat(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return [value for row in rows for value in row]


def mask(value: Any) -> Any:
    """A JSON value with every letter an x and every digit a 9: its shape shows whether the right
    field was mapped, and nobody's address is in it."""
    if isinstance(value, dict):
        return {name: mask(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [mask(inner) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    signs = str(value)
    return "".join("9" if c.isdigit() else "x" if c.isalpha() else c for c in signs)


def _masked(
    item: Item, operation: str, reason: str, payload_hash: str, known_hash: str | None
) -> dict[str, Any]:
    """One change of a dry run. What the destination has is kept as a hash only, so that is all that
    can be shown of before; empty when nobody knows what arrived."""
    return {
        "operation": operation,
        "reason": reason,
        "before": known_hash and known_hash[:8],
        "after": None if operation == "remove" else payload_hash[:8],
        "fields": mask(json.loads(item.payload_json)),
    }


class Ledger:
    """The ledger of one sync, within one open connection. keeps_sent: whether a removal needs what
    the destination was given of a member, see FINDS_BY of adapters."""

    def __init__(
        self,
        warehouse: Warehouse,
        sync_name: str,
        owner: str,
        now: datetime,
        keeps_sent: bool = False,
    ) -> None:
        self.warehouse = warehouse
        self.sync_name = sync_name
        self.owner = owner
        self.now = now
        self.keeps_sent = keeps_sent

    def _run(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self.warehouse.execute(sql, parameters)

    # --- Lease -----------------------------------------------------------------------------------

    def take_lease(self, seconds: float) -> bool:
        """Whether this process is now the sync's only runner."""
        lease = table("sync_lease")
        rows = self._run(
            f"insert into {lease} as held values (?, ?, ?, ?)"
            " on conflict (sync_name) do update set owner_name = excluded.owner_name,"
            " acquired_at = excluded.acquired_at, expires_at = excluded.expires_at"
            " where held.expires_at <= excluded.acquired_at returning owner_name",
            [self.sync_name, self.owner, self.now, self.now + timedelta(seconds=seconds)],
        )
        return bool(rows)

    def renew_lease(self, seconds: float) -> None:
        """Raises LeaseLost if another runner holds it. First in every transaction. Nobody takes a
        lease that has not run out, so one with half its time left is only looked at."""
        mine = f"from {table('sync_lease')} where sync_name = ? and owner_name = ?"
        # where others can write at the same time, nobody takes it over until we are through
        lock = " for update" if self.warehouse.engine == "postgres" else ""
        rows = self._run(f"select expires_at {mine}{lock}", [self.sync_name, self.owner])
        if rows and rows[0][0] < self.now + timedelta(seconds=seconds / 2):
            rows = self._run(
                f"update {table('sync_lease')} set expires_at = ?"
                " where sync_name = ? and owner_name = ? returning owner_name",
                [self.now + timedelta(seconds=seconds), self.sync_name, self.owner],
            )
        if not rows:
            raise LeaseLost(f"{self.sync_name} was taken over by another runner.")

    def release_lease(self) -> None:
        """Lets the next runner start at once."""
        self._run(
            f"delete from {table('sync_lease')} where sync_name = ? and owner_name = ?",
            [self.sync_name, self.owner],
        )

    # --- Runs ------------------------------------------------------------------------------------

    def start_run(self) -> str:
        """Books a new run, after clearing up behind one that died.

        What was answered is written to its members. A request under way when it died may have been
        acted on: it is sent again as it is. One that was only planned is dropped, since the outbox
        knows better by now.
        """
        self.settle()
        self._run(
            f"insert into {table('sync_attempt')} (batch_id, attempt_number, request_hash,"
            " started_at) select batch_id, attempt_count, request_hash, started_at"
            f" from {table('sync_batch')} where sync_name = ? and status_code = 'in_flight'",
            [self.sync_name],
        )
        self._run(
            f"update {table('sync_batch')} set status_code = 'unknown', is_in_doubt = true"
            " where sync_name = ? and status_code = 'in_flight'",
            [self.sync_name],
        )
        self._cancel_planned()
        self._run(
            f"update {table('sync_run')} set status_code = 'abandoned', finished_at = ?"
            " where sync_name = ? and status_code = 'running'",
            [self.now, self.sync_name],
        )
        last = self._run(
            f"select max(run_id) from {table('sync_run')} where sync_name = ?", [self.sync_name]
        )[0][0]
        number = int(last.rpartition(":")[2]) + 1 if last else 1
        run_id = f"{self.sync_name}:{number:08d}"
        self._run(
            f"insert into {table('sync_run')} (run_id, sync_name, status_code, started_at)"
            " values (?, ?, 'running', ?)",
            [run_id, self.sync_name, self.now],
        )
        return run_id

    def _cancel_planned(self) -> None:
        planned = (
            f"select batch_id from {table('sync_batch')}"
            " where sync_name = ? and status_code = 'planned'"
        )
        self._run(
            f"update {table('sync_item')} set payload_json = null"
            f" where payload_json is not null and batch_id in ({planned})",
            [self.sync_name],
        )
        self._run(
            f"update {table('sync_batch')} set status_code = 'cancelled', settled_at = ?"
            " where sync_name = ? and status_code = 'planned'",
            [self.now, self.sync_name],
        )

    def finish_run(
        self, run_id: str, request_count: int, error_code: str | None
    ) -> tuple[str, dict[str, int]]:
        """Books how the run ended; returns its status and its totals by item status."""
        counts = self.recount(run_id)
        if error_code is not None:
            status = "failed"
        elif counts.get("failed", 0) + counts.get("refused", 0):
            status = "partial"
        else:
            status = "succeeded"
        self._run(
            f"update {table('sync_run')} set status_code = ?, request_count = ?, error_code = ?,"
            " finished_at = ? where run_id = ?",
            [status, request_count, error_code, self.now, run_id],
        )
        return status, counts

    def recount(self, run_id: str) -> dict[str, int]:
        """Writes the run's totals and returns them by item status."""
        first = _first_number(run_id.rpartition(":")[2], "0")
        counts = dict(
            self._run(
                f"select {_STATUS}, count(*) from {_items()} where batches.run_id = ?"
                f" and items.item_number >= {first} and items.item_number < {first + _RUN_SPAN}"
                " group by 1",
                [run_id],
            )
        )
        self._run(
            f"update {table('sync_run')} set planned_count = ?, confirmed_count = ?,"
            " accepted_count = ?, failed_count = ?, refused_count = ? where run_id = ?",
            [
                sum(counts.values()),
                *(counts.get(code, 0) for code in ("confirmed", "accepted", "failed", "refused")),
                run_id,
            ],
        )
        return counts

    # --- Plan ------------------------------------------------------------------------------------

    def _waiting(self) -> list[str]:
        """The batches that have not ended."""
        rows = self._run(
            f"select batch_id from {table('sync_batch')} where sync_name = ?"
            f" and status_code not in {_ENDED}",
            [self.sync_name],
        )
        return [row[0] for row in rows]

    def outbox_rows(self, columns: str, retry_days: int) -> tuple[str, list[Any]]:
        """The outbox's rows that the ledger does not already cover, as a select.

        The outbox is as old as the last dbt build: what has been confirmed since, waits for an
        answer, or was refused by the destination lately is left out; a removal for a day at most.
        """
        waiting = self._waiting()
        # joins, not `exists`: DuckDB would copy every row of the outbox for each of those
        sql = (
            f"select {columns} from {schema_name('activation')}.sync_outbox as outbox"
            " left join (select audience_name, member_key, status_code, payload_hash, sent_json,"
            f" revision_count from {table('sync_state')} where sync_name = ?) as known"
            " on known.member_key = outbox.member_key"
            " and known.audience_name = outbox.audience_name"
            f" left join (select batches.audience_name, items.member_key from {_items()}"
            f" where {_among(waiting)} and items.status_code is null) as waiting"
            " on waiting.member_key = outbox.member_key"
            " and waiting.audience_name = outbox.audience_name"
            " left join (select distinct audience_name, member_key, payload_hash"
            f" from {table('sync_dead_letter')} where sync_name = ? and resolved_at is null"
            " and reason_class_code <> 'consent' and last_seen_at > case when operation_code ="
            " 'remove' then cast(? as timestamp) else cast(? as timestamp) end) as letters"
            " on letters.member_key = outbox.member_key"
            " and letters.audience_name = outbox.audience_name"
            " and letters.payload_hash = outbox.payload_hash"
            " where outbox.sync_name = ?"
            " and ((outbox.action_code = 'upsert' and (known.member_key is null"
            " or known.status_code = 'removed' or known.payload_hash <> outbox.payload_hash))"
            " or (outbox.action_code = 'remove' and known.status_code in ('present', 'pending')))"
            # what was sent since the build is not in its removals: the next build's name it
            " and (known.sent_json is null or known.revision_count = outbox.revision_count)"
            " and waiting.member_key is null and letters.member_key is null"
        )
        name = self.sync_name
        refused = [self.now - timedelta(days=days) for days in (min(retry_days, 1), retry_days)]
        return sql, [name, *waiting, name, *refused, name]

    def plan(self, run_id: str, retry_days: int) -> int:
        """Copies what the outbox wants sent into the run; returns how many members."""
        first = _first_number(run_id.rpartition(":")[2], "0")
        columns = (
            "member_key, key_field, profile_id, operation_code, reason_code, purpose_code,"
            " channel_code, consent_version, payload_json, payload_hash"
        )
        rows_sql, parameters = self.outbox_rows(
            f"{first} + cast(outbox.batch_number as bigint) * {_BATCH_SPAN}"
            " + outbox.batch_position, ? || cast(outbox.batch_number as varchar), outbox."
            + columns.replace(", ", ", outbox."),
            retry_days,
        )
        self._run(
            f"insert into {table('sync_item')} (item_number, batch_id, {columns}) {rows_sql}",
            [f"{run_id}:", *parameters],
        )
        # A batch has one audience and one action: the outbox is cut that way. Having been read in
        # this transaction, the outbox cannot be replaced before it ends.
        self._run(
            f"insert into {table('sync_batch')} (batch_id, run_id, sync_name, audience_name,"
            " action_code, batch_order, status_code, is_in_doubt, row_count, attempt_count,"
            " created_at)"
            " select cut.batch_id, ?, ?, outbox.audience_name, outbox.action_code,"
            " cut.batch_order, 'planned', false, cut.row_count, 0, ?"
            " from (select batch_id, min(item_number) as batch_order, count(*) as row_count"
            f" from {table('sync_item')} where item_number > {first}"
            f" and item_number < {first + _RUN_SPAN} and starts_with(batch_id, ?)"
            " group by batch_id) as cut"
            " inner join (select batch_number, min(audience_name) as audience_name,"
            " min(action_code) as action_code"
            f" from {schema_name('activation')}.sync_outbox where sync_name = ?"
            " group by batch_number) as outbox"
            " on cut.batch_id = ? || cast(outbox.batch_number as varchar)",
            [run_id, self.sync_name, self.now, f"{run_id}:", self.sync_name, f"{run_id}:"],
        )
        planned = f"select coalesce(sum(row_count), 0) from {table('sync_batch')} where run_id = ?"
        return int(self._run(planned, [run_id])[0][0])

    def preview(self, retry_days: int, adapter: Adapter) -> Preview:
        """What a run would do now."""
        columns = (
            "outbox.batch_number, outbox.audience_name, outbox.action_code, outbox.member_key,"
            " outbox.key_field, outbox.payload_json,"
            " outbox.operation_code = 'remove' or exists (select 1"
            f" from {schema_name('privacy')}.contact_permissions as permissions"
            " where permissions.profile_id = outbox.profile_id"
            " and permissions.purpose_code = outbox.purpose_code"
            " and permissions.channel_code = outbox.channel_code), outbox.operation_code,"
            " outbox.reason_code, outbox.payload_hash,"
            " case when known.status_code <> 'removed' then known.payload_hash end"
        )
        sql, parameters = self.outbox_rows(columns, retry_days)
        rows = self._run(f"{sql} order by outbox.batch_number, outbox.batch_position", parameters)
        refused = sum(1 for row in rows if not row[6])
        failed = 0
        operations: Counter[str] = Counter()
        samples: list[dict[str, Any]] = []
        cut: dict[tuple[int, str, str], list[Item]] = {}
        for number, row in enumerate(row for row in rows if row[6]):
            item = Item(number, *row[3:6])
            if adapter.check(item) is None:
                cut.setdefault((row[0], row[1], row[2]), []).append(item)
                operations[row[7]] += 1
                if operations[row[7]] <= _SAMPLES:
                    samples.append(_masked(item, *row[7:]))
            else:
                failed += 1
        batches = [
            Batch(f"dry_run:{number}", audience, action, "dry_run", tuple(items))
            for (number, audience, action), items in cut.items()
        ]
        return Preview(batches, dict(operations), refused, failed, samples)

    # --- Sending ---------------------------------------------------------------------------------

    def open_batches(self, but: Sequence[str] = ()) -> list[OpenBatch]:
        """The batches that may be sent now, in their order: first those in doubt, then as they were
        planned; without those named in `but`."""
        named = f" and batch_id not in ({_marks(but)})" if but else ""
        return [
            OpenBatch._make(row)
            for row in self._run(
                "select batch_id, audience_name, action_code, attempt_count, row_count"
                f" from {table('sync_batch')} where sync_name = ?"
                " and status_code in ('unknown', 'planned')"
                f" and (next_attempt_at is null or next_attempt_at <= ?){named}"
                " order by case when status_code = 'unknown' then 0 else 1 end, run_id,"
                " batch_order, batch_id",
                [self.sync_name, self.now, *but],
            )
        ]

    def read_open(self, chosen: Sequence[OpenBatch], adapter: Adapter) -> list[Claimed]:
        """Open batches with their requests, ready to be claimed. Who may not be contacted has been
        taken out before."""
        ready = []
        members = self._members([batch.batch_id for batch in chosen])
        for batch_id, audience, action, attempts, _ in chosen:
            items = self._checked(batch_id, members[batch_id], adapter)
            if not items:
                self._end_batches([batch_id], "settled")
                continue
            key = hashlib.sha256(batch_id.encode())  # no two runs share one
            key.update("".join([item.payload_json for item in items]).encode())
            batch = Batch(batch_id, audience, action, key.hexdigest(), items)
            request = adapter.build(batch)
            request_hash = hashlib.sha256(request.body).hexdigest()
            ready.append(Claimed(batch, request, request_hash, attempts + 1, self.now))
        return ready

    def next_attempt_at(self) -> datetime | None:
        """When the next waiting batch may be sent; None when none waits."""
        return self._run(
            f"select min(coalesce(next_attempt_at, ?)) from {table('sync_batch')}"
            " where sync_name = ? and status_code in ('unknown', 'planned')",
            [self.now, self.sync_name],
        )[0][0]

    def take_out_refused(self, batch_ids: Sequence[str]) -> int:
        """Takes everybody out of open batches who may not be contacted at this moment, and says how
        many those are.

        Removals go through; nobody is permitted for no purpose, nor under a key that has passed to
        somebody else who is not. Somebody whose earlier request may have arrived is booked as
        pending with an unknown payload, so that the next plan removes them.
        """
        refused: dict[str, list[int]] = {}
        for batch_id, number in self._run(
            f"select distinct items.batch_id, items.item_number from {_items()}"
            f" left join {schema_name('privacy')}.contact_permissions as permissions"
            " on items.profile_id = permissions.profile_id"
            " and items.purpose_code = permissions.purpose_code"
            " and items.channel_code = permissions.channel_code"
            f" left join {schema_name('activation')}.sync_keys_closed as closed"
            " on closed.sync_name = ? and items.member_key = closed.member_key"
            " and items.profile_id <> closed.profile_id"
            " and (closed.is_identifier or batches.is_in_doubt)"
            f" where {_among(batch_ids)} and items.status_code is null"
            " and items.operation_code <> 'remove'"
            " and (permissions.profile_id is null or closed.member_key is not null)"
            " order by items.item_number",
            [self.sync_name, *batch_ids],
        ):
            refused.setdefault(batch_id, []).append(number)
        for batch_id, numbers in refused.items():
            self._keep_in_mind(batch_id, numbers)
            self._fail_items(batch_id, numbers, "refused", "consent", "consent_withdrawn")
        return sum(map(len, refused.values()))

    def _members(self, batch_ids: Sequence[str]) -> dict[str, tuple[Item, ...]]:
        """The members of open batches, in the order of the plan."""
        found: dict[str, list[Item]] = {batch_id: [] for batch_id in batch_ids}
        make = tuple.__new__  # Item(...) takes half as long again
        for number, key, field, payload, batch_id in self._run(
            f"select {_ITEM}, items.batch_id from {table('sync_item')} as items"
            f" where {_among(batch_ids)} and items.status_code is null",
            batch_ids,
        ):
            found[batch_id].append(make(Item, (number, key, field, payload)))
        for items in found.values():
            items.sort(key=itemgetter(0))  # DuckDB would sort whole payloads
        return {batch_id: tuple(items) for batch_id, items in found.items()}

    def _is_in_doubt(self, batch_id: str) -> bool:
        found = self._run(
            f"select is_in_doubt from {table('sync_batch')} where batch_id = ?", [batch_id]
        )
        return bool(found[0][0])

    def _keep_in_mind(self, batch_id: str, numbers: Sequence[int]) -> None:
        if self._is_in_doubt(batch_id):
            self._book_state(
                [batch_id],
                f"items.item_number in ({_marks(numbers)})",
                list(numbers),
                "pending",
                "''",
            )

    def claim(self, ready: Sequence[Claimed]) -> list[Claimed]:
        """Marks batches as under way."""
        claims = [replace(claimed, claimed_at=self.now) for claimed in ready]
        if not claims:
            return claims
        made = [
            (
                claimed.batch.batch_id,
                claimed.batch.idempotency_key,
                len(claimed.batch.items),
                len(claimed.request.body),
                claimed.attempt,
                claimed.request_hash,
                claimed.claimed_at,
            )
            for claimed in claims
        ]
        self._run(
            f"update {table('sync_batch')} as batches set status_code = 'in_flight',"
            " idempotency_key = made.idempotency_key, row_count = made.row_count,"
            " byte_count = made.byte_count, attempt_count = made.attempt_count,"
            " request_hash = made.request_hash, started_at = made.started_at,"
            f" next_attempt_at = null from (values {_rows(made)})"
            " as made (batch_id, idempotency_key, row_count, byte_count, attempt_count,"
            " request_hash, started_at) where batches.batch_id = made.batch_id",
            _flat(made),
        )
        return claims

    def unclaim(self, batch_ids: Sequence[str]) -> None:
        """Takes back that batches were under way: their requests have not been begun."""
        self._run(
            f"update {table('sync_batch')} set attempt_count = attempt_count - 1, status_code ="
            " case when is_in_doubt then 'unknown' else 'planned' end"
            f" where batch_id in ({_marks(batch_ids)})",
            batch_ids,
        )

    def _checked(
        self, batch_id: str, items: tuple[Item, ...], adapter: Adapter
    ) -> tuple[Item, ...]:
        problems = {item.number: code for item in items if (code := adapter.check(item))}
        if not problems:
            return items
        for code in sorted(set(problems.values())):
            numbers = [number for number, problem in problems.items() if problem == code]
            self._fail_items(batch_id, numbers, "failed", "contract", code)
        return tuple(item for item in items if item.number not in problems)

    # --- Mirror ----------------------------------------------------------------------------------

    def mirrors_due(self) -> list[tuple[str, datetime, str | None]]:
        """Audiences of which the rest may be taken out now, since when, and the job that does it if
        there is one already. Not before everybody we know to be there has been confirmed again and
        nothing is under way, never an empty audience, and none that a guard holds."""
        same = "{0}.sync_name = mirrors.sync_name and {0}.audience_name = mirrors.audience_name"
        state = f"select 1 from {table('sync_state')} as known where {same.format('known')}"
        return [
            (row[0], row[1], row[2])
            for row in self._run(
                "select mirrors.audience_name, mirrors.requested_at, mirrors.vendor_job_id"
                f" from {table('sync_mirror')} as mirrors"
                " where mirrors.sync_name = ? and mirrors.finished_at is null"
                f" and exists ({state} and known.status_code = 'present')"
                f" and not exists ({state} and (known.status_code = 'pending'"
                " or (known.status_code = 'present'"
                " and known.last_confirmed_at < mirrors.requested_at)))"
                f" and not exists (select 1 from {table('sync_batch')} as batches"
                f" where {same.format('batches')} and batches.status_code not in {_ENDED})"
                f" and not exists (select 1 from {schema_name('activation')}.sync_guards as guards"
                f" where {same.format('guards')} and guards.guard_code is not null)"
                " order by mirrors.audience_name, mirrors.requested_at",
                [self.sync_name],
            )
        ]

    def members_allowed(self, audience: str) -> tuple[Item, ...]:
        """Everybody who is there by what we know and may be contacted at this moment, by what was
        sent where that is kept."""
        rows = self._run(
            "select row_number() over (order by known.member_key), known.member_key,"
            f" known.key_field, coalesce(known.sent_json, '') from {table('sync_state')} as known"
            f" inner join {table('sync_item')} as items"
            " on items.batch_id = known.batch_id and items.member_key = known.member_key"
            f" inner join {schema_name('privacy')}.contact_permissions as permissions"
            " on permissions.profile_id = items.profile_id"
            " and permissions.purpose_code = items.purpose_code"
            " and permissions.channel_code = items.channel_code"
            " where known.sync_name = ? and known.audience_name = ?"
            " and known.status_code = 'present' order by known.member_key",
            [self.sync_name, audience],
        )
        return tuple(Item(*row) for row in rows)

    def has_mirrors(self) -> bool:
        """Whether a mirror has been asked for and is not finished."""
        asked = f"select 1 from {table('sync_mirror')} where sync_name = ? and finished_at is null"
        return bool(self._run(f"{asked} limit 1", [self.sync_name]))

    def book_mirror(
        self, audience: str, requested_at: datetime, job_id: str | None, is_finished: bool
    ) -> None:
        """Books how far the taking out has come: a job to ask about, done, or to be begun again."""
        self._run(
            f"update {table('sync_mirror')} set vendor_job_id = ?,"
            " finished_at = cast(? as timestamp)"
            " where sync_name = ? and audience_name = ? and requested_at = ?",
            [job_id, self.now if is_finished else None, self.sync_name, audience, requested_at],
        )

    # --- Settling --------------------------------------------------------------------------------

    def end_attempts(self, answers: Sequence[tuple[Claimed, Reading]]) -> None:
        """Books tries and the answers to them. What is under way is known of its batch."""
        if not answers:
            return
        made = [
            (
                claimed.batch.batch_id,
                claimed.attempt,
                claimed.request_hash,
                reading.http_status,
                reading.error_code,
                reading.retry_after,
                claimed.claimed_at,
                self.now,
            )
            for claimed, reading in answers
        ]
        self._run(
            f"insert into {table('sync_attempt')} (batch_id, attempt_number, request_hash,"
            " http_status, error_code, retry_after_seconds, started_at, ended_at)"
            f" values {_rows(made)}",
            _flat(made),
        )
        doubtful = [claimed.batch.batch_id for claimed, reading in answers if reading.is_in_doubt]
        if doubtful:
            self._run(
                f"update {table('sync_batch')} set is_in_doubt = true"
                f" where batch_id in ({_marks(doubtful)})",
                doubtful,
            )

    def put_back(self, batch_id: str, not_before: datetime | None) -> None:
        """Leaves a batch for a later try: as unknown if it may have been acted on."""
        self._run(
            f"update {table('sync_batch')} set next_attempt_at = ?, status_code ="
            " case when is_in_doubt then 'unknown' else 'planned' end where batch_id = ?",
            [not_before, batch_id],
        )

    def accept(self, batch: Batch, job_id: str, poll_at: datetime) -> None:
        """Books that the destination took the batch and will say later what became of it."""
        self._book_state([batch.batch_id], "items.status_code is null", [], "pending")
        self._run(
            f"update {table('sync_batch')} set status_code = 'accepted', vendor_job_id = ?,"
            " next_attempt_at = ? where batch_id = ?",
            [job_id, poll_at, batch.batch_id],
        )

    def due_jobs(self) -> list[tuple[str, str]]:
        """Accepted batches that may be asked about now, with their jobs."""
        return [
            (row[0], row[1])
            for row in self._run(
                f"select batch_id, vendor_job_id from {table('sync_batch')} where sync_name = ?"
                " and status_code = 'accepted' and next_attempt_at <= ? order by batch_id",
                [self.sync_name, self.now],
            )
        ]

    def accepted_batch(self, batch_id: str) -> tuple[Batch, int, datetime]:
        """An accepted batch as it was sent, how often, and when for the last time."""
        audience, action, key, attempts, sent_at = self._run(
            "select audience_name, action_code, idempotency_key, attempt_count, started_at"
            f" from {table('sync_batch')} where batch_id = ?",
            [batch_id],
        )[0]
        rows = self._run(
            f"select {_ITEM} from {table('sync_item')} as items where {_among([batch_id])}"
            " and items.status_code is null order by items.item_number",
            [batch_id],
        )
        items = tuple(Item(*row) for row in rows)
        return Batch(batch_id, audience, action, key, items), attempts, sent_at

    def postpone_job(self, batch_id: str, poll_at: datetime) -> None:
        """Asks about an accepted batch again later."""
        self._run(
            f"update {table('sync_batch')} set next_attempt_at = ? where batch_id = ?",
            [poll_at, batch_id],
        )

    def settle_rows(
        self, batch: Batch, rows: Sequence[RowOutcome], attempt: int, max_attempts: int
    ) -> None:
        """Books what became of every member but the confirmed, whom `confirm` books; those without
        an outcome go into a request of their own."""
        groups: dict[RowOutcome, list[int]] = {}
        for item, row in zip(batch.items, rows, strict=True):
            if row.code != "confirmed":
                groups.setdefault(row, []).append(item.number)
        again: dict[str, list[int]] = {"retry": [], "missing": []}
        for outcome, numbers in groups.items():
            if outcome.code in again and attempt < max_attempts:
                again[outcome.code].extend(numbers)
            else:
                reason_class = "data" if outcome.code == "failed" else "vendor"
                self._correct_state(batch.batch_id, numbers, outcome.code == "missing")
                self._fail_items(
                    batch.batch_id, numbers, "failed", reason_class, outcome.error_code or "refused"
                )
        for code, numbers in again.items():
            if numbers:
                self._move(batch.batch_id, f".{code}", numbers, attempt, code == "missing")

    def _correct_state(self, batch_id: str, numbers: Sequence[int], in_doubt: bool) -> None:
        """Takes back what accepting a job booked; notes members nobody answered for, and those
        refused now of whom an earlier try may have been acted on: they may be there or not."""
        chosen = f"batch_id = ? and item_number in ({_marks(numbers)})"
        if in_doubt or self._is_in_doubt(batch_id):
            self._book_state(
                [batch_id],
                f"items.item_number in ({_marks(numbers)})",
                list(numbers),
                "pending",
                "''",
            )
            return
        for operation, status in (("= 'add'", "removed"), ("<> 'add'", "pending")):
            self._run(
                f"update {table('sync_state')} set status_code = ?, payload_hash = '',"
                " sent_json = case when cast(? as varchar) = 'pending' then sent_json end"
                " where sync_name = ? and batch_id = ? and member_key in"
                f" (select member_key from {table('sync_item')}"
                f" where {chosen} and operation_code {operation})",
                [status, status, self.sync_name, batch_id, batch_id, *numbers],
            )

    def confirm(self, batch_ids: Sequence[str]) -> None:
        """Books that everybody who is left in these batches is confirmed; `settle` writes it to
        the members, for many batches at once."""
        self._end_batches(batch_ids, "answered")

    def settle(self) -> None:
        """Writes to the members and to what the destination holds what answered batches say."""
        batch_ids = [
            row[0]
            for row in self._run(
                f"select batch_id from {table('sync_batch')} where sync_name = ?"
                " and status_code = 'answered' order by run_id, batch_order, batch_id",
                [self.sync_name],
            )
        ]
        if not batch_ids:
            return
        left = f"{_among(batch_ids)} and items.status_code is null"
        self._book_state(batch_ids, "items.status_code is null", [], "present")
        letters = f"{table('sync_dead_letter')} where sync_name = ? and resolved_at is null"
        if self._run(f"select 1 from {letters} limit 1", [self.sync_name]):
            self._run(
                f"update {table('sync_dead_letter')} set resolved_at = ?"
                " where sync_name = ? and resolved_at is null and (audience_name, member_key) in"
                f" (select batches.audience_name, items.member_key from {_items()} where {left})",
                [self.now, self.sync_name, *batch_ids],
            )
        self._run(
            f"update {table('sync_item')} as items set payload_json = null where {left}", batch_ids
        )
        self._end_batches(batch_ids, "settled")

    def split(self, batch: Batch) -> None:
        """Cuts a refused batch in two halves, each to be sent on its own."""
        numbers = [item.number for item in batch.items]
        middle = len(numbers) // 2
        in_doubt = self._is_in_doubt(batch.batch_id)
        self._move(batch.batch_id, ".0", numbers[:middle], 0, in_doubt)
        self._move(batch.batch_id, ".1", numbers[middle:], 0, in_doubt)
        self._end_batches([batch.batch_id], "split")

    def fail_batch(self, batch: Batch, reason_class: str, error_code: str) -> None:
        """Books every member of a batch as a dead letter."""
        numbers = [item.number for item in batch.items]
        self._correct_state(batch.batch_id, numbers, False)
        self._fail_items(batch.batch_id, numbers, "failed", reason_class, error_code)
        self._end_batches([batch.batch_id], "settled")

    def _move(
        self, batch_id: str, suffix: str, numbers: Sequence[int], attempts: int, in_doubt: bool
    ) -> None:
        child = batch_id + suffix
        moved = f"batch_id = ? and item_number in ({_marks(numbers)})"
        self._run(
            f"insert into {table('sync_batch')} (batch_id, run_id, sync_name, audience_name,"
            " action_code, batch_order, status_code, is_in_doubt, row_count, attempt_count,"
            " created_at)"
            " select ?, run_id, sync_name, audience_name, action_code, batch_order, ?, ?, ?, ?, ?"
            f" from {table('sync_batch')} where batch_id = ?",
            [
                child,
                "unknown" if in_doubt else "planned",
                in_doubt,
                len(numbers),
                attempts,
                self.now,
                batch_id,
            ],
        )
        self._run(  # what accepting a job booked is now the child's to take back
            f"update {table('sync_state')} set batch_id = ? where sync_name = ? and batch_id = ?"
            f" and member_key in (select member_key from {table('sync_item')} where {moved})",
            [child, self.sync_name, batch_id, batch_id, *numbers],
        )
        self._run(
            f"update {table('sync_item')} set batch_id = ? where {moved}",
            [child, batch_id, *numbers],
        )

    def _end_batches(self, batch_ids: Sequence[str], status: str) -> None:
        if not batch_ids:
            return
        self._run(
            f"update {table('sync_batch')} set status_code = ?, settled_at = ?,"
            f" next_attempt_at = null where batch_id in ({_marks(batch_ids)})",
            [status, self.now, *batch_ids],
        )

    def _book_state(
        self,
        batch_ids: Sequence[str],
        condition: str,
        parameters: Sequence[Any],
        status: str,
        payload_hash: str = "items.payload_hash",
    ) -> None:
        """Writes what the destination now has of the batches' members that meet the condition.
        status: of a member put in, present or pending; one taken out is removed, or pending too."""
        removed = "pending" if status == "pending" else "removed"
        sent = _SENT if self.keeps_sent else "cast(null as varchar)"
        state = table("sync_state")
        # Replaced, not updated: DuckDB keeps what is updated in memory until its file is closed.
        self._run(
            "create temporary table given as select batches.sync_name, batches.audience_name,"
            " items.member_key, items.key_field, items.profile_id,"
            f" case when items.operation_code = 'remove' then '{removed}' else '{status}' end"
            " as status_code,"
            f" case when items.operation_code = 'remove' then '' else {payload_hash} end"
            " as payload_hash,"
            " items.consent_version, items.batch_id,"
            " coalesce(known.revision_count, 0) + 1 as revision_count,"
            " coalesce(cast(? as timestamp), known.last_confirmed_at) as last_confirmed_at,"
            f" case when items.operation_code <> 'remove' or '{removed}' <> 'removed'"
            f" then coalesce({sent}, known.sent_json) end as sent_json"
            f" from {_items()} left join {state} as known"
            " on batches.sync_name = known.sync_name"
            " and batches.audience_name = known.audience_name"
            " and items.member_key = known.member_key"
            f" where {_among(batch_ids)} and {condition}",
            [None if status == "pending" else self.now, *batch_ids, *parameters],
        )
        self._run(
            f"delete from {state} as known using given where known.sync_name = given.sync_name"
            " and known.audience_name = given.audience_name and known.member_key = given.member_key"
        )
        columns = ", ".join(TABLES["sync_state"])
        self._run(f"insert into {state} ({columns}) select {columns} from given")
        self._run("drop table given")

    def _fail_items(
        self,
        batch_id: str,
        numbers: Sequence[int],
        status: str,
        reason_class: str,
        error_code: str,
    ) -> None:
        """Ends members without success: each becomes a dead letter."""
        chosen = f"batch_id = ? and item_number in ({_marks(numbers)})"
        self._run(
            f"insert into {table('sync_dead_letter')} as known"
            " select batches.sync_name, batches.audience_name, items.member_key,"
            " items.operation_code, items.profile_id, items.payload_hash, ?, ?, 1, items.batch_id,"
            " cast(? as timestamp), cast(? as timestamp), cast(null as timestamp)"
            f" from {_items()} where items.{chosen}"
            " on conflict (sync_name, audience_name, member_key, operation_code) do update set"
            " profile_id = excluded.profile_id, payload_hash = excluded.payload_hash,"
            " reason_class_code = excluded.reason_class_code, error_code = excluded.error_code,"
            " attempt_count = known.attempt_count + 1, batch_id = excluded.batch_id,"
            " first_seen_at = case when known.resolved_at is null then known.first_seen_at"
            " else excluded.first_seen_at end,"
            " last_seen_at = excluded.last_seen_at, resolved_at = null",
            [reason_class, error_code, self.now, self.now, batch_id, *numbers],
        )
        self._run(
            f"update {table('sync_item')} set status_code = ?, error_code = ?,"
            f" payload_json = null, settled_at = ? where {chosen}",
            [status, error_code, self.now, batch_id, *numbers],
        )
