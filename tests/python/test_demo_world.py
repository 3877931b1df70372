"""The demo world is the same every time, has its traps in it, and the truth knows every record."""

import duckdb
import pytest

from orchestration.landing import demo
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
    "raw_klaviyo.event where type = 'Unsubscribed from SMS Marketing'",
    "raw_whatsapp.user_preference where value = 'stop'",
    "raw_consent.consent_record where status = 'denied'",
    "raw_consent.consent_record where status = 'denied' and channel = 'push'",
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
    # What a loader writes wholly each time was there then, by the clock of then.
    assert before["raw_erp.product"][0] == after["raw_erp.product"][0] > 0
    assert count(earlier, "raw_erp.product where _loaded_at > timestamp '2026-01-01'") == 0


def test_chunks_of_people_do_not_show(world, monkeypatch):
    monkeypatch.setattr(demo, "PEOPLE_PER_CHUNK", 250)
    assert fingerprint(made()) == fingerprint(world)


def test_chosen_people_have_the_records_they_have_in_the_whole_world(world):
    few = made(people=[7, 12, 44, 100])
    for connection in (few, world):
        connection.execute(
            "create or replace temp view chosen as select * from demo_truth.records"
            " where person_id in (7, 12, 44, 100)"
        )
    sql = "select * from chosen order by all"
    assert few.execute(sql).fetchall() == world.execute(sql).fetchall()


@pytest.fixture(scope="module")
def process_world() -> duckdb.DuckDBPyConnection:
    """Enough people to see the process they follow, with few events."""
    return made(customers=6000, events_per_customer=3)


ORDERS = """(select orders.*, process.orders_per_day, process.mean_order_value
    from demo_truth.orders inner join demo_truth.process using (person_id))"""
