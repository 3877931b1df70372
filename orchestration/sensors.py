"""Starts a run when a loader has written new rows, or a vendor may have finished a job."""

import json
from datetime import datetime
from typing import Any

import dagster as dg
import duckdb

from orchestration.activation.engine import utc_now
from orchestration.activation.ledger import jobs_due
from orchestration.checks import sync_key
from orchestration.project import source_tables, sync_names
from orchestration.warehouse import Warehouse, WarehouseUnavailable, open_warehouse

MINIMUM_INTERVAL_SECONDS = 60


def newest_rows(warehouse: Warehouse) -> dict[str, str]:
    """The loader's latest clock per landed table; tables that are absent or empty are left out."""
    landed = {
        (row[0], row[1])
        for row in warehouse.execute(
            "select table_schema, table_name from information_schema.tables"
        )
    }
    newest = {}
    for node in source_tables():
        clock = node["loaded_at_field"]
        if (node["schema"], node["name"]) in landed and clock in node["columns"]:
            [(latest,)] = warehouse.execute(
                f'select max("{clock}") from "{node["schema"]}"."{node["name"]}"'
            )
            if latest is not None:
                newest[f"{node['source_name']}.{node['name']}"] = str(latest)
    return newest


def decide(newest: dict[str, str], cursor: str | None) -> tuple[list[str], str]:
    """Tables whose clock moved since the cursor, and the next cursor. Pure."""
    before = json.loads(cursor) if cursor else {}
    moved = sorted(table for table, clock in newest.items() if before.get(table) != clock)
    return moved, json.dumps(newest, sort_keys=True)


def rows_landed_sensor(job: Any) -> dg.SensorDefinition:
    """The sensor for a job; stopped until somebody starts it."""

    @dg.sensor(
        name="incremental_when_rows_land",
        job=job,
        minimum_interval_seconds=MINIMUM_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def incremental_when_rows_land(
        context: dg.SensorEvaluationContext,
    ) -> dg.SensorResult | dg.SkipReason:
        try:
            with open_warehouse(read_only=True) as warehouse:
                moved, cursor = decide(newest_rows(warehouse), context.cursor)
        except (WarehouseUnavailable, duckdb.IOException, duckdb.ConnectionException):
            return dg.SkipReason("the warehouse file is in use or not there yet")
        if not moved:
            return dg.SkipReason("no new rows landed")
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=cursor, tags={"landed": ", ".join(moved)[:200]})],
            cursor=cursor,
        )

    return incremental_when_rows_land


def ask_about(due: dict[str, datetime], syncs: list[str]) -> list[dg.RunRequest]:
    """A run for each sync of the project that has jobs to ask about, and for nothing else of it.
    due: the moment from which each may be asked; a moment is asked about once. Pure."""
    return [
        dg.RunRequest(
            run_key=f"{sync}@{due[sync].isoformat()}",
            asset_selection=[sync_key(sync), dg.AssetKey(["activation", "read_back"])],
        )
        for sync in syncs
        if sync in due
    ]


def jobs_due_sensor(job: Any) -> dg.SensorDefinition:
    """The sensor for a job that sends syncs: what a vendor accepted is asked about when it said it
    would be ready, not an hour later. Stopped until somebody starts it."""

    @dg.sensor(
        name="sync_when_a_job_is_due",
        job=job,
        minimum_interval_seconds=MINIMUM_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED,
    )
    def sync_when_a_job_is_due() -> dg.SensorResult | dg.SkipReason:
        try:
            with open_warehouse(read_only=True) as warehouse:
                requests = ask_about(jobs_due(warehouse, utc_now()), sync_names())
        except (WarehouseUnavailable, duckdb.IOException, duckdb.ConnectionException):
            return dg.SkipReason("the warehouse file is in use or not there yet")
        if not requests:
            return dg.SkipReason("no vendor has a job to ask about")
        return dg.SensorResult(run_requests=requests)

    return sync_when_a_job_is_due
