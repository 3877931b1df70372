"""A wrong merge and its undoing, from the landed order that caused it to what vendors are told: who
said no keeps the other out of the newsletter while they are one, and one override row gives each of
them their own back."""

import pytest
from conftest import World, environment

from orchestration import explain
from orchestration.activation.engine import run_sync
from orchestration.demo_destinations import DemoDestinations

pytestmark = pytest.mark.slow

LETTERS = "demo_http__newsletter_audience"
ADVERTS = "demo_ads__recent_buyers"
WANTED = (
    "+sync_outbox",
    "+destinations",
    "+profile_traits",
    "+identity_splits",
    "+identity_merges",
)
ORDERED = "timestamp '2024-03-01 12:00:00'"
# The guest reads the newsletter, bought lately and is shown adverts. The member has a shop account
# and more identifiers, refused the newsletter, never spoke of adverts and bought nothing lately.
PEOPLE = f"""
with people as (
    select
        profile_id,
        count(*) as identifier_count,
        sum(case when identifier_type = 'email' then 1 else 0 end) as email_count,
        sum(case when identifier_type = 'shop_customer_id' then 1 else 0 end) as account_count,
        min(case when identifier_type = 'email' then identifier_normalised end) as email,
        min(
            case when identifier_type = 'shop_customer_id' then identifier_normalised end
        ) as account
    from identity.identity_map
    where is_admitted
    group by profile_id
),

guests as (
    select people.*
    from people
    inner join activation.sync_outbox as letters
        on people.profile_id = letters.profile_id and letters.sync_name = '{LETTERS}'
    inner join activation.sync_outbox as adverts
        on people.profile_id = adverts.profile_id and adverts.sync_name = '{ADVERTS}'
    where people.email_count = 1 and people.account_count = 0
),

members as (
    select people.*
    from people
    inner join privacy.consent_state as letters
        on people.profile_id = letters.profile_id
        and letters.purpose_code = 'marketing' and letters.channel_code = 'email'
    left join privacy.consent_state as adverts
        on people.profile_id = adverts.profile_id and adverts.purpose_code = 'advertising'
    left join segments.segment_members as buyers
        on people.profile_id = buyers.profile_id and buyers.segment_name = 'recent_buyers'
    where
        people.account_count = 1
        and letters.status_code = 'denied'
        and adverts.profile_id is null
        and buyers.profile_id is null
)

select guests.email, members.account, guests.profile_id, members.profile_id
from guests
inner join members on guests.identifier_count < members.identifier_count
order by guests.email, members.account
limit 1
"""


TOLD = {
    "traits": "select trait_name, trait_value from profile.profile_traits",
    "segments": "select segment_name, evidence_json from segments.segment_members",
    "consent": "select purpose_code, channel_code, status_code, consent_version, identifier_key"
    " from privacy.consent_state",
    "permissions": "select purpose_code, channel_code from privacy.contact_permissions",
    "orders": "select order_count, net_revenue_amount from profile.profiles",
}


def build(world: World, changed: str, moment: str) -> None:
    """Builds what follows from a changed table and leads to profiles, segments and the outbox."""
    world.variables["CDP_AS_OF"] = moment
    world.dbt("run", "-s", *(f"{changed}+,{wanted}" for wanted in WANTED))


def send(world: World) -> None:
    """Runs both syncs, and reads back what the destinations confirmed."""
    with environment(**world.variables):
        reports = [run_sync(name) for name in (LETTERS, ADVERTS)]
    assert {(report.status, report.failed) for report in reports} == {("succeeded", 0)}
    world.dbt("run", "-s", "source:activation_ledger+,+sync_outbox")


def told(world: World, profile: str) -> dict[str, set[tuple]]:
    """What is known of a profile and allowed with it."""
    own = f" where profile_id = '{profile}'"
    return {name: set(world.rows(sql + own)) for name, sql in TOLD.items()}


def planned(world: World, *profiles: str) -> set[tuple]:
    """What is to be sent about some profiles."""
    listed = ", ".join(f"'{profile}'" for profile in profiles)
    return set(
        world.rows(
            "select sync_name, operation_code, reason_code, profile_id from activation.sync_plan"
            f" where sync_name in ('{LETTERS}', '{ADVERTS}') and profile_id in ({listed})"
        )
    )


