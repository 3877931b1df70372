"""`./run bench profile [--quick]`: the profile layer against what the same work costs by hand.

Three comparisons in one warehouse, with the SQL that dbt compiles:

- the daily roll-up of all streams against one scan of the same events with the same group-by keys;
- what landed last at a whole history against the same rows at a tenth of it;
- the profile mart against a plain hash join of its inputs.

Sizes: 10,000 customers with --quick, else 100,000 (10 M events); --large: 1,000,000 (100 M events).
--postgres: the same on the server that PGHOST names, or an embedded one. The short history of the
second comparison is the last tenth of the same streams; both are laid in the order of arrival, as
loaders append them. Figures of other sizes and engines are kept as the results file has them.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from benchmarks.build import DBT, LAST_PERCENT, land, timed, warehouse_in
from benchmarks.results import figure, publish
from benchmarks.servers import postgres_server
from orchestration.warehouse import Warehouse, open_warehouse

FAMILIES = [
    "identifiers", "traits", "consent", "orders", "lines", "subscriptions", "events", "facets",
    "devices", "messages", "service", "surveys", "loyalty", "affinities", "preferences",
]  # fmt: skip
DAILY = "int_profile__streams_daily"
# The loader's clock of each stream.
STREAMS = {
    "raw_segment.tracks": "received_at",
    "raw_segment.pages": "received_at",
    "raw_snowplow.events": "collector_tstamp",
}
SCAN = """
create table scanned as
select source_name, source_table, identifier_type, identifier_value,
    cast(occurred_at as date) as event_date, channel_code, count(*) as event_count
from canonical.events
where identifier_value is not null and not is_bot
group by 1, 2, 3, 4, 5, 6
"""


@contextmanager
def opened(environment: dict[str, str]) -> Iterator[Warehouse]:
    """A connection to the warehouse that the environment names."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        with open_warehouse() as warehouse:
            yield warehouse
    finally:
        os.environ.clear()
        os.environ.update(before)


def seconds(environment: dict[str, str], table: str, sql: str) -> float:
    """The quicker of two runs of a statement that makes a table; the last one's stays."""
    taken = []
    for _ in range(2):
        with opened(environment) as warehouse:
            warehouse.execute(f"drop table if exists {table}")
            started = time.monotonic()
            warehouse.execute(sql)
            taken.append(time.monotonic() - started)
    return min(taken)


def model_seconds(environment: dict[str, str], model: str, *options: str) -> float:
    """Seconds dbt spends in one model, its start-up apart."""
    timed([str(DBT), "--quiet", "run", "--no-version-check", "-s", model, *options], environment)
    results = json.loads((Path(environment["DBT_TARGET_PATH"]) / "run_results.json").read_text())
    return sum(row["execution_time"] for row in results["results"])


@contextmanager
def new_warehouse(server: dict[str, str] | None) -> Iterator[dict[str, str]]:
    """The environment of an empty warehouse: a DuckDB file, or a database of a server."""
    with tempfile.TemporaryDirectory() as folder:
        environment = warehouse_in(Path(folder))
        if server is None:
            yield environment
            return
        environment |= server | {"CDP_TARGET": "postgres"}
        with opened(environment) as warehouse:
            warehouse.execute("drop database if exists cdp_bench with (force)")
            warehouse.execute("create database cdp_bench template template0")
        try:
            yield environment | {"PGDATABASE": "cdp_bench"}
        finally:
            with opened(environment) as warehouse:
                warehouse.execute("drop database cdp_bench with (force)")


def set_aside(environment: dict[str, str]) -> None:
    """Takes out of the streams what landed last."""
    with opened(environment) as warehouse:
        for table, clock in STREAMS.items():
            landed_last = f"{clock} > timestamp '{LAST_PERCENT}'"
            warehouse.execute(
                f"create table {table}_aside as select * from {table} where {landed_last}"
            )
            warehouse.execute(f"delete from {table} where {landed_last}")


def bring_back(environment: dict[str, str]) -> None:
    """Lands what was set aside, behind everything else."""
    with opened(environment) as warehouse:
        for table in STREAMS:
            warehouse.execute(f"insert into {table} select * from {table}_aside")
            warehouse.execute(f"drop table {table}_aside")


