"""What a sync did is told by the marts: every stay explained, days counted, messages fed back."""

import json
import shutil

import pytest
from conftest import World, environment

from orchestration.activation.engine import run_sync
from orchestration.activation.ledger import TABLES
from orchestration.demo_destinations import CONTRACTS, DemoDestinations

pytestmark = pytest.mark.slow
READERS = "source:activation_ledger+,path:models/activation"
DESTINATIONS = ("DEMO_ADS", "DEMO_HELP_DESK", "DEMO_HTTP")


@pytest.fixture(scope="module")
def synced(duckdb_world: World, tmp_path_factory) -> World:
    """A copy of the small world whose syncs ran once, and ran again after one reader left."""
    folder = tmp_path_factory.mktemp("synced")
    with duckdb_world.open() as warehouse:
        warehouse.execute("force checkpoint")
    shutil.copy(duckdb_world.folder / "cdp.duckdb", folder / "cdp.duckdb")
    world = World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))
    stand_in = DemoDestinations(token="demo").start()  # noqa: S106
    for name in DESTINATIONS:
        world.variables |= {f"CDP_{name}_URL": stand_in.url, f"CDP_{name}_TOKEN": "demo"}
    names = [name for (name,) in world.rows("select sync_name from activation.sync_catalog")]
    assert len(names) >= 4
    try:
        with environment(**world.variables):
            reports = [run_sync(name) for name in names]
        assert {(report.status, report.failed) for report in reports} == {("succeeded", 0)}
        world.dbt("run", "-s", READERS)
        with world.open() as warehouse:
            warehouse.execute(
                "insert into privacy.suppressions select profile_id, 'marketing', 'email',"
                " 'unsubscribed', 'test', 'r1', 3, timestamp '2026-06-29 00:00:00'"
                " from activation.sync_memberships where audience_name = 'newsletter_audience'"
                " order by profile_id limit 1"
            )
        world.dbt("run", "-s", "int_activation__contacts_refused+")
        with environment(**world.variables):
            run_sync("demo_http__newsletter_audience")
        world.dbt("run", "-s", READERS, "map_own_syncs__message_events", "message_events")
        held = {audience: len(stand_in.members(audience)) for audience in CONTRACTS}
    finally:
        stand_in.stop()
    ours = dict(
        world.rows(
            "select audience_name, count(*) from activation.sync_memberships"
            " where left_at is null group by audience_name"
        )
    )
    assert ours == held, "the marts say what the destinations hold"
    return world


def test_every_stay_is_explained(synced: World) -> None:
    rows = synced.rows(
        "select segment_name, rule_version, evidence_json, edge_count, consent_version,"
        " entered_batch_id, entered_http_status, left_because_code, left_batch_id, left_at"
        " from activation.membership_explanations"
    )
    assert rows
    for row in rows:
        assert row[1] and json.loads(row[2]) and row[4] and row[5] and row[6] == 200, row
    assert any(row[3] > 0 for row in rows)
    assert [row[7:9] for row in rows if row[9]] == [
        ("unsubscribed", "demo_http__newsletter_audience:00000002:1")
    ]


def test_days_count_what_the_vendor_took(synced: World) -> None:
    days = synced.rows(
        "select sync_name, run_count, request_count, added_count, removed_count, held_count,"
        " delivery_rate, match_rate, vendor_seconds > 0, cost_amount, cost_currency_code"
        " from activation.sync_days order by sync_name"
    )
    by_name = {row[0]: row for row in days}
    newsletter = by_name["demo_http__newsletter_audience"]
    assert newsletter[1:3] == (2, 2) and newsletter[4] == 1
    assert newsletter[5] == newsletter[3] - 1
    assert all(row[6:9] == (1, 1, True) for row in days)
    told = by_name["demo_http__win_back"]
    assert float(told[9]) == pytest.approx(told[3] * 0.002) and told[10] == "EUR"


def test_a_message_sent_is_a_fact_of_the_person(synced: World) -> None:
    told = synced.rows(
        "select count(*), count(distinct events.identifier_key), count(map.profile_id)"
        " from canonical.message_events as events"
        " left join identity.identity_map as map on events.identifier_key = map.identifier_key"
        " where events.source_name = 'own_syncs' and events.message_event_type = 'sent'"
        " and events.campaign_id = 'demo_http__win_back'"
    )
    sent = synced.rows(
        "select count(*) from activation.sync_memberships where audience_name = 'win_back'"
    )[0][0]
    assert sent > 0 and told == [(sent, sent, sent)]


def test_a_ledger_of_an_earlier_version_is_read(new_world) -> None:
    """The next sync adds what is new; until then everything builds."""
    world = new_world()
    with world.open() as warehouse:
        warehouse.execute("create schema activation_ledger")
        columns = ", ".join(
            f"{name} {data_type}"
            for name, data_type in TABLES["sync_state"].items()
            if name != "sent_json"
        )
        warehouse.execute(f"create table activation_ledger.sync_state ({columns})")
        warehouse.execute("insert into activation_ledger.sync_state (sync_name) values ('s')")
    world.dbt("run", "-s", "sync_state")
    assert world.rows("select sync_name, sent_json from activation.sync_state") == [("s", None)]
