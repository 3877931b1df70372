"""Source freshness, as dbt judges it, as asset checks on the landed tables."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource

from orchestration.project import source_tables

CHECK_NAME = "is_fresh"


def checked_tables() -> list[dg.AssetKey]:
    """Landed tables that have a loader's clock: dbt can tell how fresh they are."""
    return [
        dg.AssetKey([node["source_name"], node["name"]])
        for node in source_tables()
        if node["loaded_at_field"] in node["columns"]
    ]


@dg.multi_asset_check(
    name="source_freshness",
    specs=[dg.AssetCheckSpec(CHECK_NAME, asset=key) for key in checked_tables()],
    pool="warehouse",
)
def source_freshness(dbt: DbtCliResource) -> Iterator[dg.AssetCheckResult]:
    """Runs `dbt source freshness` once. Late data warns; it never blocks a run, since a profile of
    yesterday is better than none."""
    invocation = dbt.cli(["source", "freshness", "--no-version-check"], raise_on_error=False).wait()
    results = json.loads(Path(invocation.target_path / "sources.json").read_text(encoding="utf-8"))
    by_key = {tuple(row["unique_id"].split(".")[-2:]): row for row in results["results"]}
    for key in checked_tables():
        row = by_key.get(tuple(key.path), {"status": "not landed"})
        yield dg.AssetCheckResult(
            passed=row["status"] == "pass",
            asset_key=key,
            check_name=CHECK_NAME,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "status": str(row["status"]),
                "newest_row": str(row.get("max_loaded_at", "unknown")),
            },
        )
