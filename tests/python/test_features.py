"""A moment of the past: what came or changed later tells nothing about it."""

import pytest

from tests.python.conftest import World

pytestmark = pytest.mark.slow

MOMENT = "2025-12-31 12:00:00"
LATER = "timestamp '2025-12-31 15:00:00'"
# What follows from the canonical tables: who is who is known as of the run, so it is not made anew.
MODELS = [
    "int_profile__streams_daily", "int_profile__stream_facets_daily", "int_profile__records_daily",
    "int_profile__record_facets_daily", "event_days", "event_facet_days", "message_days",
    "int_profile__lines_costed", "profile_affinities", "profile_trait_statements", "profile_traits",
    "lifecycle_transitions", "contact_points", "households", "account_people", "consent_state",
    "suppressions", "contact_permissions", "int_profile__rfm_scored", "int_profile__*_rolled_up",
    "purchase_lines", "profiles",
]  # fmt: skip
# Table, its moments, and what names a row: each gets copies of its rows, a few hours later.
APPENDED = {
    "raw_segment.tracks": ("timestamp, original_timestamp, sent_at, received_at", "id"),
    "canonical.orders": ("ordered_at, updated_at, received_at", "order_id, record_key"),
    "canonical.message_events": ("occurred_at, received_at", "record_key"),
    "canonical.support_tickets": (
        "opened_at, last_asked_at, updated_at, received_at",
        "ticket_id, record_key",
    ),
    "canonical.subscriptions": ("started_at, received_at", "subscription_id, record_key"),
    "canonical.survey_responses": ("responded_at, received_at", "response_id, record_key"),
    "canonical.loyalty_events": ("occurred_at, received_at", "record_key"),
    "canonical.trait_observations": ("observed_at, received_at", "record_key"),
    "canonical.consent_events": ("occurred_at, received_at", "record_key"),
    "canonical.devices": ("last_seen_at, received_at", "record_key"),
}
CHANGED = [
    # given back, and cancelled
    f"update canonical.orders set refund_amount = total_amount, status_code = 'refunded',"
    f" refunded_at = {LATER}, updated_at = {LATER}"
    " where refund_amount = 0 and status_code = 'completed' and hash(order_id) % 2 = 0",
    f"update canonical.order_lines set refund_quantity = quantity, refunded_at = {LATER}"
    " where refund_quantity = 0 and hash(order_id) % 2 = 0",
    f"update canonical.orders set status_code = 'cancelled', cancelled_at = {LATER},"
    f" updated_at = {LATER}"
    " where refund_amount = 0 and status_code = 'completed' and hash(order_id) % 5 = 0",
    # changed after they were given back
    f"update canonical.orders set updated_at = {LATER} where refund_amount > 0",
    # solved, asked about and rated
    f"update canonical.support_tickets set status_code = 'solved', solved_at = {LATER},"
    f" updated_at = {LATER} where status_code <> 'solved'",
    f"update canonical.support_tickets set satisfaction_code = 'bad', rated_at = {LATER}"
    " where satisfaction_code is null",
    f"update canonical.support_tickets set last_question_text = 'Again', last_asked_at = {LATER}"
    f" where last_asked_at >= timestamp '{MOMENT}'",
    # renewed, cancelled and ended
    "update canonical.subscriptions set period_ends_at = period_ends_at + interval 1 year"
    " where ended_at is null and cancelled_at is null",
    f"update canonical.subscriptions set status_code = 'ended', ended_at = {LATER},"
    f" cancelled_at = {LATER} where cancelled_at is null and hash(subscription_id) % 2 = 0",
]


def profiles_at_the_moment(world: World) -> dict[str, list[tuple]]:
    """Column by column: the mart of a run that describes the moment, and the features of the past
    that a run of today tells of it."""
    inline = '{{ cdp.profile_at("cast(' + f"'{MOMENT}'" + ' as timestamp)") }}'
    macro = world.dbt("compile", "--inline", inline).result[0].node.compiled_code
    with world.open() as warehouse:
        warehouse.execute(f"create or replace table main.told as {macro}")
    today = world.variables["CDP_AS_OF"]
    world.variables["CDP_AS_OF"] = MOMENT
    world.dbt("run", "-s", *MODELS)
    world.variables["CDP_AS_OF"] = today
    columns = {}
    for schema, table in [("main", "told"), ("profile", "profiles")]:
        names, *rows = world.contents(schema, table)
        place = names.index("profile_id")
        for number, name in enumerate(names):
            columns[f"{table}.{name}"] = sorted((row[place], row[number]) for row in rows)
    return columns


def test_what_came_later_changes_no_earlier_profile(duckdb_world, new_world):
    world = new_world(copy_of=duckdb_world)
    before = profiles_at_the_moment(world)
    with world.open() as warehouse:
        for table, (moments, keys) in APPENDED.items():
            replaced = [f"{LATER} as {name}" for name in moments.split(", ")]
            replaced += [f"{name} || '-later' as {name}" for name in keys.split(", ")]
            [(rows,)] = warehouse.execute(f"select count(*) from {table}")
            warehouse.execute(
                f"insert into {table} select * replace ({', '.join(replaced)}) from {table}"
            )
            assert rows, f"{table} has rows that can come again"
        for statement in CHANGED:
            warehouse.execute(statement)
    after = profiles_at_the_moment(world)
    assert len(before) > 300, "both the mart and the macro are compared"
    changed = {
        name: [pair for pair in zip(cells, after[name], strict=True) if pair[0] != pair[1]][:2]
        for name, cells in before.items()
        if cells != after[name]
    }
    assert not changed
    # The later rows are there to be seen: a day after, nearly everybody has one more event.
    [(seen,)] = world.rows(
        "select count(*) from profile.event_days where last_occurred_at = " + LATER
    )
    assert seen, "the later events reached the daily facts"
