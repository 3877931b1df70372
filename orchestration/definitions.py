"""The only Definitions: `dagster dev -m orchestration.definitions`."""

from __future__ import annotations

from functools import partial

import dagster as dg
from dagster_dbt import DbtCliResource

from orchestration.alerts import alert_when_a_run_fails, alert_when_a_run_recovers
from orchestration.assets import all_assets
from orchestration.checks import model_health, source_freshness, sync_health, sync_key
from orchestration.project import DBT, dbt_project, sync_names
from orchestration.sensors import jobs_due_sensor, rows_landed_sensor
from orchestration.warehouse import target_name

# DuckDB has one writer: everything in one process. A server takes several, limited by the pool.
executor = dg.in_process_executor if target_name() == "duckdb" else dg.multiprocess_executor
training = dg.AssetSelection.assets(dg.AssetKey(["predictions", "training"]))
match_training = dg.AssetSelection.assets(dg.AssetKey(["identity", "match_training"]))
everything = (
    dg.AssetSelection.all() - dg.AssetSelection.checks(source_freshness) - training - match_training
)

define_job = partial(dg.define_asset_job, executor_def=executor)
daily = define_job("cdp_daily", selection=everything)
hourly = define_job("cdp_hourly", selection=everything - dg.AssetSelection.groups("landing"))
freshness = define_job(
    "source_freshness_hourly", selection=dg.AssetSelection.checks(source_freshness)
)
syncs = define_job(
    "cdp_syncs",
    selection=dg.AssetSelection.assets(
        *map(sync_key, sync_names()), dg.AssetKey(["activation", "read_back"])
    )
    - dg.AssetSelection.all_asset_checks(),
)
weekly = define_job("training_weekly", selection=training)
matching = define_job("match_training", selection=match_training)  # on demand: see the asset

defs = dg.Definitions(
    assets=all_assets(),
    asset_checks=[model_health, source_freshness, sync_health],
    resources={"dbt": DbtCliResource(project_dir=dbt_project(), dbt_executable=str(DBT))},
    jobs=[daily, hourly, syncs, freshness, weekly, matching],
    schedules=[
        dg.ScheduleDefinition("daily", job=daily, cron_schedule="0 4 * * *"),
        dg.ScheduleDefinition("hourly", job=hourly, cron_schedule="15 * * * *"),
        dg.ScheduleDefinition("freshness", job=freshness, cron_schedule="5 * * * *"),
        dg.ScheduleDefinition("training", job=weekly, cron_schedule="0 2 * * 0"),
    ],
    sensors=[
        rows_landed_sensor(hourly),
        jobs_due_sensor(syncs),
        alert_when_a_run_fails,
        alert_when_a_run_recovers,
    ],
)
