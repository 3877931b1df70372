"""Asset checks beside those of dbt: source freshness, the health of each sync and of the models."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource

from orchestration.project import source_tables, sync_names
from orchestration.warehouse import open_warehouse, schema_name

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


SYNC_CHECKS = ("is_unguarded", "is_delivering", "is_on_time", "is_in_step")


def sync_key(sync_name: str) -> dg.AssetKey:
    """The asset of a sync: activation/<destination>/<object>."""
    return dg.AssetKey(["activation", *sync_name.split("__", 1)])


@dg.multi_asset_check(
    name="sync_health",
    specs=[
        dg.AssetCheckSpec(
            name, asset=sync_key(sync), additional_deps=[dg.AssetKey(["activation", "read_back"])]
        )
        for sync in sync_names()
        for name in SYNC_CHECKS
    ],
    pool="warehouse",
)
def sync_health() -> Iterator[dg.AssetCheckResult]:
    """What activation.sync_health says of each sync. It warns: what is held waits for a person, and
    what a vendor refused is tried again by itself."""
    columns = [
        *("guard_code", "eligible_count", "present_count", "pending_count", "missing_count"),
        *("extra_count", "changed_count", "dead_letter_count", "overdue_count"),
    ]
    with open_warehouse(read_only=True) as warehouse:
        rows = warehouse.execute(
            f"select sync_name, {', '.join((*SYNC_CHECKS, *columns))}"
            f" from {schema_name('activation')}.sync_health order by sync_name"
        )
    for sync_name, *found in rows:
        counts = dict(zip(columns, found[len(SYNC_CHECKS) :], strict=True))
        for name, passed in zip(SYNC_CHECKS, found, strict=False):
            yield dg.AssetCheckResult(
                passed=passed,
                asset_key=sync_key(sync_name),
                check_name=name,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={key: value for key, value in counts.items() if value is not None},
            )


SCORES = dg.AssetKey(["predictions", "profile_scores"])
MODEL_CHECKS = ("is_fresh", "is_steady", "is_calibrated")


@dg.multi_asset_check(
    name="model_health",
    specs=[
        dg.AssetCheckSpec(
            name, asset=SCORES, additional_deps=[dg.AssetKey(["predictions", "model_health"])]
        )
        for name in MODEL_CHECKS
    ],
    pool="warehouse",
)
def model_health() -> Iterator[dg.AssetCheckResult]:
    """What predictions.model_health says of the champions: trained lately, scores as in the
    back-test, shares that come true. It warns: an old score is better than none, and the weekly
    training puts right what it can."""
    columns = ("calibration_error", "score_stability_index", "shifted_feature_count")
    with open_warehouse(read_only=True) as warehouse:
        rows = warehouse.execute(
            f"select model_name, {', '.join((*MODEL_CHECKS, *columns))}"
            f" from {schema_name('predictions')}.model_health order by model_name"
        )
    for place, name in enumerate(MODEL_CHECKS, start=1):
        failing = [row for row in rows if not row[place]]
        yield dg.AssetCheckResult(
            passed=not failing,
            asset_key=SCORES,
            check_name=name,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={
                "champions": len(rows),
                **{
                    row[0]: ", ".join(
                        f"{column} {value}"
                        for column, value in zip(columns, row[1 + len(MODEL_CHECKS) :], strict=True)
                    )
                    for row in failing
                },
            },
        )
