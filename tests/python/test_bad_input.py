"""Bad input never stops or corrupts a run; bad configuration stops it with one clear sentence."""

import pytest
import yaml
from conftest import World

from orchestration.warehouse import PROJECT_DIR

pytestmark = pytest.mark.slow
LANDING = (
    *("-s", "path:seeds", "path:models/staging", "path:models/canonical"),
    *("--indirect-selection", "cautious"),
)
INJECTION = "'); drop table x;--"

# A column per landed layout, all text; each row is a story of its own.
# ruff: noqa: E501
RAW = {
    "raw_pos.sale": (
        "receipt_id, store_id, loyalty_no, email, sold_at, total_amount, is_return, _loaded_at",
        [
            ("ok", "S1", "L1", "a@post.example", "2024-05-01T10:00:00+02:00", "12.50", "false", "2024-05-02"),
            ("blank", "S1", " ", "b@post.example", "2024-05-01 10:00:00", "7", "", "2024-05-02"),
            ("negative", "S1", "L1", None, "2024-05-01 10:00:00", "-7", None, "2024-05-02"),
            (INJECTION, "S1", INJECTION, None, "2024-05-01 10:00:00", "3", "false", "2024-05-02"),
            ("garbage", "S1", "L1", None, "2024-05-01 10:00:00", "twelve", "false", "2024-05-02"),
            ("nan", "S1", "L1", None, "2024-05-01 10:00:00", "NaN", "false", "2024-05-02"),
            ("free", "S1", "L1", None, "2024-05-01 10:00:00", None, "false", "2024-05-02"),
            ("maybe", "S1", "L1", None, "2024-05-01 10:00:00", "1", "perhaps", "2024-05-02"),
            ("now", "S1", "L1", None, "now", "1", "false", "2024-05-02"),
            ("year1", "S1", "L1", None, "0001-01-01 00:00:00", "1", "false", "2024-05-02"),
            ("year9999", "S1", "L1", None, "9999-12-31 00:00:00", "1", "false", "2024-05-02"),
            ("timeless", "S1", "L1", None, None, "1", "false", "2024-05-02"),
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
            ("1", INJECTION, "👩‍🚀 Zoë", "zoe@post.example", "2024-01-01", "2024-01-01", "2024-01-02"),
            ("not a number", "Ann", "Lee", "ann@post.example", "2024-01-01", "2024-01-01", "2024-01-02"),
        ],
    ),
    "raw_surveys.response": (
        "response_id, survey_type, email, score, responded_at, _loaded_at",
        [
            ("r1", "nps", "zoe@post.example", "11", "2024-01-01", "2024-01-02"),
            ("r2", "nps", "zoe@post.example", "9", "2024-01-01", "2024-01-02"),
            ("r3", "csat", "zoe@post.example", "4", "2024-01-01", "2024-01-02"),
            ("r3", "csat", "zoe@post.example", "0", "2024-01-01", "2024-01-03"),
            ("r4", "mood", "zoe@post.example", "3", "2024-01-01", "2024-01-02"),
        ],
    ),
    "raw_loyalty.ledger": (
        "entry_id, loyalty_no, entry_type, points, occurred_at, _loaded_at",
        [
            ("e1", "L1", "earn", "12.0", "2024-01-01", "2024-01-02"),
            ("e2", "L1", "earn", "12.5", "2024-01-01", "2024-01-02"),
            ("e3", " ", "earn", "12", "2024-01-01", "2024-01-02"),
        ],
    ),
    "raw_social.interaction": (
        "interaction_id, network, handle, interaction_type, occurred_at, _loaded_at",
        [
            ("i1", "Instagram", "@Zoe", "like", "2024-01-01", "2024-01-02"),
            ("i2", "instagram", "zoe", "like", "2024-01-01", "2024-01-02"),
            ("i3", "instagram", "", "like", "2024-01-01", "2024-01-02"),
        ],
    ),
    "raw_consent.consent_record": (
        "consent_id, email, user_id, purpose, channel, status, recorded_at, _loaded_at",
        [
            ("c1", " ", "U1", "marketing", "email", "Denied", "2024-01-01", "2024-01-02"),
            ("c2", "", " ", "marketing", "email", "denied", "2024-01-01", "2024-01-02"),
            ("c3", "zoe@post.example", None, "marketing", None, "granted", "2024-01-01", "2024-01-02"),
            ("c4", "zoe@post.example", None, "marketing", "email", " ", "2024-01-01", "2024-01-02"),
            ("c5", "zoe@post.example", None, "marketing", "email", "maybe", "2024-01-01", "2024-01-02"),
            ("c6", None, "U2", "marketing", "email", "withdrawn", "31/12/23", "2024-01-02"),
        ],
    ),
    "raw_consent.privacy_request": (
        "request_id, email, user_id, request_type, requested_at, _loaded_at",
        [
            ("q1", "zoe@post.example", None, "Erasure", "2024-01-01", "2024-01-02"),
            ("q2", None, None, "erasure", "2024-01-01", "2024-01-02"),
            ("q3", "zoe@post.example", None, "hello", "2024-01-01", "2024-01-02"),
        ],
    ),
}  # fmt: skip

