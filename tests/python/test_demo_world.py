"""The demo world is the same every time, has its traps in it, and the truth knows every record."""

import duckdb
import pytest

from orchestration.landing.demo import generate, keep_until, raw_tables

AS_OF = "2026-06-30 00:00:00"
# Relations that must have rows: what makes the world hard.
TRAPS = [
    "raw_segment.tracks where \"timestamp\" < timestamp '1000-01-01'",
    "raw_segment.tracks where \"timestamp\" > timestamp '9000-01-01'",
    "(select id from raw_segment.tracks group by id having count(*) > 1)",
    "(select id from raw_shopify.customer group by id having count(*) > 1)",
    'raw_segment.pages where received_at > "timestamp" + interval 20 hour',
    "raw_segment.tracks where context_user_agent like '%bot%'",
    'raw_shopify."order" where customer_id is null',
    'raw_shopify."order" where test',
    "raw_shopify.customer where id is null",
    "raw_shopify.customer where email like '%+shop@%'",
    "raw_surveys.response where score = 'n/a'",
    "raw_snowplow.events where length(page_url) > 65536",
    "raw_klaviyo.event where type = 'Unsubscribed'",
    "raw_klaviyo.event where type = 'Bounced Email'",
    "raw_consent.consent_record where status = 'denied'",
    "raw_consent.privacy_request where request_type = 'erasure'",
    "(select anonymous_id from raw_segment.tracks where user_id is not null group by 1"
    " having count(distinct user_id) > 1)",
    "(select phone from raw_shopify.customer where phone is not null group by 1"
    " having count(distinct id) > 1)",
]


def made(threads: int = 2, **options: object) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute(f"set threads = {threads}")
    generate(connection, **{"customers": 600, "events_per_customer": 15, "as_of": AS_OF, **options})
    return connection


def fingerprint(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple]:
    return {
        f"{schema}.{table}": connection.execute(
            f'select count(*), sum(hash(cast(rows as varchar))) from {schema}."{table}" as rows'
        ).fetchone()
        for schema, table in raw_tables(connection)
    }


@pytest.fixture(scope="module")
def world() -> duckdb.DuckDBPyConnection:
    return made()


def count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return connection.execute(f"select count(*) from {sql}").fetchone()[0]


def test_same_inputs_give_the_same_rows_with_any_number_of_threads(world):
    assert fingerprint(made(threads=1)) == fingerprint(world)


def test_another_seed_gives_another_world(world):
    assert fingerprint(made(seed=7))["raw_shopify.order"] != fingerprint(world)["raw_shopify.order"]


@pytest.mark.parametrize("trap", TRAPS)
def test_traps_are_there(world, trap):
    assert count(world, trap) > 0


def test_the_truth_knows_every_record_and_every_person(world):
    orders = """raw_shopify."order" as o where not exists (select 1 from demo_truth.records as r
        where r.source_name = 'shopify' and r.record_key = 'order:' || o.id)"""
    receipts = """raw_pos.sale as s where not exists (select 1 from demo_truth.records as r
        where r.source_name = 'pos' and r.record_key = 'sale:' || s.receipt_id)"""
    strangers = """demo_truth.records as r where not exists (select 1 from demo_truth.persons as p
        where p.person_id = r.person_id)"""
    for nothing in (orders, receipts, strangers):
        assert count(world, nothing) == 0


def test_lines_belong_to_orders_and_products(world):
    orders = '(select id from raw_shopify."order")'
    products = "(select product_id from raw_erp.product)"
    assert count(world, f"raw_shopify.order_line where order_id not in {orders}") == 0
    assert count(world, f"raw_pos.sale_line where product_id not in {products}") == 0


def test_an_earlier_landing_is_a_subset(world):
    earlier = made()
    keep_until(earlier, "2026-01-01 00:00:00")
    before, after = fingerprint(earlier), fingerprint(world)
    assert all(before[table][0] <= after[table][0] for table in after)
    assert before["raw_segment.tracks"][0] < after["raw_segment.tracks"][0]
    assert count(earlier, "raw_segment.tracks where received_at > timestamp '2026-01-01'") == 0


def test_no_customers_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        made(customers=0)