def replace(environment: dict[str, str], select: str) -> None:
    """Puts into each stream what a query of {table} and its {clock} finds, in its order."""
    with opened(environment) as warehouse:
        for table, clock in STREAMS.items():
            found = select.format(table=table, clock=clock)
            warehouse.execute(f"create table {table}_replaced as {found}")
            warehouse.execute(f"drop table {table} cascade")
            name = table.split(".")[1]
            warehouse.execute(f"alter table {table}_replaced rename to {name}")


def sort_by_arrival(environment: dict[str, str]) -> None:
    """Puts the streams in the order in which loaders append; the generator lands a large world some
    thousands of people at a time, with all their years."""
    replace(environment, "select * from {table} order by {clock}")


def forget(environment: dict[str, str], share: float) -> None:
    """Leaves the last share of each stream as if it had begun then."""
    begin = f"select percentile_disc({1 - share}) within group (order by {{clock}}) from {{table}}"
    replace(environment, f"select * from {{table}} where {{clock}} >= ({begin}) order by {{clock}}")


def run(environment: dict[str, str], *options: str) -> None:
    """One `dbt run`."""
    timed([str(DBT), "--quiet", "run", "--no-version-check", *options], environment)


def prepare(environment: dict[str, str], customers: int) -> None:
    """Lands a world and builds everything up to the mart, without what landed last."""
    land(environment, customers)
    sort_by_arrival(environment)
    set_aside(environment)
    timed([str(DBT), "--quiet", "seed", "--no-version-check"], environment)
    run({**environment, "CDP_AS_OF": LAST_PERCENT}, "-s", "+profiles")


def last_day(environment: dict[str, str]) -> tuple[float, int]:
    """Seconds of the daily roll-up for what was set aside, and the rows of the streams."""
    bring_back(environment)
    run(environment, "-s", f"+{DAILY}", "--exclude", DAILY)
    taken = model_seconds(environment, DAILY)
    with opened(environment) as warehouse:
        [(events,)] = warehouse.execute("select count(*) from canonical.events")
    return taken, events


def measure(environment: dict[str, str], size: str) -> list[dict]:
    """The figures of a warehouse that was prepared; size: how they are called."""
    mart = min(model_seconds(environment, "profiles") for _ in range(2))
    joins = " ".join(
        f"left join profile.int_profile__{name}_rolled_up as {name} using (profile_id)"
        for name in FAMILIES[1:]
    )
    first = f"from profile.int_profile__{FAMILIES[0]}_rolled_up as {FAMILIES[0]}"
    join = seconds(environment, "joined", f"create table joined as select * {first} {joins}")
    large_day, large_events = last_day(environment)
    scan = seconds(environment, "scanned", SCAN)
    daily = min(model_seconds(environment, DAILY, "--full-refresh") for _ in range(2))
    forget(environment, 0.1)
    set_aside(environment)
    run({**environment, "CDP_AS_OF": LAST_PERCENT}, "-s", f"+{DAILY}", "--full-refresh")
    small_day, small_events = last_day(environment)
    # that of a server is not ours
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return [
        figure(f"{size}: events", large_events, "rows", "higher"),
        figure(f"{size}: scan with the same keys", scan, "s", "lower"),
        figure(f"{size}: daily roll-up, full", daily, "s", "lower"),
        figure(f"{size}: daily roll-up / scan", daily / scan, "x", "lower", 4),
        figure(f"{size}: events of the short history", small_events, "rows", "higher"),
        figure(f"{size}: last percent, short history", small_day, "s", "lower"),
        figure(f"{size}: last percent, whole history", large_day, "s", "lower"),
        figure(f"{size}: whole history / short history", large_day / small_day, "x", "lower", 1.3),
        figure(f"{size}: plain join of the mart's inputs", join, "s", "lower"),
        figure(f"{size}: profile mart", mart, "s", "lower"),
        figure(f"{size}: profile mart / plain join", mart / join, "x", "lower", 3),
        figure(f"{size}: peak memory so far", memory, "GiB", "lower", 10),
    ]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.profile", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    customers = 10_000 if options.quick else 1_000_000 if options.large else 100_000
    size = f"{customers:,} customers" + (", PostgreSQL" if options.postgres else "")
    with (
        postgres_server() if options.postgres else nullcontext() as server,
        new_warehouse(server) as environment,
    ):
        prepare(environment, customers)
        found = measure(environment, size)
    publish("profile", found, keep=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
