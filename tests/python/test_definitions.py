"""Dagster loads what it should, and nothing runs by itself."""

import json
import os
import shutil
import subprocess
import sys

import dagster as dg
import pytest

from orchestration import sensors
from orchestration.warehouse import PROJECT_DIR


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


def test_models_are_grouped_by_their_folder(defs):
    graph = defs.resolve_asset_graph()
    groups = {key.to_user_string(): graph.get(key).group_name for key in graph.get_all_asset_keys()}
    assert groups["profile/profiles"] == "profile"
    assert groups["identity/int_identity__components"] == "identity"
    assert groups["shopify/order"] == "landing"
    assert groups["activation/demo_http/newsletter_audience"] == "activation"
    assert groups["rules/identifier_rules"] == "rules"
    assert "default" not in groups.values()


def test_the_sync_waits_for_the_outbox(defs):
    graph = defs.resolve_asset_graph()
    parents = graph.get(dg.AssetKey(["activation", "demo_http", "newsletter_audience"])).parent_keys
    assert parents == {dg.AssetKey(["activation", "sync_outbox"])}


def test_every_sync_is_checked_after_it_was_read_back(defs):
    graph = defs.resolve_asset_graph()
    newsletter = dg.AssetKey(["activation", "demo_http", "newsletter_audience"])
    names = {key.name for key in graph.get_check_keys_for_assets({newsletter})}
    assert names == {"is_unguarded", "is_delivering", "is_in_step"}
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
    for name in ("cdp_daily", "cdp_hourly", "source_freshness_hourly"):
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
