"""`./run plan`: what the files as they are would change, before they run.

The models are built beside the warehouse's own, in schemas that begin with `plan_`, for the moment
that the warehouse was built for; SQL compares the two, and the schemas are dropped again. Writes
tables to the screen and a Markdown report to target/plan.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestration.preview import DoesNotCompile, statements, table
from orchestration.progress import say
from orchestration.project import DBT, manifest, manifest_path
from orchestration.warehouse import (
    PROJECT_DIR,
    Warehouse,
    WarehouseUnavailable,
    open_warehouse,
    schema_name,
)

PREFIX = "plan_"
REPORT = PROJECT_DIR / "target" / "plan.md"
ALL = ["path:seeds/rules+", "path:models/segments+"]
SEGMENTS = ["path:models/segments+"]


class PlanFailed(Exception):
    """The plan cannot be made; the message says why."""


def dbt(arguments: Sequence[str], **variables: str) -> None:
    """Runs dbt in a process of its own. Raises PlanFailed with what it says."""
    done = subprocess.run(  # noqa: S603 - our own dbt on our own project
        [str(DBT), *arguments, "--quiet", "--no-version-check"],
        cwd=PROJECT_DIR,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PlanFailed(done.stdout.strip() or done.stderr.strip())


def remembering_tables() -> list[tuple[str, str]]:
    """Schema and name of what a run reads from runs before: incremental models and the ledger."""
    models = [
        (node["schema"], node["name"])
        for node in manifest()["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"
    ]
    ledger = [
        (node["schema"], node["name"])
        for node in manifest()["sources"].values()
        if node["source_name"] == "activation_ledger"
    ]
    return sorted(models + ledger)


def existing(warehouse: Warehouse) -> set[tuple[str, str]]:
    """Schema and name of every table."""
    return set(warehouse.execute("select table_schema, table_name from information_schema.tables"))


def drop_schemas(warehouse: Warehouse) -> None:
    """Drops what a plan built."""
    prefix = PREFIX + schema_name("")
    for (schema,) in warehouse.execute("select schema_name from information_schema.schemata"):
        if schema.startswith(prefix):
            warehouse.execute(f'drop schema "{schema}" cascade')


@contextmanager
def planned_schemas() -> Iterator[str]:
    """Schemas for a plan, with copies of what a run remembers; yields the moment of the last run.

    Raises PlanFailed where nothing was built yet."""
    sizes = schema_name("segments"), "segment_sizes"
    with open_warehouse() as warehouse:
        tables = existing(warehouse)
        if sizes not in tables:
            raise PlanFailed("Nothing to compare with yet: build the warehouse first, ./run")
        [(moment,)] = warehouse.execute(f"select max(measured_at) from {'.'.join(sizes)}")
        drop_schemas(warehouse)
        for schema, name in remembering_tables():
            if (schema, name) in tables:
                warehouse.execute(f'create schema if not exists "{PREFIX}{schema}"')
                warehouse.execute(
                    f'create table "{PREFIX}{schema}"."{name}" as select * from "{schema}"."{name}"'
                )
    try:
        yield str(moment)
    finally:
        with open_warehouse() as warehouse:
            drop_schemas(warehouse)


def build(selectors: list[str], moment: str) -> None:
    """Builds the selected models in the plan's schemas; the rest is read where it is."""
    with tempfile.TemporaryDirectory() as folder:
        state, target = Path(folder) / "state", Path(folder) / "target"
        state.mkdir()
        built = manifest_path()
        (state / "manifest.json").write_bytes(built.read_bytes())
        variables = {
            "CDP_SCHEMA_PREFIX": PREFIX + schema_name(""),
            "CDP_AS_OF": moment,
            "DBT_TARGET_PATH": str(target),
        }
        untested = [f"--exclude-resource-type={kind}" for kind in ("test", "unit_test")]
        dbt(["build", "-s", *selectors, "--defer", "--state", str(state), *untested], **variables)


def cell_text(cell: Any) -> str:
    """A cell of a Markdown table."""
    return "" if cell is None else str(cell).replace("|", "\\|")


def report(results: list[tuple[str, list[str], list[tuple[Any, ...]]]]) -> str:
    """The plan in Markdown."""
    parts = ["# Plan", "What a run of these files would change, for the moment of the last run."]
    for title, columns, rows in results:
        parts.append(f"## {title}")
        if not rows:
            parts.append("Nothing changes.")
            continue
        lines = [columns, ["---"] * len(columns), *rows]
        parts.append(
            "\n".join("| " + " | ".join(cell_text(cell) for cell in line) + " |" for line in lines)
        )
    return "\n\n".join(parts) + "\n"


def plan(selectors: list[str]) -> list[tuple[str, list[str], list[tuple[Any, ...]]]]:
    """Titles, columns and rows of what would change. Raises PlanFailed and DoesNotCompile."""
    manifest()
    with planned_schemas() as moment:
        say(f"building the plan for {moment}")
        build(selectors, moment)
        say("comparing")
        with open_warehouse() as warehouse:
            planned = {
                name
                for schema, name in existing(warehouse)
                if schema.startswith(PREFIX + schema_name(""))
            }
        inline = "{{ cdp.plan_queries(" + repr(PREFIX) + ", " + repr(sorted(planned)) + ") }}"
        queries = statements(inline)
        with open_warehouse() as warehouse:
            return [(title, *warehouse.query(sql)) for title, sql in queries]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="./run plan", description=__doc__)
    parser.add_argument(
        "--segments", action="store_true", help="only segments changed: leave identity as it is"
    )
    options = parser.parse_args()
    os.environ.setdefault("CDP_PROGRESS", "1")
    try:
        results = plan(SEGMENTS if options.segments else ALL)
    except (PlanFailed, DoesNotCompile) as problem:
        sys.exit(str(problem))
    for title, columns, rows in results:
        sys.stdout.write(f"\n{title}\n{table(columns, rows) if rows else 'nothing changes'}\n")
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(report(results), encoding="utf-8")
    sys.stdout.write(f"\nAs Markdown: {REPORT.relative_to(PROJECT_DIR)}\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WarehouseUnavailable as error:
        sys.exit(str(error))