# Landed with other types, another case, a column nobody knows, and without the optional ones.
TYPED = (
    "create schema raw_reviews",
    """create table raw_reviews.product_review (
        "Review_Id" varchar, email varchar, rating double precision,
        submitted_at timestamp with time zone, unknown_column integer
    )""",
    """insert into raw_reviews.product_review values
        ('whole', 'zoe@post.example', 4, cast('2024-05-01 10:00:00+02' as timestamp with time zone), 1),
        ('half', 'zoe@post.example', 4.5, cast('2024-05-01 10:00:00+02' as timestamp with time zone), 1),
        ('nan', 'zoe@post.example', 'NaN', cast('2024-05-01 10:00:00+02' as timestamp with time zone), 1),
        ('none', 'zoe@post.example', null, cast('2024-05-01 10:00:00+02' as timestamp with time zone), 1),
        ('six', 'zoe@post.example', 6, cast('2024-05-01 10:00:00+02' as timestamp with time zone), 1)""",
)

QUARANTINED = [
    ("sale", "sale:garbage", "unparsable_value", "total_amount"),
    ("sale", "sale:nan", "unparsable_value", "total_amount"),
    ("sale", "sale:free", "missing_value", "total_amount"),
    ("sale", "sale:maybe", "unparsable_value", "is_return"),
    ("sale", "sale:now", "unparsable_value", "sold_at"),
    ("sale", "sale:year1", "impossible_time", "sold_at"),
    ("sale", "sale:year9999", "impossible_time", "sold_at"),
    ("sale", "sale:timeless", "impossible_time", "sold_at"),
    ("sale", "sale:", "missing_key", "receipt_id"),
    ("sale", "sale:", "missing_key", "receipt_id"),
    ("sale", "sale:huge", "oversized_text", "loyalty_no"),
    ("sale", "sale:twice", "unparsable_value", "total_amount"),
    ("sale", "sale:twice", "duplicate_key", "receipt_id"),
    ("customer", "customer:", "missing_key", "id"),
    ("response", "response:r1", "value_out_of_range", "score"),
    ("response", "response:r3", "value_out_of_range", "score"),
    ("response", "response:r4", "value_out_of_range", "score"),
    ("ledger", "ledger:e2", "unparsable_value", "points"),
    ("ledger", "ledger:e3", "missing_value", "loyalty_no"),
    ("consent_record", "consent_record:c2", "missing_value", "email"),
    ("consent_record", "consent_record:c3", "missing_value", "channel"),
    ("consent_record", "consent_record:c4", "missing_value", "status"),
    ("consent_record", "consent_record:c6", "unparsable_value", "recorded_at"),
    ("privacy_request", "privacy_request:q2", "missing_value", "email"),
    ("privacy_request", "privacy_request:q3", "value_out_of_range", "request_type"),
    ("product_review", "product_review:half", "unparsable_value", "rating"),
    ("product_review", "product_review:nan", "unparsable_value", "rating"),
    ("product_review", "product_review:none", "value_out_of_range", "rating"),
    ("product_review", "product_review:six", "value_out_of_range", "rating"),
]


def create_text_table(warehouse, table: str, columns: list[str]) -> None:
    """A raw table whose columns all landed as text."""
    schema, name = table.split(".")
    warehouse.execute(f"create schema if not exists {schema}")
    listed = ", ".join(f'"{column}" varchar' for column in columns)
    warehouse.execute(f'create table {schema}."{name}" ({listed})')


def declared_tables() -> dict[str, dict]:
    """What every source's YAML says of its tables, by raw table."""
    found = {}
    for path in sorted((PROJECT_DIR / "models" / "staging").glob("*/_*__sources.yml")):
        for source in yaml.safe_load(path.read_text()).get("sources", []):
            for table in source["tables"]:
                clock = {"loaded_at_field": source.get("loaded_at_field")}
                found[f"raw_{source['name']}.{table['name']}"] = clock | table
    return found


