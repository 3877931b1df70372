"""`./run bench segments [--quick]`: all rules judged in one pass against one scan of the profiles.

A world of 10,000 customers is built (--quick: 1,000), and its people, orders, likes, accounts and
events are repeated, with keys of their own, until there are 1,000,000 profiles (--quick: 100,000).
The SQL is what dbt compiles. A scan is the highest value of every column of the mart, so that each
of them is read. Two passes are timed: over the repeated rows, where events are a table, and where
the world was built, where rules about events read the landed streams through views.
"""

from __future__ import annotations

import argparse
import re
import resource
import sys
import tempfile
from pathlib import Path

import duckdb

from benchmarks.build import DBT, land, timed, warehouse_in
from benchmarks.profile import seconds
from benchmarks.results import figure, publish

# Repeated tables and the columns that tell one repetition from the next.
REPEATED = {
    "profile.profiles": ["profile_id"],
    "identity.identity_map": ["identifier_key", "profile_id"],
    "canonical.orders": ["identifier_key"],
    "profile.profile_affinities": ["profile_id"],
    "b2b.account_people": ["profile_id"],
    "segments.int_segments__events": ["identifier_key"],
}
KEPT = ["b2b.account_profiles", "canonical.stores"]
# No rule reads these, and they would be most of what is written.
UNREAD = {"record_key", "page_url", "referrer_url", "session_id"}


def compiled(environment: dict[str, str], path: str) -> str:
    """The SQL that dbt made of a model in models/segments."""
    folder = Path(environment["DBT_TARGET_PATH"]) / "compiled" / "cdp" / "models" / "segments"
    return (folder / path).read_text(encoding="utf-8")


def keep_events(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes a table of the view of events, which would not be found under another name."""
    connection.execute("create table segments.kept as from segments.int_segments__events")
    connection.execute("drop view segments.int_segments__events")
    connection.execute("alter table segments.kept rename to int_segments__events")


def repeat(connection: duckdb.DuckDBPyConnection, profiles: int) -> None:
    """Copies the attached world `small`, its people as often as it takes."""
    [(built,)] = connection.execute("select count(*) from small.profile.profiles").fetchall()
    times = -(-profiles // built)
    for table in [*KEPT, *REPEATED]:
        schema = table.split(".")[0]
        connection.execute(f"create schema if not exists {schema}")
        described = connection.execute(f"describe small.{table}").fetchall()
        columns = [row[0] for row in described if row[0] not in UNREAD or table in KEPT]
        keys = REPEATED.get(table, [])
        read = ", ".join(
            f"{column} || '-' || copies.number as {column}" if column in keys else column
            for column in columns
        )
        # Streams arrive in the order of time.
        order = " order by occurred_at" if "occurred_at" in columns else ""
        connection.execute(
            f"create temp table once as select {', '.join(columns)} from small.{table}{order}"
        )
        connection.execute(
            f"create table {table} as select {read} from once"
            f" cross join range({times if keys else 1}) as copies(number)"
        )
        connection.execute("drop table once")


def measure(customers: int, profiles: int) -> list[dict]:
    """The figures of one size."""
    with tempfile.TemporaryDirectory() as folder:
        environment = warehouse_in(Path(folder))
        path = Path(environment["CDP_DUCKDB_PATH"])
        dbt = [str(DBT), "--quiet"]
        land(environment, customers)
        timed([*dbt, "seed", "--no-version-check"], environment)
        timed([*dbt, "run", "--no-version-check", "-s", "+segment_members"], environment)
        judging = compiled(environment, "intermediate/int_segments__judged.sql")
        listing = compiled(environment, "segment_members.sql")
        where_landed = seconds(environment, "judged", f"create temp table judged as {judging}")
        with duckdb.connect(str(path)) as connection:
            keep_events(connection)

        # Under the same name, so that the compiled SQL finds its tables.
        large = Path(folder) / "large" / path.name
        large.parent.mkdir()
        with duckdb.connect(str(large)) as connection:
            connection.execute("set preserve_insertion_order = false")
            connection.execute(f"attach '{path}' as small (read_only)")
            repeat(connection, profiles)
            columns = [row[0] for row in connection.execute("describe profile.profiles").fetchall()]
            [(people, events)] = connection.execute(
                "select (select count(*) from profile.profiles),"
                " (select count(*) from segments.int_segments__events)"
            ).fetchall()
        every = ", ".join(f"max({column})" for column in columns)
        there = environment | {"CDP_DUCKDB_PATH": str(large)}
        scanning = f"create temp table scanned as select {every} from profile.profiles"
        scan = seconds(there, "scanned", scanning)
        judged = "segments.int_segments__judged"
        one_pass = seconds(there, judged, f"create table {judged} as {judging}")
        members = seconds(there, "members", f"create temp table members as {listing}")
        with duckdb.connect(str(large)) as connection:
            [(found,)] = connection.execute(f"select count(*) from ({listing})").fetchall()
    memory = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    size = f"{people:,} profiles"
    return [
        figure(f"{size}: rules", len(re.findall(r"\bas in_\w+", judging)), "rules", "higher", 25),
        figure(f"{size}: columns of the mart", len(columns), "columns", "higher"),
        figure(f"{size}: events that rules may ask", events, "rows", "higher"),
        figure(f"{size}: memberships", found, "rows", "higher"),
        figure(f"{size}: scan of the mart", scan, "s", "lower"),
        figure(f"{size}: one pass of all rules", one_pass, "s", "lower"),
        figure(f"{size}: one pass / scan", one_pass / scan, "x", "lower", 10),
        figure(f"{size}: members with evidence from the pass", members, "s", "lower"),
        figure(f"{size}: peak memory", memory / 2**20, "GiB", "lower", 10),
        figure(f"{customers:,} customers as landed: one pass", where_landed, "s", "lower"),
    ]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.segments", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    publish("segments", measure(1_000, 100_000) if quick else measure(10_000, 1_000_000))
    return 0


if __name__ == "__main__":
    sys.exit(main())
