"""Bad input never stops or corrupts a run; bad configuration stops it with one clear sentence."""

import pytest

pytestmark = pytest.mark.slow
LANDING = (
    *("-s", "path:seeds", "path:models/staging", "path:models/canonical"),
    *("--indirect-selection", "cautious"),
)

# A column per landed layout, all text; each row is a story of its own.
# ruff: noqa: E501
RAW = {
    "raw_pos.sale": (
        "receipt_id, store_id, loyalty_no, email, sold_at, total_amount, is_return, _loaded_at",
        [
            ("ok", "S1", "L1", "a@post.example", "2024-05-01T10:00:00+02:00", "12.50", "false", "2024-05-02"),
            ("garbage", "S1", "L1", None, "2024-05-01 10:00:00", "twelve", "false", "2024-05-02"),
            ("nan", "S1", "L1", None, "2024-05-01 10:00:00", "NaN", "false", "2024-05-02"),
            ("year1", "S1", "L1", None, "0001-01-01 00:00:00", "1", "false", "2024-05-02"),
            ("year9999", "S1", "L1", None, "9999-12-31 00:00:00", "1", "false", "2024-05-02"),
            (None, "S1", "L1", None, "2024-05-01 10:00:00", "1", "false", "2024-05-02"),
            ("", "S1", "L1", None, "2024-05-01 10:00:00", "1", "false", "2024-05-02"),
            ("huge", "S1", "x" * 1_000_000, None, "2024-05-01 10:00:00", "1", "false", "2024-05-02"),
            ("twice", "S1", "L1", None, "2024-05-01 10:00:00", "1", "false", "2024-05-02"),
            ("twice", "S1", "L1", None, "2024-05-01 10:00:00", "2", "false", "2024-05-03"),
            ("twice", "S1", "L1", None, "2024-05-01 10:00:00", "bad", "false", "2024-05-04"),
        ],
    ),
    "raw_shopify.customer": (
        "id, first_name, last_name, email, created_at, updated_at, _fivetran_synced",
        [
            ("1", "'); drop table x;--", "👩‍🚀 Zoë", "zoe@post.example", "2024-01-01", "2024-01-01", "2024-01-02"),
            ("not a number", "Ann", "Lee", "ann@post.example", "2024-01-01", "2024-01-01", "2024-01-02"),
        ],
    ),
    "raw_surveys.response": (
        "response_id, survey_type, email, score, responded_at, _loaded_at",
        [
            ("r1", "nps", "zoe@post.example", "11", "2024-01-01", "2024-01-02"),
            ("r2", "nps", "zoe@post.example", "9", "2024-01-01", "2024-01-02"),
        ],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def garbage_world(tmp_path_factory):
    from conftest import World

    folder = tmp_path_factory.mktemp("garbage")
    world = World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))
    with world.open() as warehouse:
        for table, (columns, rows) in RAW.items():
            schema = table.split(".")[0]
            warehouse.execute(f"create schema if not exists {schema}")
            listed = ", ".join(f"{name} varchar" for name in columns.split(", "))
            warehouse.execute(f"create table {table} ({listed})")
            marks = ", ".join("?" for _ in columns.split(", "))
            for row in rows:
                warehouse.execute(f"insert into {table} values ({marks})", row)
    world.dbt("build", *LANDING)
    return world


def test_every_bad_row_is_quarantined_with_its_reason(garbage_world):
    found = garbage_world.rows(
        "select source_table, record_key, reason_code, reason_column from canonical.quarantined_rows"
    )
    assert sorted(found) == sorted(
        [
            ("sale", "sale:garbage", "unparsable_value", "total_amount"),
            ("sale", "sale:nan", "unparsable_value", "total_amount"),
            ("sale", "sale:year1", "impossible_time", "sold_at"),
            ("sale", "sale:year9999", "impossible_time", "sold_at"),
            ("sale", "sale:", "missing_key", "receipt_id"),
            ("sale", "sale:", "missing_key", "receipt_id"),
            ("sale", "sale:huge", "oversized_text", "loyalty_no"),
            ("sale", "sale:twice", "unparsable_value", "total_amount"),
            ("sale", "sale:twice", "duplicate_key", "receipt_id"),
            ("customer", "customer:", "missing_key", "id"),
            ("response", "response:r1", "value_out_of_range", "score"),
        ]
    )


def test_good_rows_come_through_unchanged(garbage_world):
    assert garbage_world.rows(
        "select order_id, total_amount, cast(ordered_at as varchar) from canonical.orders order by 1"
    ) == [
        ("ok", pytest.approx(12.5), "2024-05-01 08:00:00"),
        ("twice", pytest.approx(2), "2024-05-01 10:00:00"),
    ]
    assert garbage_world.rows(
        "select trait_value from canonical.trait_observations order by 1"
    ) == [("'); drop table x;--",), ("👩‍🚀 Zoë",)]


def test_a_warehouse_without_any_raw_table_builds(new_world):
    world = new_world()
    world.dbt("seed")
    world.dbt("run")
    assert world.rows("select count(*) from profile.profiles") == [(0,)]


def test_a_missing_key_column_is_named(new_world):
    world = new_world()
    with world.open() as warehouse:
        warehouse.execute("create schema raw_shopify")
        warehouse.execute('create table raw_shopify."order" (email varchar, created_at timestamp)')
    result = world.dbt("run", "-s", "stg_shopify__orders", expect_success=False)
    assert not result.success
    message = str(result.result.results[0].message)
    assert "landed table raw_shopify.order has no column id, which is required" in message
