"""`./run bench identity_quality [--quick | --customers N]`: identity against the demo's truth.

Lands a world, builds what leads to evaluation.identity_quality, and publishes that mart: pairs of
people merged, for each thing that two of them may have in common, and what was found of the pairs
that evidence allows. 100,000 people, 3,000 with --quick; two events each, since more of them add
sightings and no identifiers.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.results import figure, publish
from orchestration.landing.demo import land
from orchestration.warehouse import PROJECT_DIR, open_warehouse

AS_OF = "2026-06-30 00:00:00"
TARGETS = {"evidence_recall": 0.97}


def build(folder: Path, customers: int) -> None:
    """Lands a world and builds the mart. Raises RuntimeError when a model fails."""
    from dbt.cli.main import dbtRunner

    os.environ |= {
        "CDP_TARGET": "duckdb",
        "CDP_DUCKDB_PATH": str(folder / "cdp.duckdb"),
        "CDP_AS_OF": AS_OF,
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_PROJECT_DIR": str(PROJECT_DIR),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    land(customers=customers, as_of=AS_OF, events_per_customer=2)
    options = ["--quiet", "--no-version-check", "--exclude-resource-types", "test", "unit_test"]
    found = dbtRunner().invoke(["build", *options, "-s", "+identity_quality"])
    if not found.success:
        messages = [row.message for row in found.result or [] if row.status == "error"]
        raise RuntimeError(str(found.exception or messages))


def measured(customers: int) -> list[dict]:
    """The figures of a world of so many people."""
    folder = Path(tempfile.mkdtemp())
    try:
        build(folder, customers)
        with open_warehouse() as warehouse:
            rows = warehouse.execute(
                "select measure_name, dimension_code, measure_value, subject_count"
                " from evaluation.identity_quality order by measure_name, dimension_code"
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures = [figure("customers", customers, "people", "higher")]
    for measure, dimension, value, subjects in rows:
        if measure == "over_merged_pairs":
            name = f"{measure}: {dimension}, of {subjects:,}"
            figures.append(figure(name, float(value), "pairs", "lower", 0))
        else:
            figures.append(figure(measure, float(value), "share", "higher", TARGETS.get(measure)))
    return figures


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.identity_quality", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--customers", type=int, default=100_000)
    options = parser.parse_args()
    publish("identity_quality", measured(3_000 if options.quick else options.customers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