BOTH_ENGINES = ["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)]


def bare_world(request, tmp_path_factory) -> World:
    """A warehouse of the engine that a fixture is for, in which nothing has landed."""
    folder = tmp_path_factory.mktemp("bare")
    if request.param == "duckdb":
        variables = {"CDP_DUCKDB_PATH": str(folder / "cdp.duckdb")}
    else:
        variables = request.getfixturevalue("new_database")()
    return World(folder, CDP_TARGET=request.param, **variables)


@pytest.fixture(params=BOTH_ENGINES)
def empty_world(request, tmp_path_factory):
    return bare_world(request, tmp_path_factory)


@pytest.fixture(scope="module", params=BOTH_ENGINES)
def garbage_world(request, tmp_path_factory):
    world = bare_world(request, tmp_path_factory)
    with world.open() as warehouse:
        for table, (columns, rows) in RAW.items():
            create_text_table(warehouse, table, columns.split(", "))
            marks = ", ".join("?" for _ in columns.split(", "))
            for row in rows:
                warehouse.execute(f"insert into {table} values ({marks})", row)
        for statement in TYPED:
            warehouse.execute(statement)
        if warehouse.engine == "duckdb":  # PostgreSQL cannot hold such texts
            warehouse.execute(
                "insert into raw_shopify.customer (id, first_name, created_at)"
                " values ('2', 'a' || chr(0) || 'b', '2024-01-01')"
            )
    world.dbt("build", *LANDING)  # with the tests rows_accounted
    return world


def test_every_bad_row_is_quarantined_with_its_reason(garbage_world):
    found = garbage_world.rows(
        "select source_table, record_key, reason_code, reason_column from canonical.quarantined_rows"
    )
    assert sorted(found) == sorted(QUARANTINED)


def test_every_quarantined_row_can_be_looked_at(garbage_world):
    payloads = garbage_world.rows("select payload_json from canonical.quarantined_rows")
    assert all(payload and len(payload) < 20_000 for (payload,) in payloads)


def test_good_rows_come_through_unchanged(garbage_world):
    assert sorted(
        garbage_world.rows(
            "select order_id, identifier_value, status_code, cast(total_amount as varchar),"
            " cast(ordered_at as varchar) from canonical.orders"
        )
    ) == sorted(
        [
            ("ok", "L1", "completed", "12.50", "2024-05-01 08:00:00"),
            ("blank", "b@post.example", "completed", "7.00", "2024-05-01 10:00:00"),
            ("negative", "L1", "refunded", "0.00", "2024-05-01 10:00:00"),
            (INJECTION, INJECTION, "completed", "3.00", "2024-05-01 10:00:00"),
            ("twice", "L1", "completed", "2.00", "2024-05-01 10:00:00"),
        ]
    )
    assert sorted(garbage_world.rows("select trait_value from canonical.trait_observations")) == [
        (INJECTION,),
        *([("a\0b",)] if garbage_world.variables["CDP_TARGET"] == "duckdb" else []),
        ("👩‍🚀 Zoë",),
    ]
    assert sorted(
        garbage_world.rows(
            "select response_id, cast(score as varchar) from canonical.survey_responses"
        )
    ) == [("r2", "9.00"), ("r3", "4.00"), ("whole", "4.00")]
    assert garbage_world.rows(
        "select cast(responded_at as varchar) from canonical.survey_responses where response_id = 'whole'"
    ) == [("2024-05-01 08:00:00",)]
    assert garbage_world.rows("select points from canonical.loyalty_events") == [(12,)]


def test_blank_identifiers_name_nobody(garbage_world):
    assert sorted(
        garbage_world.rows(
            "select identifier_type, identifier_value, status_code from canonical.consent_events"
        )
    ) == [
        ("email", "zoe@post.example", "denied"),
        ("user_id", "U1", "denied"),
        ("user_id", "U2", "denied"),  # its time cannot be read; a no counts all the same
    ]
    assert sorted(
        garbage_world.rows(
            "select record_key, identifier_value from canonical.identifier_observations"
            " where source_name = 'social'"
        )
    ) == [("interaction:i1", "instagram:zoe"), ("interaction:i2", "instagram:zoe")]
    assert garbage_world.rows(
        "select count(*) from canonical.identifier_observations where trim(identifier_value) = ''"
    ) == [(0,)]


def test_nothing_landed_and_empty_tables_build(empty_world):
    world = empty_world
    world.dbt("seed")
    # What reads profiles reads them alike on both engines.
    world.dbt("run", *(["-s", "+profiles"] if world.variables["CDP_TARGET"] == "postgres" else []))
    assert world.rows("select count(*) from profile.profiles") == [(0,)]
    with world.open() as warehouse:
        for table, declared in declared_tables().items():
            meta = declared["config"]["meta"]
            columns = [*meta["key"], *meta.get("required", [])]
            if meta.get("stream"):
                columns.append(declared["loaded_at_field"])
            create_text_table(warehouse, table, list(dict.fromkeys(columns)))
    world.dbt("run", "-s", "path:models/staging", "path:models/canonical")
    assert world.rows("select count(*) from canonical.quarantined_rows") == [(0,)]
    assert world.rows("select count(*) from canonical.identifier_observations") == [(0,)]


def test_a_missing_required_column_is_named(empty_world):
    world = empty_world
    with world.open() as warehouse:
        create_text_table(warehouse, "raw_shopify.order", ["email", "created_at"])
        create_text_table(warehouse, "raw_pos.sale", ["receipt_id", "sold_at"])
    result = world.dbt("run", "-s", "stg_shopify__orders", "stg_pos__sales", expect_success=False)
    messages = {row.node.name: str(row.message) for row in result.result.results}
    assert (
        "Source shopify: landed table raw_shopify.order has no column id, which is required; land it,"
        " or take shopify out of cdp_feeds in dbt_project.yml." in messages["stg_shopify__orders"]
    )
    assert (
        "landed table raw_pos.sale has no column total_amount, which is required"
        in messages["stg_pos__sales"]
    )