def check(world: World) -> None:
    """The story, on one engine."""
    [(address, account, guest, member)] = world.rows(PEOPLE)

    def homes() -> tuple[str, str]:
        found = dict(
            world.rows(
                "select identifier_normalised, profile_id from identity.identity_map"
                f" where identifier_normalised in ('{address}', '{account}')"
                " and identifier_type in ('email', 'shop_customer_id')"
            )
        )
        return found[address], found[account]

    stand_in = DemoDestinations(token="demo").start()  # noqa: S106
    for name in ("DEMO_ADS", "DEMO_HTTP"):
        world.variables |= {f"CDP_{name}_URL": stand_in.url, f"CDP_{name}_TOKEN": "demo"}
    try:
        send(world)
        before = {
            name: told(world, profile) for name, profile in (("guest", guest), ("member", member))
        }

        # Years ago the member typed the guest's address into an order, and cancelled it.
        with world.open() as warehouse:
            # Somebody's new id may be drawn into the holdout, which is another story.
            warehouse.execute("update rules.holdouts set ends_on = date '2026-06-30'")
            warehouse.execute(
                'insert into raw_shopify."order" (id, customer_id, email, currency, subtotal_price,'
                " total_price, created_at, updated_at, processed_at, financial_status,"
                " cancelled_at, test, _fivetran_synced)"
                f" values (899999999, {account}, '{address}', 'EUR', 10, 10,"
                f" {ORDERED}, {ORDERED}, {ORDERED}, 'voided', {ORDERED}, false, {ORDERED})"
            )
        build(world, "source:shopify.order", "2026-07-01 00:00:00")
        assert homes() == (member, member), "the larger part keeps its id"
        merges = world.rows(
            "select from_profile_id, profile_id, cause_record_key from identity.identity_merges"
        )
        assert merges == [(guest, member, "order:899999999")]
        merged = told(world, member)
        assert {row[:3] for row in merged["consent"]} >= {
            ("marketing", "email", "denied"),
            ("advertising", "ads", "granted"),
        }
        assert ("marketing", "email") not in merged["permissions"], "the strictest word holds"
        assert merged["traits"] != before["member"]["traits"]
        assert "recent_buyers" in {name for name, _ in merged["segments"]}
        assert planned(world, guest, member) == {
            (LETTERS, "remove", "consent_denied", guest),
            (ADVERTS, "remove", "left_audience", guest),
            (ADVERTS, "add", "entered_audience", member),
        }
        send(world)

        with world.open() as warehouse:
            warehouse.execute(
                "insert into rules.identifier_overrides values ('o1', 'unlink', null, 'email',"
                f" '{address}', 'shopify', 'shop_customer_id', '{account}', 'ada',"
                " 'two people, one wrong order', timestamp '2026-07-01 12:00:00', null)"
            )
        build(world, "identifier_overrides", "2026-07-02 00:00:00")
        newborn, kept = homes()
        assert kept == member and newborn not in (guest, member)
        splits = world.rows(
            "select from_profile_id, profile_id, cause_code, cause_record_key"
            " from identity.identity_splits"
        )
        assert splits == [(member, newborn, "override", "order:899999999")]
        with environment(**world.variables):
            steps = explain.steps(
                explain.parse_identifier(f"email:{address}"),
                explain.parse_identifier(f"shopify/shop_customer_id:{account}"),
            )
        refused = [(row["record_key"], row["reason_text"]) for row in steps[2:]]
        assert refused == [("order:899999999", "override o1 keeps them apart")]
        after = {"guest": told(world, newborn), "member": told(world, member)}
        assert after == before, "each has their own back"
        assert planned(world, guest, member, newborn) == {
            (ADVERTS, "remove", "left_audience", member),
            (ADVERTS, "add", "entered_audience", newborn),
            (LETTERS, "add", "entered_audience", newborn),
        }
    finally:
        stand_in.stop()


def test_undo_on_duckdb(duckdb_world, new_world):
    check(new_world(copy_of=duckdb_world))


@pytest.mark.postgres
def test_undo_on_postgres(new_postgres_world):
    check(new_postgres_world())
