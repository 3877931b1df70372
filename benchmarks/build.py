"""`./run bench build [--quick | --customers N ...]`: builds against a floor, and the edit loop.

The floor is one scan and one hash aggregate of the raw events (count per identifier and day),
measured in the same run. Sizes: 10,000 customers with --quick, else 10,000 and 100,000 (10 M
events); --customers names others, where 1000000 (100 M events) may take more than an hour on two
cores. The loop is what a person waits for while changing a model of a small world. 10,000 customers
are built on PostgreSQL too, an embedded one or PGHOST's. Figures of other sizes are kept as the
results file has them.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import duckdb

from benchmarks.results import figure, publish
from benchmarks.servers import postgres_server

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


def output_of(arguments: list[str], environment: dict[str, str]) -> str:
    """What a command prints. Raises CalledProcessError when it fails."""
    return subprocess.run(  # noqa: S603 - our own commands
        arguments,
        cwd=PROJECT_DIR,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def timed(arguments: list[str], environment: dict[str, str]) -> float:
    """Seconds a command takes. Raises CalledProcessError when it fails."""
    started = time.monotonic()
    output_of(arguments, environment)
    return time.monotonic() - started


def land(environment: dict[str, str], customers: int, *options: str) -> float:
    """Generates and lands a world. Returns its events per second, by the last line it prints: the
    start of Python is not in them, the tables that hold no events are."""
    module = [sys.executable, "-m", "orchestration.landing.demo"]
    printed = output_of([*module, "--customers", str(customers), *options], environment)
    return float(printed.rsplit(": ", 1)[1].split()[0].replace(",", ""))


def warehouse_in(folder: Path, project: Path = PROJECT_DIR) -> dict[str, str]:
    """The environment of a DuckDB warehouse in a folder, built by a project."""
    return {
        "CDP_TARGET": "duckdb",
        "CDP_DUCKDB_PATH": str(folder / "bench.duckdb"),
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_PROFILES_DIR": str(project),
        "DBT_PROJECT_DIR": str(project),
        "CDP_AS_OF": AS_OF,
        "PYTHONPATH": str(PROJECT_DIR),
    }


def measure(customers: int) -> Iterator[list[dict]]:
    """The figures of one size, as they are found: the incremental build of a million customers may
    be ended, the full build stays measured."""
    size = f"{customers:,} customers"
    with tempfile.TemporaryDirectory() as folder:
        environment = warehouse_in(Path(folder))
        dbt = [str(DBT), "--quiet", "run", "--no-version-check"]
        land(environment, customers, "--landed-until", LAST_PERCENT)
        with duckdb.connect(environment["CDP_DUCKDB_PATH"]) as connection:
            started = time.monotonic()
            connection.execute(FLOOR_SQL).fetchall()
            floor = time.monotonic() - started
        timed([str(DBT), "--quiet", "seed", "--no-version-check"], environment)
        timed([str(DBT), "--quiet", "parse", "--no-version-check"], environment)
        startup = timed([*dbt, "-s", "stg_erp__products"], environment)
        full = timed(dbt, {**environment, "CDP_AS_OF": LAST_PERCENT})
        yield [
            figure(f"{size}: floor", floor, "s", "lower"),
            figure(f"{size}: dbt start-up", startup, "s", "lower"),
            figure(f"{size}: full build", full, "s", "lower"),
            figure(
                f"{size}: full less start-up / floor", (full - startup) / floor, "x", "lower", 6
            ),
            peak_memory(size),
        ]
        generated = land(environment, customers)
        with duckdb.connect(environment["CDP_DUCKDB_PATH"]) as connection:
            [(events,)] = connection.execute(
                "select (select count(*) from raw_segment.tracks)"
                " + (select count(*) from raw_segment.pages)"
                " + (select count(*) from raw_snowplow.events)"
            ).fetchall()
        yield [
            figure(f"{size}: raw events", events, "rows", "higher"),
            figure(f"{size}: generator", generated, "events/s", "higher", 300_000),
        ]
        incremental = timed(dbt, environment)
    yield [
        figure(f"{size}: incremental build", incremental, "s", "lower"),
        figure(
            f"{size}: incremental less start-up / full build",
            (incremental - startup) / full,
            "x",
            "lower",
            0.1,
        ),
        peak_memory(size),
    ]


def on_postgres(customers: int, full: float) -> list[dict]:
    """The figures of PostgreSQL beside the seconds of the full build on DuckDB: a plan that loops
    over hundreds of thousands shows at this size, and not in the worlds of the tests."""
    size = f"{customers:,} customers on PostgreSQL"
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        environment = warehouse_in(Path(folder)) | server | {"CDP_TARGET": "postgres"}
        dbt = [str(DBT), "--quiet", "run", "--no-version-check"]
        land(environment, customers, "--landed-until", LAST_PERCENT)
        timed([str(DBT), "--quiet", "seed", "--no-version-check"], environment)
        whole = timed(dbt, {**environment, "CDP_AS_OF": LAST_PERCENT})
        land(environment, customers)
        incremental = timed(dbt, environment)
    return [
        figure(f"{size}: full build", whole, "s", "lower"),
        figure(f"{size}: full build / DuckDB", whole / full, "x", "lower"),
        figure(f"{size}: incremental build", incremental, "s", "lower"),
    ]


def peak_memory(size: str) -> dict:
    """The most that a process of this benchmark took until now."""
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return figure(f"{size}: peak memory so far", memory, "GiB", "lower", 8)


def repeated_build(environment: dict[str, str]) -> float:
    """Seconds of a second build with all tests in one process. It reads what the first one parsed
    from dbt's file, as the tests do: dbt compiles a manifest that is handed to it again without the
    rules of segments, which are ephemeral.

    Raises RuntimeError when a build fails.
    """
    os.environ.update(environment)
    from dbt.cli.main import dbtRunner  # 70 MiB, which a sender's own memory is measured without

    seconds = 0.0
    for _ in range(2):
        started = time.monotonic()
        built = dbtRunner().invoke(["build", "--quiet", "--no-version-check"])
        seconds = time.monotonic() - started
        if not built.success:
            raise RuntimeError(f"the small world does not build: {built.exception}")
    return seconds


def loop() -> list[dict]:
    """The figures of a small world: a warm parse, one edited model, a repeated build."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        for name in ("models", "macros", "seeds", "tests", "docs"):
            shutil.copytree(PROJECT_DIR / name, project / name)
        for name in ("dbt_project.yml", "profiles.yml", ".dbtignore"):
            shutil.copy(PROJECT_DIR / name, project / name)
        environment = warehouse_in(Path(folder), project)
        land(environment, 150, "--events-per-customer", "20")
        # A process of its own, which lets go of the warehouse when it ends.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            repeated = pool.submit(repeated_build, environment).result()
        parse = [str(DBT), "--quiet", "parse", "--no-version-check"]
        timed(parse, environment)
        warm = timed(parse, environment)
        edited = project / "models" / "profile" / "profiles.sql"
        edited.write_text(f"{{#- Edited. -#}}\n{edited.read_text()}")
        run = [str(DBT), "--quiet", "run", "--no-version-check", "-s", edited.stem]
        one = timed(run, environment)
    return [
        figure("small world: warm dbt parse", warm, "s", "lower", 5),
        figure("small world: one model edited and run", one, "s", "lower", 9),
        figure("small world: build with tests, repeated in one process", repeated, "s", "lower", 4),
    ]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.build", description=__doc__)
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_true", help="10,000 customers only")
    sizes.add_argument("--customers", type=int, nargs="+", default=[10_000, 100_000], metavar="N")
    options = parser.parse_args()
    customers = [10_000] if options.quick else options.customers
    publish("build", loop(), keep=True)
    for size in customers:
        found = []
        for rows in measure(size):
            publish("build", rows, keep=True)
            found += rows
        if size == 10_000:
            full = next(row["value"] for row in found if row["figure"].endswith(": full build"))
            publish("build", on_postgres(size, full), keep=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
