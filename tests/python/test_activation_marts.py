"""What a sync did is told by the marts: every stay explained, days counted, messages fed back."""

import json

import pytest
from conftest import World

from orchestration.activation.ledger import TABLES

pytestmark = pytest.mark.slow


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
