"""Dagster loads what it should, and nothing runs by itself."""

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta

import dagster as dg
import pytest
from conftest import environment
from dagster import DagsterRun, DagsterRunStatus

from orchestration import alerts, sensors
from orchestration.activation.ledger import ensure_ledger, jobs_due, table
from orchestration.assets import sync_pool
from orchestration.project import manifest_at, manifest_path
from orchestration.warehouse import PROJECT_DIR, open_warehouse


@pytest.fixture(scope="module")
def defs() -> dg.Definitions:
    """The definitions with the demo world, as `./run` loads them."""
    os.environ["CDP_DEMO"] = "1"
    try:
        from orchestration.definitions import defs as loaded
    finally:
        del os.environ["CDP_DEMO"]
    return loaded


def test_every_model_landed_table_and_sync_is_an_asset(defs):
    keys = {key.to_user_string() for key in defs.resolve_asset_graph().get_all_asset_keys()}
    assert {
        "shopify/order",
        "segment/tracks",
        "canonical/events",
        "identity/identity_map",
        "profile/profiles",
        "segments/segment_members",
        "activation/sync_outbox",
        "activation/demo_http/newsletter_audience",
    } <= keys
    assert not [key for key in keys if key.startswith("unplaced/")]


@pytest.mark.slow
def test_a_run_takes_up_what_has_been_parsed(defs, tmp_path):
    with environment(DBT_TARGET_PATH=str(tmp_path / "target")):
        manifest_at(manifest_path())
        defs.resources["dbt"].cli(["ls", "-s", "countries"], target_path=tmp_path / "run").wait()
    log = (tmp_path / "run" / "dbt.log").read_text(encoding="utf-8")
    assert "Unable to do partial parsing" not in log
    assert "no changes found, skipping parsing" in log


def test_models_are_grouped_by_their_folder(defs):
    graph = defs.resolve_asset_graph()
    groups = {key.to_user_string(): graph.get(key).group_name for key in graph.get_all_asset_keys()}
    assert groups["profile/profiles"] == "profile"
    assert groups["identity/int_identity__components"] == "identity"
    assert groups["shopify/order"] == "landing"
    assert groups["activation/demo_http/newsletter_audience"] == "activation"
    assert groups["rules/identifier_rules"] == "rules"
    assert groups["activation_ledger/sync_item"] == "ledger"
    assert "default" not in groups.values()


def test_the_sync_waits_for_the_outbox(defs):
    graph = defs.resolve_asset_graph()
    parents = graph.get(dg.AssetKey(["activation", "demo_http", "newsletter_audience"])).parent_keys
    assert parents == {dg.AssetKey(["activation", "sync_outbox"])}


def test_every_sync_is_checked_after_it_was_read_back(defs):
    graph = defs.resolve_asset_graph()
    newsletter = dg.AssetKey(["activation", "demo_http", "newsletter_audience"])
    names = {key.name for key in graph.get_check_keys_for_assets({newsletter})}
    assert names == {"is_unguarded", "is_delivering", "is_on_time", "is_in_step"}
    read_back = dg.AssetKey(["activation", "read_back"])
    assert newsletter in graph.get(read_back).parent_keys
    key = dg.AssetCheckKey(newsletter, "is_in_step")
    assert read_back in {dep.asset_key for dep in graph.get_check_spec(key).additional_deps}
    fields = graph.get(newsletter).metadata["fields"]
    assert fields["email_sha256"] == {"identifier": "email", "hash": "sha256"}


def test_scores_are_checked_for_age_drift_and_calibration(defs):
    graph = defs.resolve_asset_graph()
    scores = dg.AssetKey(["predictions", "profile_scores"])
    names = {key.name for key in graph.get_check_keys_for_assets({scores})}
    assert {"is_fresh", "is_steady", "is_calibrated"} <= names
    [needed] = graph.get_check_spec(dg.AssetCheckKey(scores, "is_steady")).additional_deps
    assert needed.asset_key == dg.AssetKey(["predictions", "model_health"])
    assert "training" in {schedule.name for schedule in defs.schedules}


def test_matching_is_learned_when_asked_for_only(defs):
    key = dg.AssetKey(["identity", "match_training"])
    held = {
        job.name
        for job in defs.get_repository_def().get_all_jobs()
        if key in job.asset_layer.executable_asset_keys and not job.name.startswith("__")
    }
    assert held == {"match_training"}
    assert held.isdisjoint(schedule.job_name for schedule in defs.schedules)


def test_dbt_tests_are_asset_checks(defs):
    manifest = json.loads((PROJECT_DIR / "target" / "manifest.json").read_text(encoding="utf-8"))
    on_models = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("attached_node") or "").startswith("model.")
    ]
    names = {check.name for check in defs.resolve_asset_graph().asset_check_keys}
    missing = [node["name"] for node in on_models if node["name"] not in names]
    assert len(on_models) > 150 and not missing


def test_nothing_is_switched_on(defs):
    repository = defs.get_repository_def()
    assert {job.name for job in repository.get_all_jobs()} >= {"cdp_daily", "cdp_hourly"}
    assert repository.schedule_defs and repository.sensor_defs
    for schedule in repository.schedule_defs:
        assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED
    for sensor in repository.sensor_defs:
        assert sensor.default_status == dg.DefaultSensorStatus.STOPPED