# What a world with life in it shows, each as a question that is answered true.
LIFE = {
    "before Christmas more is bought than in February": """
        select count(*) filter (month(ordered_at) in (11, 12)) / 61.0
            > 1.3 * count(*) filter (month(ordered_at) = 2) / 28.0
        from demo_truth.orders""",
    "Sundays are busier than Tuesdays, evenings than nights": """
        select
            count(*) filter (isodow("timestamp") = 7)
                > 1.15 * count(*) filter (isodow("timestamp") = 2)
            and count(*) filter (hour("timestamp") = 20)
                > 5 * count(*) filter (hour("timestamp") = 3)
        from raw_segment.pages where path not like '/business/%'""",
    "companies look around at work, and more before a deal": """
        select bool_and(isodow(visited_at) < 6 and hour(visited_at) between 8 and 18)
            and count(*) filter (is_before) > 0.3 * count(*)
        from (
            select pages."timestamp" as visited_at, bool_or(
                created_date - pages."timestamp" between interval '0 days' and interval '43 days'
            ) as is_before
            from raw_segment.pages
            inner join raw_segment.identifies using (anonymous_id)
            left join (
                select opportunity.created_date, website from raw_salesforce.opportunity
                inner join raw_salesforce.account on account.id = account_id
            ) on website like '%' || split_part(email, '@', 2) || '%'
            where pages.path like '/business/%' group by all
        )""",
    "rates and drop-out are drawn as the parameters say": """
        select abs(avg(orders_per_day) * 90 - 1) < 0.06
            and abs(avg(dropout_probability) - 0.25) < 0.02
        from demo_truth.process where is_buyer""",
    # BG/NBD expects (1 - exp(-rate p t)) / p repeat orders of a person within t days.
    "repeat orders are as many as the process expects": """
        select abs((select count(*) from demo_truth.orders
                inner join demo_truth.process using (person_id) where is_buyer)
            / sum(1 + (1 - exp(-orders_per_day * dropout_probability * days)) / dropout_probability)
            - 1) < 0.04
        from (select *, greatest(732 - joined_day - 2, 0) as days from demo_truth.process
            where is_buyer) as buyers""",
    "orders are worth what the person's process says": f"""
        select abs(avg(subtotal_price + total_discounts) / avg(mean_order_value) - 1) < 0.05
            and corr(subtotal_price + total_discounts, wanted_amount) > 0.98
        from {ORDERS} as made
        inner join raw_shopify."order" as landed on landed.id = made.order_id""",
    "who has dropped out is seen no more": """
        select count(*) > 300 and count(*) filter (pages."timestamp" > gone_at + interval 1 day) = 0
        from raw_segment.pages as pages
        inner join (select 'anon-' || substr(md5('a' || person_id || '42'), 1, 20) as anonymous_id,
            gone_at from demo_truth.process where gone_at is not null) as gone
            using (anonymous_id)""",
    "late deliveries bring tickets": """
        select avg(cast(has_ticket as integer)) filter (is_late)
            > 5 * avg(cast(has_ticket as integer)) filter (not is_late)
        from demo_truth.orders""",
    "bad service costs satisfaction": """
        select avg(score) filter (is_late) < avg(score) filter (not is_late) - 1 from (
            select try_cast(score as integer) as score, bool_or(is_late) as is_late
            from raw_surveys.response
            inner join demo_truth.records on record_key = 'response:' || response_id
            inner join demo_truth.orders using (person_id)
            where survey_type = 'nps' group by response_id, score) as answered""",
    "yearly plans are invoiced once a year": """
        select count(*) filter (amount_due = 9900) > 20
            and min(date_diff('day', before_at, period_end)) filter (amount_due = 9900) >= 365
            and max(date_diff('day', before_at, period_end)) filter (amount_due = 990) <= 31
        from (select *, lag(period_end)
                over (partition by subscription_id order by period_end) as before_at
            from raw_stripe.invoice) as invoices""",
    "some trials are not paid for, and some members cancel later": """
        select count(*) filter (invoices is null) > 20 and count(*) filter (invoices > 1) > 20
        from raw_stripe.subscription left join (select subscription_id, count(*) as invoices
            from raw_stripe.invoice group by subscription_id) as paid on paid.subscription_id = id
        where status = 'canceled'""",
    "who likes to open e-mail opens it": """
        select corr(open_probability, opened) > 0.7 from (
            select open_probability, count(*) filter (type = 'Opened Email') * 1.0
                / count(*) filter (type = 'Received Email') as opened
            from raw_klaviyo.event
            inner join demo_truth.records on record_key = 'person:' || event.person_id
            inner join demo_truth.process on process.person_id = records.person_id
            where gone_at is null group by process.person_id, open_probability
            having count(*) filter (type = 'Received Email') > 9) as people""",
    "every channel is asked for by itself, answered by some, and left alone once refused": """
        with messages as (
            select person_id, 'sms' as channel, type in ('Clicked SMS') as is_answer, datetime as at
            from raw_klaviyo.event where type in ('Received SMS', 'Clicked SMS')
            union all
            select person_id, 'push', type = 'Opened Push', datetime
            from raw_klaviyo.event where type in ('Received Push', 'Opened Push')
            union all
            select recipient_id, 'whatsapp', status = 'read', "timestamp"
            from raw_whatsapp.message_status where status in ('delivered', 'read')
        ),
        refused as (
            select person_id, 'sms' as channel, datetime as at from raw_klaviyo.event
            where type = 'Unsubscribed from SMS Marketing'
            union all
            select wa_id, 'whatsapp', "timestamp" from raw_whatsapp.user_preference
        ),
        answers as (
            select channel, person_id, count(*) filter (is_answer) * 1.0
                / count(*) filter (not is_answer) as answered
            from messages group by channel, person_id having count(*) filter (not is_answer) > 3
        )
        select
            (select min(people) > 100 and min(spread) > 0.1 and max(most) <= 1 from (
                select count(*) as people, stddev(answered) as spread, max(answered) as most
                from answers group by channel) as channels)
            and (select count(*) > 20 from refused)
            and (select count(*) = 0 from messages inner join refused using (person_id, channel)
                where messages.at > refused.at)""",
    "most care for one kind of product, look at it and buy it": """
        with touched as (
            select 'bought' as act, records.person_id, product_id
            from raw_shopify.order_line
            inner join demo_truth.records on record_key = 'order:' || order_id
            union all
            select 'seen', person_id, cast(product_id as bigint)
            from raw_segment.tracks
            inner join (select 'anon-' || substr(md5('a' || person_id || '42'), 1, 20)
                as anonymous_id, person_id from demo_truth.process) as browsers
                using (anonymous_id)
            where product_id is not null
        ),
        liked as (
            select act, favourite_category,
                count(*) filter (product_type = favourite_category) * 1.0 / count(*) as share
            from touched
            inner join demo_truth.process using (person_id)
            inner join raw_shopify.product on product.id = product_id
            where favourite_category is not null group by act, favourite_category
        )
        select count(*) = 10 and min(share) > 0.65 and max(share) < 0.85 from liked""",
    "some use the app, and begin by opening it": """
        select count(distinct anonymous_id) filter (context_library_name <> 'analytics.js')
                between 0.05 * count(distinct anonymous_id) and 0.5 * count(distinct anonymous_id)
            and count(*) filter (event = 'application_opened') > 50
            and count(*) filter (event = 'application_opened'
                and context_library_name = 'analytics.js') = 0
        from raw_segment.tracks""",
    "business contacts look around, each in a browser of their own": """
        select count(distinct anonymous_id) > 100 and count(distinct email) > 100
            and count(*) = count(distinct anonymous_id)
        from raw_segment.identifies where email like '%@company%'""",
    "stock runs out of some products and not of most": """
        select count(*) filter (inventory_quantity = 0) between 5 and 0.3 * count(*)
        from raw_shopify.product_variant""",
    "opportunities go through stages and end won or lost": """
        select count(distinct stage_name) = 6 and avg(cast(is_won as integer)) filter (is_closed)
            between 0.2 and 0.6 from raw_salesforce.opportunity""",
    "people of one company have its domain": """
        select count(*) > 50 and bool_and(website like '%' || split_part(email, '@', 2) || '%')
        from raw_salesforce.contact inner join raw_salesforce.account on account.id = account_id""",
}


@pytest.mark.parametrize("question", LIFE)
def test_the_world_has_life_in_it(process_world, question):
    assert process_world.execute(LIFE[question]).fetchone() == (True,)


def test_no_customers_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        made(customers=0)
