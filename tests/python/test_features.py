"""Features of a past moment: what came later changes nothing."""

import pytest

pytestmark = pytest.mark.slow

MOMENT = "cast('2025-12-31 00:00:00' as timestamp)"
FEATURES = ["order", "line", "event", "message", "subscription", "service", "survey", "loyalty"]
# What happens after the moment: rows that go away, and rows that change.
LATER = [
    "delete from canonical.orders where ordered_at >= timestamp '2025-12-31'",
    "delete from profile.purchase_lines where ordered_at >= timestamp '2025-12-31'",
    "delete from profile.int_profile__streams_daily where event_date >= date '2025-12-31'",
    "delete from profile.message_days where event_date >= date '2025-12-31'",
    "delete from canonical.subscriptions where started_at >= timestamp '2025-12-31'",
    "delete from canonical.support_tickets where opened_at >= timestamp '2025-12-31'",
    "delete from canonical.survey_responses where responded_at >= timestamp '2025-12-31'",
    "delete from canonical.loyalty_events where occurred_at >= timestamp '2025-12-31'",
    "delete from canonical.trait_observations where observed_at >= timestamp '2025-12-31'",
    "update canonical.orders set refund_amount = total_amount, status_code = 'refunded',"
    " updated_at = timestamp '2026-06-01' where updated_at < timestamp '2025-12-31'"
    " and refund_amount = 0 and status_code = 'completed'",
    "update canonical.subscriptions set status_code = 'ended', ended_at = timestamp '2026-06-01'"
    " where ended_at is null",
]


def compiled(world, macro: str) -> str:
    """The SQL of a features macro at the moment."""
    inline = "{{ cdp." + macro + '("' + MOMENT + '") }}'
    return world.dbt("compile", "--inline", inline).result[0].node.compiled_code


def test_later_rows_change_no_earlier_features(duckdb_world, new_world):
    world = new_world(copy_of=duckdb_world)
    macros = [*(f"{name}_features" for name in FEATURES), "profile_traits_as_of"]
    queries = {macro: compiled(world, macro) for macro in macros}
    before = {macro: sorted(world.rows(sql), key=str) for macro, sql in queries.items()}
    with world.open() as warehouse:
        for statement in LATER:
            warehouse.execute(statement)
    for macro, sql in queries.items():
        assert before[macro], f"{macro} has rows to compare"
        assert sorted(world.rows(sql), key=str) == before[macro], macro