def test_one_run_at_a_time_writes_to_the_warehouse(defs, tmp_path):
    shutil.copy(PROJECT_DIR / "orchestration" / "dagster.yaml", tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        pools = instance.get_concurrency_config().pool_config
    assert pools.default_pool_limit == 1 and pools.pool_granularity.value == "run"
    for name in ("cdp_daily", "cdp_hourly", "cdp_syncs", "source_freshness_hourly"):
        steps = defs.resolve_job_def(name).graph.node_defs
        assert {pool for step in steps for pool in step.pools} == {"warehouse"}, name
        assert all(step.pools for step in steps), name


def test_production_has_no_demo_world():
    code = (
        "from orchestration.assets import all_assets, demo_world;print(demo_world in all_assets())"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CDP_DEMO"}
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip().endswith("False")


def test_sensor_asks_for_a_run_only_when_a_clock_moved():
    newest = {"shopify.order": "2026-06-30 00:00:00", "pos.sale": "2026-06-29 10:00:00"}
    moved, cursor = sensors.decide(newest, None)
    assert moved == ["pos.sale", "shopify.order"]
    assert sensors.decide(newest, cursor) == ([], cursor)
    moved, _ = sensors.decide({**newest, "pos.sale": "2026-06-30 08:00:00"}, cursor)
    assert moved == ["pos.sale"]


@pytest.mark.slow
def test_sensor_reads_the_loaders_clocks(duckdb_world):
    with duckdb_world.open() as warehouse:
        newest = sensors.newest_rows(warehouse)
    assert newest["shopify.order"] <= "2026-06-30 00:00:00"
    assert "segment.tracks" in newest and "erp.product" in newest


def test_syncs_of_one_account_take_turns_where_the_warehouse_is_a_server(monkeypatch):
    monkeypatch.setenv("CDP_TARGET", "postgres")
    assert sync_pool("demo_http__win_back") == sync_pool("demo_http__newsletter_audience")
    assert sync_pool("demo_http__win_back") != sync_pool("demo_ads__recent_buyers")
    monkeypatch.setenv("CDP_TARGET", "duckdb")
    assert sync_pool("demo_http__win_back") == sync_pool("demo_ads__recent_buyers") == "warehouse"


# --- Jobs of vendors ------------------------------------------------------------------------------

NOW = datetime(2026, 6, 30, 12)


def test_only_jobs_that_may_be_asked_about_start_a_run(tmp_path, monkeypatch):
    monkeypatch.setenv("CDP_TARGET", "duckdb")
    monkeypatch.setenv("CDP_DUCKDB_PATH", str(tmp_path / "cdp.duckdb"))
    with open_warehouse() as warehouse:
        assert jobs_due(warehouse, NOW) == {}, "before the first run there is no ledger"
        ensure_ledger(warehouse)
        for sync, status, minutes in [
            ("due", "accepted", -5),
            ("due", "accepted", -3),
            ("later", "accepted", 5),
            ("settled", "settled", -5),
            ("running", "accepted", -5),
        ]:
            warehouse.execute(
                f"insert into {table('sync_batch')} (batch_id, sync_name, status_code,"
                " next_attempt_at) values (?, ?, ?, ?)",
                [f"{sync}:1:1", sync, status, NOW + timedelta(minutes=minutes)],
            )
        warehouse.execute(
            f"insert into {table('sync_lease')} values (?, ?, ?, ?)",
            ["running", "somebody", NOW, NOW + timedelta(minutes=1)],
        )
        assert jobs_due(warehouse, NOW) == {"due": NOW - timedelta(minutes=5)}


def test_a_job_is_asked_about_once_and_nothing_else_runs():
    due = {"demo_http__win_back": NOW, "deleted__sync": NOW}
    [request] = sensors.ask_about(due, ["demo_ads__recent_buyers", "demo_http__win_back"])
    assert request.asset_selection == [
        dg.AssetKey(["activation", "demo_http", "win_back"]),
        dg.AssetKey(["activation", "read_back"]),
    ]
    [again] = sensors.ask_about(due, ["demo_http__win_back"])
    later = {"demo_http__win_back": NOW + timedelta(minutes=1)}
    [postponed] = sensors.ask_about(later, ["demo_http__win_back"])
    assert request.run_key == again.run_key != postponed.run_key


# --- Alerts --------------------------------------------------------------------------------------


def test_failure_and_recovery_are_told_once_and_quote_nobody(monkeypatch):
    told = []
    monkeypatch.setattr(alerts, "post", told.append)
    is_broken = True

    @dg.op
    def send():
        if is_broken:
            raise ValueError("anna@mail.example was refused")

    @dg.job
    def sending():
        send()

    with dg.DagsterInstance.ephemeral() as instance:
        for is_broken in (False, True, False, False):
            result = sending.execute_in_process(instance=instance, raise_on_error=False)
            arguments = {
                "sensor_name": "alert",
                "dagster_instance": instance,
                "dagster_run": result.dagster_run,
                "dagster_event": result.all_events[-1],
            }
            if is_broken:
                context = dg.build_run_status_sensor_context(**arguments).for_run_failure()
                alerts.alert_when_a_run_fails(context)
            else:
                alerts.alert_when_a_run_recovers(dg.build_run_status_sensor_context(**arguments))
    failure, recovery = told
    assert failure.startswith("FAILED sending") and failure.endswith(": send")
    assert recovery.startswith("RECOVERED sending")
    assert "anna" not in failure + recovery


def test_a_run_of_other_things_is_no_recovery():
    def run(status, *keys):
        return DagsterRun("job", asset_selection={dg.AssetKey(key) for key in keys}, status=status)

    failed = run(DagsterRunStatus.FAILURE, "a")
    with dg.DagsterInstance.ephemeral() as instance:
        for each in (failed, run(DagsterRunStatus.SUCCESS, "b")):
            instance.add_run(each)
        latest = run(DagsterRunStatus.SUCCESS, "a")
        instance.add_run(latest)
        assert alerts.run_before(instance, latest).run_id == failed.run_id
        other = run(DagsterRunStatus.SUCCESS, "c")
        instance.add_run(other)
        assert alerts.recovery_text(other, alerts.run_before(instance, other)) is None
