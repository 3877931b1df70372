"""Starts an incremental run when a loader has written new rows."""

import json
from typing import Any

import dagster as dg
import duckdb

from orchestration.project import source_tables
from orchestration.warehouse import Warehouse, open_warehouse

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
        except (duckdb.IOException, duckdb.ConnectionException):
            return dg.SkipReason("the warehouse file is in use or not there yet")
        if not moved:
            return dg.SkipReason("no new rows landed")
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=cursor, tags={"landed": ", ".join(moved)[:200]})],
            cursor=cursor,
        )

    return incremental_when_rows_land
