"""`./run bench build [--quick]`: generator, full and small incremental build, against a floor.

The floor is one scan and one hash aggregate of the raw events (count per identifier and day),
measured in the same run. Sizes: 10,000 customers with --quick, else 10,000 and 100,000 (10 M
events); --large adds 1,000,000 (100 M events), which may take more than an hour on two cores.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks.results import figure, publish

PROJECT_DIR = Path(__file__).resolve().parent.parent
DBT = Path(sys.executable).parent / "dbt"
AS_OF = "2026-06-30 00:00:00"
LAST_PERCENT = "2026-06-25 00:00:00"  # about one row in a hundred landed after this
FLOOR_SQL = """
select count(*) from (
    select identifier, event_date, count(*) as event_count, max(occurred_at) as last_at from (
        select coalesce(user_id, anonymous_id) as identifier,
            cast("timestamp" as date) as event_date, "timestamp" as occurred_at
        from raw_segment.tracks
        union all
        select coalesce(user_id, anonymous_id), cast("timestamp" as date), "timestamp"
        from raw_segment.pages
        union all
        select coalesce(user_id, domain_userid), cast(derived_tstamp as date), derived_tstamp
        from raw_snowplow.events
    ) as events
    group by identifier, event_date
) as daily
"""


def timed(arguments: list[str], environment: dict[str, str]) -> float:
    """Seconds a command takes. Raises CalledProcessError when it fails."""
    started = time.monotonic()
    subprocess.run(  # noqa: S603 - our own commands
        arguments,
        cwd=PROJECT_DIR,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.monotonic() - started


def land(environment: dict[str, str], customers: int, *options: str) -> float:
    """Seconds to generate and land a world."""
    module = [sys.executable, "-m", "orchestration.landing.demo"]
    return timed([*module, "--customers", str(customers), *options], environment)


def measure(customers: int) -> list[dict]:
    """The figures of one size."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "CDP_DUCKDB_PATH": str(Path(folder) / "bench.duckdb"),
            "DBT_TARGET_PATH": str(Path(folder) / "target"),
            "DBT_LOG_PATH": str(Path(folder) / "logs"),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "CDP_AS_OF": AS_OF,
            "PYTHONPATH": str(PROJECT_DIR),
        }
        dbt = [str(DBT), "--quiet", "run", "--no-version-check"]
        generated = land(environment, customers, "--landed-until", LAST_PERCENT)
        timed([str(DBT), "--quiet", "seed", "--no-version-check"], environment)
        timed([str(DBT), "--quiet", "parse", "--no-version-check"], environment)
        startup = timed([*dbt, "-s", "stg_erp__products"], environment)
        full = timed(dbt, {**environment, "CDP_AS_OF": LAST_PERCENT})
        land(environment, customers)
        with duckdb.connect(environment["CDP_DUCKDB_PATH"]) as connection:
            started = time.monotonic()
            connection.execute(FLOOR_SQL).fetchall()
            floor = time.monotonic() - started
            [(events,)] = connection.execute(
                "select (select count(*) from raw_segment.tracks)"
                " + (select count(*) from raw_segment.pages)"
                " + (select count(*) from raw_snowplow.events)"
            ).fetchall()
        incremental = timed(dbt, environment)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    size = f"{customers:,} customers"
    return [
        figure(f"{size}: raw events", events, "rows", "higher"),
        figure(f"{size}: generator", events / generated, "events/s", "higher", 300_000),
        figure(f"{size}: floor", floor, "s", "lower"),
        figure(f"{size}: dbt start-up", startup, "s", "lower"),
        figure(f"{size}: full build", full, "s", "lower"),
        figure(f"{size}: full less start-up / floor", (full - startup) / floor, "x", "lower", 6),
        figure(f"{size}: incremental build", incremental, "s", "lower"),
        figure(
            f"{size}: incremental less start-up / full build",
            (incremental - startup) / full,
            "x",
            "lower",
            0.1,
        ),
        figure(f"{size}: peak memory so far", memory, "GiB", "lower", 8),
    ]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.build", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    sizes = [10_000] if options.quick else [10_000, 100_000]
    if options.large:
        sizes.append(1_000_000)
    publish("build", [row for customers in sizes for row in measure(customers)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
