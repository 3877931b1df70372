"""`./run bench profile [--quick]`: the profile layer against what the same work costs by hand.

Three comparisons in one DuckDB file, with the SQL that dbt compiles:

- the daily roll-up of all streams against one scan of the same events with the same group-by keys;
- what landed last at a whole history against the same rows at a tenth of it;
- the profile mart against a plain hash join of its inputs.

Sizes: 10,000 customers with --quick, else 100,000 (10 M events); --large: 1,000,000 (100 M events).
The short history of the second comparison is the last tenth of the same streams.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks.build import AS_OF, DBT, LAST_PERCENT, PROJECT_DIR, land, timed
from benchmarks.results import figure, publish

FAMILIES = [
    "identifiers", "traits", "consent", "orders", "lines", "subscriptions", "events", "facets",
    "devices", "messages", "service", "surveys", "loyalty", "affinities", "preferences",
]  # fmt: skip
# The loader's clock of each stream.
STREAMS = {
    "raw_segment.tracks": "received_at",
    "raw_segment.pages": "received_at",
    "raw_snowplow.events": "collector_tstamp",
}
SCAN = """
create or replace temp table scanned as
select source_name, source_table, identifier_type, identifier_value,
    cast(occurred_at as date) as event_date, channel_code, count(*) as event_count
from canonical.events
where identifier_value is not null and not is_bot
group by all
"""


def seconds(path: Path, sql: str) -> float:
    """The quicker of two runs of a statement."""
    taken = []
    for _ in range(2):
        with duckdb.connect(str(path)) as connection:
            started = time.monotonic()
            connection.execute(sql)
            taken.append(time.monotonic() - started)
    return min(taken)


def model_seconds(environment: dict[str, str], model: str, *options: str) -> float:
    """Seconds dbt spends in one model, its start-up apart."""
    timed([str(DBT), "--quiet", "run", "--no-version-check", "-s", model, *options], environment)
    results = json.loads((Path(environment["DBT_TARGET_PATH"]) / "run_results.json").read_text())
    return sum(row["execution_time"] for row in results["results"])


def environment_of(folder: str) -> tuple[Path, dict[str, str]]:
    """A warehouse in a folder, and the environment that names it."""
    path = Path(folder) / "bench.duckdb"
    return path, {
        "CDP_DUCKDB_PATH": str(path),
        "DBT_TARGET_PATH": str(Path(folder) / "target"),
        "DBT_LOG_PATH": str(Path(folder) / "logs"),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "CDP_AS_OF": AS_OF,
        "PYTHONPATH": str(PROJECT_DIR),
    }


def forget(path: Path, share: float, since: list[object]) -> None:
    """Leaves the last share of each stream as if it had begun then. since: where the streams were
    cut the first time, filled here, so that a second landing is cut at the same moments."""
    with duckdb.connect(str(path)) as connection:
        for place, (table, clock) in enumerate(STREAMS.items()):
            if place == len(since):
                [moment] = connection.execute(
                    f"select quantile_disc({clock}, {1 - share}) from {table}"
                ).fetchone()
                since.append(moment)
            connection.execute(
                f"create or replace table {table} as select * from {table} where {clock} >= ?",
                [since[place]],
            )


def incremental_day(customers: int, history: float) -> tuple[float, int]:
    """Seconds of the daily roll-up for what landed last, and the rows of the streams. history: the
    share of the streams that is there."""
    since: list[object] = []
    with tempfile.TemporaryDirectory() as folder:
        path, environment = environment_of(folder)
        dbt = [str(DBT), "--quiet"]
        land(environment, customers, "--landed-until", LAST_PERCENT)
        forget(path, history, since)
        timed([*dbt, "seed", "--no-version-check"], environment)
        upstream = "+int_profile__streams_daily"
        earlier = {**environment, "CDP_AS_OF": LAST_PERCENT}
        timed([*dbt, "run", "--no-version-check", "-s", upstream], earlier)
        land(environment, customers)
        forget(path, history, since)
        timed(
            [*dbt, "run", "--no-version-check", "-s", upstream, "--exclude", upstream[1:]],
            environment,
        )
        taken = model_seconds(environment, "int_profile__streams_daily")
        with duckdb.connect(str(path)) as connection:
            [(events,)] = connection.execute("select count(*) from canonical.events").fetchall()
    return taken, events


def measure(customers: int) -> list[dict]:
    """The figures of one size."""
    small_day, small_events = incremental_day(customers, 0.1)
    large_day, large_events = incremental_day(customers, 1)
    with tempfile.TemporaryDirectory() as folder:
        path, environment = environment_of(folder)
        land(environment, customers)
        for command in ("seed", "run"):
            arguments = ["-s", "+profiles"] if command == "run" else []
            timed([str(DBT), "--quiet", command, "--no-version-check", *arguments], environment)
        scan = seconds(path, SCAN)
        daily = model_seconds(environment, "int_profile__streams_daily", "--full-refresh")
        mart = model_seconds(environment, "profiles")
        joins = " ".join(
            f"left join profile.int_profile__{name}_rolled_up as {name} using (profile_id)"
            for name in FAMILIES[1:]
        )
        first = f"from profile.int_profile__{FAMILIES[0]}_rolled_up as {FAMILIES[0]}"
        join = seconds(path, f"create or replace table main.joined as select * {first} {joins}")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    size = f"{customers:,} customers"
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
    options = parser.parse_args()
    customers = 10_000 if options.quick else 1_000_000 if options.large else 100_000
    publish("profile", measure(customers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
