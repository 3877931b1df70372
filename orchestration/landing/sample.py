"""Writes a few people of the demo world as dbt seeds, for tests and for a first look.

Owns: seeds/demo/, which it writes whole. Refuses: to invent rows; they are the demo world's.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from orchestration.landing.demo import generate, raw_tables
from orchestration.warehouse import PROJECT_DIR

SEEDS_DIR = PROJECT_DIR / "seeds" / "demo"
AS_OF = "2026-06-30 00:00:00"
WORLD_SIZE = 1000
# Chosen so that every trap of the demo world is in the sample, with a member, a guest, visitors
# and shoppers at the till; a test fails when a trap gets lost.
PEOPLE = (7, 12, 80, 154, 195, 241, 251, 282, 291, 342, 355, 402, 486, 494, 606, 607, 641, 664, 778)
ADVERTISED_DAYS = 60
DBT_TYPES = {
    "VARCHAR": "varchar",
    "BIGINT": "bigint",
    "INTEGER": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "DOUBLE": "double precision",
    "DECIMAL(18,2)": "numeric(18,2)",
}


def write_sample(folder: Path = SEEDS_DIR) -> list[Path]:
    """Replaces the sample's seeds in a folder; returns the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in [*folder.glob("raw_*.csv"), *folder.glob("_*__seeds.yml")]:
        path.unlink()
    with duckdb.connect(":memory:") as connection:
        generate(
            connection,
            WORLD_SIZE,
            AS_OF,
            events_per_customer=25,
            people=PEOPLE,
            advertised_days=ADVERTISED_DAYS,
        )
        names = [name for name in raw_tables(connection) if name[0] != "demo_truth"]
        written = [write_table(connection, *name, folder) for name in names]
        for schema in dict.fromkeys(schema for schema, _ in names):
            written.append(write_properties(connection, schema, folder))
    return written


def write_table(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, folder: Path
) -> Path:
    """One landed table as CSV, in the order of all its columns."""
    path = folder / f"{schema}__{table}.csv"
    connection.execute(
        f"copy (from {schema}.\"{table}\" order by all) to '{path}' (format csv, header true)"
    )
    return path


def write_properties(connection: duckdb.DuckDBPyConnection, schema: str, folder: Path) -> Path:
    """The YAML of one source's seeds: the table each one stands for, and every column's type."""
    lines = ["version: 2", "", "# Written by `python -m orchestration.landing.sample`.", "seeds:"]
    columns = connection.execute(
        "select table_name, column_name, data_type from information_schema.columns"
        " where table_schema = ? order by table_name, ordinal_position",
        [schema],
    ).fetchall()
    current = None
    for table, column, kind in columns:
        if table != current:
            current = table
            lines += [
                f"  - name: {schema}__{table}",
                f"    description: One row per row of {schema}.{table} in the sample.",
                "    config:",
                f"      schema: {schema}",
                f"      alias: {table}",
                "      column_types:",
            ]
        lines.append(f"        {column}: {DBT_TYPES[kind]}")
    path = folder / f"_{schema.removeprefix('raw_')}__seeds.yml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    files = write_sample()
    size = sum(path.stat().st_size for path in files)
    sys.stdout.write(f"{len(files)} files, {size:,} bytes in {SEEDS_DIR}\n")
