"""Lands the demo world: raw tables as loaders write them, made by the SQL in demo_world/.

Owns: running that SQL and moving its tables into the warehouse. Refuses: to know what is in them.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from string import Template

import duckdb

from orchestration.warehouse import Warehouse, open_warehouse

SQL_DIR = Path(__file__).parent / "demo_world"
STREAM_TABLES = {
    "raw_segment.pages": """(id varchar, anonymous_id varchar, user_id varchar,
        received_at timestamp, sent_at timestamp, "timestamp" timestamp, url varchar, path varchar,
        title varchar, referrer varchar, context_campaign_source varchar,
        context_campaign_medium varchar, context_campaign_name varchar, context_ip varchar,
        context_user_agent varchar)""",
    "raw_segment.tracks": """(id varchar, anonymous_id varchar, user_id varchar, event varchar,
        event_text varchar, received_at timestamp, sent_at timestamp, "timestamp" timestamp,
        original_timestamp timestamp, context_page_url varchar, context_page_referrer varchar,
        context_user_agent varchar, context_campaign_source varchar,
        context_campaign_medium varchar, context_campaign_name varchar, product_id varchar,
        order_id varchar, revenue decimal(18, 2), currency varchar,
        context_library_name varchar)""",
    "raw_segment.identifies": """(id varchar, anonymous_id varchar, user_id varchar,
        received_at timestamp, "timestamp" timestamp, email varchar, phone varchar,
        first_name varchar, last_name varchar, birthday varchar, city varchar, country varchar,
        context_user_agent varchar, gender varchar, context_locale varchar)""",
    "raw_snowplow.events": """(event_id varchar, event varchar, event_name varchar,
        platform varchar, user_id varchar, domain_userid varchar, domain_sessionid varchar,
        domain_sessionidx bigint, collector_tstamp timestamp, derived_tstamp timestamp,
        load_tstamp timestamp, page_url varchar, page_referrer varchar, mkt_medium varchar,
        mkt_source varchar, mkt_campaign varchar, se_category varchar, se_action varchar,
        se_label varchar, se_property varchar, se_value double, tr_total decimal(18, 2),
        tr_currency varchar, useragent varchar, geo_country varchar)""",
}
RAW_SOURCES = (
    "segment",
    "snowplow",
    "shopify",
    "stripe",
    "klaviyo",
    "whatsapp",
    "zendesk",
    "salesforce",
    "google_ads",
    "facebook_ads",
    "pos",
    "loyalty",
    "surveys",
    "reviews",
    "social",
    "erp",
    "consent",
)
LOADER_CLOCKS = ("received_at", "collector_tstamp", "_fivetran_synced", "_loaded_at")
PEOPLE_PER_CHUNK = 100_000  # about 10 M events: what fits beside the rest in 8 GB
POSTGRES_TYPES = {"DOUBLE": "double precision", "HUGEINT": "bigint", "UBIGINT": "bigint"}

Progress = Callable[[str], None]


def generate(
    connection: duckdb.DuckDBPyConnection,
    customers: int,
    as_of: str,
    seed: int = 42,
    events_per_customer: int = 100,
    progress: Progress | None = None,
    people: Sequence[int] | None = None,
    advertised_days: int = 364,
) -> None:
    """Makes schemas raw_* and demo_truth on a DuckDB connection, replacing what is there.

    customers: people in the world (1 or more); as_of: its last moment, 'YYYY-MM-DD hh:mm:ss';
    events_per_customer: mean number of behavioural events; people: only these of the world's
    customers; advertised_days: days of ad spend. Raises ValueError for no customers.
    """
    if customers < 1:
        raise ValueError(f"customers is {customers}; the demo world needs at least one.")
    say = progress or (lambda message: None)
    for schema in ("world", "demo_truth", *(f"raw_{name}" for name in RAW_SOURCES)):
        connection.execute(f"drop schema if exists {schema} cascade; create schema {schema}")
    for table, columns in STREAM_TABLES.items():
        connection.execute(f"create table {table} {columns}")
    values = {
        "customers": customers,
        "as_of": as_of,
        "seed": seed,
        "events_per_customer": events_per_customer,
        "chosen": f"n in ({', '.join(map(str, people))})" if people else "true",
        "advertised_days": advertised_days,
    }
    for path in sorted(SQL_DIR.glob("*.sql")):
        template = Template(path.read_text(encoding="utf-8"))
        chunks = [0] if "$low" not in template.template else range(0, customers, PEOPLE_PER_CHUNK)
        for low in chunks:
            high = min(low + PEOPLE_PER_CHUNK, customers) - 1
            connection.execute(template.substitute(values, low=low, high=high))
        say(f"generated {path.stem}")
    connection.execute("drop schema world cascade")


def keep_until(connection: duckdb.DuckDBPyConnection, moment: str) -> None:
    """Leaves of a world what a loader had written at `moment`. Rows that it wrote later go, but a
    table that it writes wholly each time, as catalogues are, carries the clock of `moment`."""
    for schema, table in raw_tables(connection):
        name = f'{schema}."{table}"'
        columns = {row[0] for row in connection.execute(f"describe {name}").fetchall()}
        clock = next((column for column in LOADER_CLOCKS if column in columns), None)
        if not clock:
            continue
        [(is_whole,)] = connection.execute(
            f"select count(distinct {clock}) = 1 and count(*) > 1 from {name}"
        ).fetchall()
        late = f"where {clock} > timestamp '{moment}'"
        if is_whole:
            connection.execute(f"update {name} set {clock} = timestamp '{moment}' {late}")
        else:
            connection.execute(f"delete from {name} {late}")


def raw_tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of every landed table and of the truth, in name order."""
    return connection.execute(
        """select table_schema, table_name from information_schema.tables
        where table_schema like 'raw\\_%' escape '\\' or table_schema = 'demo_truth'
        order by 1, 2"""
    ).fetchall()


