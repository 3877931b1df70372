"""Assets: the demo world that lands, dbt's models, and one sync per destination object.

Owns: what runs when. Refuses: SQL about customers; models have it.
"""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    dbt_assets,
)

from orchestration.activation.engine import RunReport, SyncStopped, run_sync
from orchestration.activation.wires import open_client
from orchestration.checks import sync_key
from orchestration.landing.demo import land
from orchestration.predictions.registry import training_as_of
from orchestration.progress import say
from orchestration.project import (
    dbt_project,
    manifest,
    source_tables,
    sync_declaration,
    sync_names,
    sync_page,
)
from orchestration.warehouse import open_warehouse, schema_name, target_name

WAREHOUSE_POOL = "warehouse"
LEDGER_READERS = "source:activation_ledger+,path:models/activation"
PROGRESS_EVERY = 50


class Translator(DagsterDbtTranslator):
    """Models are grouped by their dbt group, seeds, which have none, by their schema."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The group of a dbt resource."""
        if dbt_resource_props["resource_type"] == "seed":
            return dbt_resource_props["schema"]
        return super().get_group_name(dbt_resource_props)


translator = Translator(settings=DagsterDbtTranslatorSettings(enable_asset_checks=True))


@dbt_assets(
    manifest=manifest(),
    project=dbt_project(),
    dagster_dbt_translator=translator,
    pool=WAREHOUSE_POOL,
)
def dbt_models(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
    """Seeds, models and data tests, in one dbt build. Unit tests ask about the SQL and not about
    the data: `./run model` and `./run test` run them, once per change."""
    say("dbt builds the models and runs their tests")
    count = 0
    build = ["build", "--no-version-check", "--exclude-resource-type", "unit_test"]
    for event in dbt.cli(build, context=context).stream():
        count += 1
        if count % PROGRESS_EVERY == 0:
            say(f"  {count} models and tests done")
        yield event
    say(f"  {count} models and tests done")


def table_specs(written_by_loaders: bool) -> list[dg.AssetSpec]:
    """Tables that dbt reads and does not make, as assets: what loaders write, and what syncs and
    training wrote in runs before, in groups of their own, so that the lineage leads one way."""
    return [
        dg.AssetSpec(
            [node["source_name"], node["name"]],
            description=node["description"],
            group_name="landing" if written_by_loaders else "ledger",
        )
        for node in source_tables(written_by_loaders)
    ]


landed_tables = table_specs(written_by_loaders=True)
ledger_tables = table_specs(written_by_loaders=False)


@dg.multi_asset(name="demo_world", specs=landed_tables, pool=WAREHOUSE_POOL)
def demo_world() -> Iterator[dg.MaterializeResult]:
    """Lands the demo world. In production a loader writes these tables, and this is left out."""
    say("landing the demo world")
    rows = land(
        customers=int(os.environ.get("CDP_DEMO_CUSTOMERS", "2000")),
        progress=lambda message: say(f"  {message}"),
    )
    say(f"  {sum(rows.values()):,} raw rows in {len(rows)} tables")
    for node in source_tables():
        count = rows.get(f"{node['schema']}.{node['name']}", 0)
        yield dg.MaterializeResult(
            [node["source_name"], node["name"]], metadata={"dagster/row_count": count}
        )


def sync_pool(sync_name: str) -> str:
    """What a sync takes turns in: its destination account, so that others are not held up by a slow
    vendor; in a DuckDB file everybody who writes waits for everybody else."""
    if target_name() == "duckdb":
        return WAREHOUSE_POOL
    return f"account_{sync_name.split('__', 1)[0]}"


def sync_asset(sync_name: str) -> dg.AssetsDefinition:
    """The asset that sends one sync's outbox."""
    declared = sync_declaration(sync_name)
    page = sync_page(sync_name)

    @dg.asset(
        key=sync_key(sync_name),
        deps=[dg.AssetKey(["activation", "sync_outbox"])],
        group_name="activation",
        pool=sync_pool(sync_name),
        description=declared["description"],
        owners=[declared["owner"]],
        metadata={
            "fields": declared["fields"],
            "transport": declared["transport"],
            **({"page": dg.MetadataValue.url(page)} if page else {}),
        },
    )
    def sync() -> dg.MaterializeResult:
        say(f"sending {sync_name}")
        try:
            with open_client() as client:
                report = run_sync(sync_name, client=client)
        except SyncStopped as stopped:
            report = stopped.report
        say(f"  {report.confirmed:,} confirmed, {report.failed:,} failed")
        metadata = report_metadata(report, outcomes_of(report.run_id))
        if report.status == "failed":
            reason = f"Sync {sync_name} stopped: {report.error_code}."
            raise dg.Failure(reason, metadata=metadata)
        return dg.MaterializeResult(metadata=metadata)

    return sync


def outcomes_of(run_id: str) -> dict[tuple[str, str], int]:
    """How many of a run's members had which outcome, by operation and outcome."""
    with open_warehouse() as warehouse:
        rows = warehouse.execute(
            f"select operation_code, outcome_code, count(*) from {schema_name('activation')}"
            ".sync_receipts where run_id = ? group by operation_code, outcome_code order by 1, 2",
            [run_id],
        )
    return {(operation, outcome): count for operation, outcome, count in rows}


def report_metadata(report: RunReport, outcomes: dict[tuple[str, str], int]) -> dict[str, Any]:
    """What a run did, for the asset's page. Where somebody was put in or changed, the share that
    the vendor took, as sync_days has it."""
    taken = outcomes.get(("add", "confirmed"), 0) + outcomes.get(("update", "confirmed"), 0)
    left = outcomes.get(("add", "failed"), 0) + outcomes.get(("update", "failed"), 0)
    return {
        "status": report.status,
        "planned": report.planned,
        "confirmed": report.confirmed,
        "accepted": report.accepted,
        "failed": report.failed,
        "refused": report.refused,
        "requests": report.request_count,
        **{f"{operation}_{outcome}": count for (operation, outcome), count in outcomes.items()},
        **({"match_rate": taken / (taken + left)} if taken + left else {}),
        "run": report.run_id,
    }


@dg.asset(
    key=["activation", "read_back"],
    deps=[sync_key(name) for name in sync_names()],
    group_name="activation",
    pool=WAREHOUSE_POOL,
    description="What the destinations confirmed, taken into the plan; once after all syncs.",
)
def read_back(dbt: DbtCliResource) -> None:
    """The ledger's views are current by themselves; the plan and what builds on it are tables."""
    say("reading back what was confirmed")
    dbt.cli(["run", "--no-version-check", "--select", LEDGER_READERS]).wait()


@dg.asset(
    key=["predictions", "training"],
    deps=[
        dg.AssetKey(["predictions", "int_predictions__features"]),
        dg.AssetKey(["predictions", "int_predictions__labels"]),
        dg.AssetKey(["predictions", "int_predictions__account_features"]),
        dg.AssetKey(["predictions", "int_predictions__account_labels"]),
        dg.AssetKey(["predictions", "int_predictions__next_order_labels"]),
        dg.AssetKey(["predictions", "int_predictions__experiment_outcomes"]),
        dg.AssetKey(["predictions", "int_predictions__interests"]),
    ],
    group_name="predictions",
    pool=WAREHOUSE_POOL,
    description="Trains the models, judges them by back-test, and promotes those that earn it.",
)
def training() -> dg.MaterializeResult:
    """Weekly: scoring is dbt's, and daily. Needs the packages of group train."""
    try:
        from orchestration.predictions.training import train_all
    except ModuleNotFoundError as missing:
        raise not_installed(missing) from missing
    with open_warehouse() as warehouse:
        report = train_all(warehouse, training_as_of())
    return dg.MaterializeResult(
        metadata={
            row["model_name"]: f"{row['status_code']}: {row['reason_code']}" for row in report
        }
    )


@dg.asset(
    key=["identity", "match_training"],
    deps=[
        dg.AssetKey(["identity", "int_identity__match_records"]),
        dg.AssetKey(["identity", "int_identity__match_pairs"]),
        dg.AssetKey(["identity", "int_identity__match_samples"]),
    ],
    group_name="identity",
    pool=WAREHOUSE_POOL,
    description="Learns how much each agreement and disagreement of two records says.",
)
def match_training() -> dg.MaterializeResult:
    """When somebody asks for it, never by a schedule: the next build may find other people alike,
    and merge or part them. Needs the packages of group train."""
    try:
        from orchestration.matching import NotTrained, train
    except ModuleNotFoundError as missing:
        raise not_installed(missing) from missing
    try:
        with open_warehouse() as warehouse:
            report = train(warehouse, training_as_of())
    except NotTrained as refusal:
        raise dg.Failure(str(refusal), allow_retries=False) from refusal
    return dg.MaterializeResult(metadata=report)


def not_installed(missing: ModuleNotFoundError) -> dg.Failure:
    """What a training without its packages ends with."""
    return dg.Failure(
        f"Training needs {missing.name}: install requirements/train.txt (./run train does)."
    )


def all_assets() -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Landed tables, models and syncs; with CDP_DEMO set, the tables are made by the demo world."""
    landing = [demo_world] if os.environ.get("CDP_DEMO") else landed_tables
    syncs = [sync_asset(name) for name in sync_names()]
    trainings = [training, match_training]
    return [*landing, *ledger_tables, dbt_models, *trainings, *syncs, read_back]
