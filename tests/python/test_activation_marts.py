"""What a sync did is told by the marts: every stay explained, days counted, messages fed back."""

import json

import pytest
from conftest import World, environment

from orchestration.activation.engine import RunReport
from orchestration.activation.ledger import TABLES
from orchestration.assets import outcomes_of, report_metadata

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


def test_dagster_is_told_what_each_run_did_by_operation_and_outcome(synced: World) -> None:
    newsletter = "demo_http__newsletter_audience"
    runs = synced.rows(
        "select run_id, confirmed_count from activation.sync_runs"
        f" where sync_name = '{newsletter}' order by run_id"
    )
    assert len(runs) == 2
    told = []
    for run_id, confirmed in runs:
        report = RunReport(newsletter, run_id, "succeeded", confirmed=confirmed)
        with environment(**synced.variables):
            told.append(report_metadata(report, outcomes_of(run_id)))
    [(added, rate)] = synced.rows(
        f"select added_count, match_rate from activation.sync_days where sync_name = '{newsletter}'"
    )
    assert told[0]["add_confirmed"] == told[0]["confirmed"] == added > 1
    assert told[0]["match_rate"] == rate
    assert told[1]["remove_confirmed"] == 1 and "add_confirmed" not in told[1]
    assert "match_rate" not in told[1], "nobody was put in, so nobody was matched or not"


def test_the_match_rate_is_of_those_put_in_or_changed() -> None:
    outcomes = {("add", "confirmed"): 2, ("add", "failed"): 1, ("update", "confirmed"): 1}
    outcomes |= {("remove", "confirmed"): 5, ("add", "refused"): 3}
    told = report_metadata(RunReport("s", "s:1", "partial"), outcomes)
    assert (told["match_rate"], told["remove_confirmed"], told["add_refused"]) == (0.75, 5, 3)


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