def copy_to_postgres(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> None:
    """Replaces the raw tables of a PostgreSQL warehouse with those of a DuckDB connection."""
    with tempfile.TemporaryDirectory() as folder:
        for schema, table in raw_tables(connection):
            file = Path(folder) / "table.csv"
            connection.execute(f"copy {schema}.\"{table}\" to '{file}' (header false, null '\\N')")
            columns = {
                f'"{row[0]}"': POSTGRES_TYPES.get(row[1], row[1])
                for row in connection.execute(f'describe {schema}."{table}"').fetchall()
            }
            with warehouse.transaction():
                warehouse.execute(f"create schema if not exists {schema}")
                # A view of an earlier run may read the table: rows change and columns are added,
                # the table stays.
                warehouse.execute(f'create table if not exists {schema}."{table}" ()')
                for name, kind in columns.items():
                    warehouse.execute(
                        f'alter table {schema}."{table}" add column if not exists {name} {kind}'
                    )
                warehouse.execute(f'truncate {schema}."{table}"')
                with (
                    warehouse.connection.cursor() as cursor,
                    io.TextIOWrapper(file.open("rb"), encoding="utf-8", newline="") as stream,
                ):
                    cursor.copy_expert(
                        f'copy {schema}."{table}" ({", ".join(columns)})'
                        " from stdin (format csv, null '\\N')",
                        stream,
                    )
                # the first build follows at once, before the server looks by itself
                warehouse.execute(f'analyze {schema}."{table}"')


def land(
    customers: int = 2000,
    as_of: str = "2026-06-30 00:00:00",
    seed: int = 42,
    events_per_customer: int = 100,
    landed_until: str | None = None,
    progress: Progress | None = None,
) -> dict[str, int]:
    """Lands the demo world in the warehouse that the environment names.

    landed_until: keep only rows that a loader had written by then, to land a world in batches.
    Returns the number of rows per landed table.
    """
    with open_warehouse() as warehouse:
        if warehouse.engine == "duckdb":
            source = warehouse.connection
        else:
            source = duckdb.connect(":memory:")
        source.execute("set preserve_insertion_order = false")
        # What dbt may use, by the same variable: a large world spills, the machine does not fill.
        limit = os.environ.get("CDP_DUCKDB_MEMORY_LIMIT", "8GB")
        source.execute("set memory_limit = ?", [limit])
        generate(source, customers, as_of, seed, events_per_customer, progress)
        if landed_until:
            keep_until(source, landed_until)
        if warehouse.engine != "duckdb":
            copy_to_postgres(source, warehouse)
        return {
            f"{schema}.{table}": source.execute(
                f'select count(*) from {schema}."{table}"'
            ).fetchone()[0]
            for schema, table in raw_tables(source)
            if schema != "demo_truth"
        }


def main() -> int:
    """The command line: lands a world and prints its rows per table."""
    parser = argparse.ArgumentParser(prog="orchestration.landing.demo", description=__doc__)
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--as-of", default="2026-06-30 00:00:00")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--events-per-customer", type=int, default=100)
    parser.add_argument("--landed-until")
    arguments = parser.parse_args()
    started = time.perf_counter()
    rows = land(progress=lambda message: sys.stderr.write(message + "\n"), **vars(arguments))
    seconds = time.perf_counter() - started
    for table, count in rows.items():
        sys.stdout.write(f"{count:>12,}  {table}\n")
    events = sum(rows[table] for table in STREAM_TABLES)
    sys.stdout.write(f"{events:,} events in {seconds:.1f} s: {events / seconds:,.0f} a second\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
