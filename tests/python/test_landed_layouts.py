"""Tables as loaders really land them build through to profiles, and no row gets lost.

The layouts are beside the project in ../shared; where that folder is absent the test is skipped.
"""

import re
import threading
import time

import duckdb
import pytest
import yaml
from conftest import WITHOUT_SYNCS_AND_UNIT_TESTS, World
from dbt.adapters.cache import RelationsCache

from orchestration.warehouse import PROJECT_DIR

pytestmark = pytest.mark.slow
LAYOUTS = PROJECT_DIR.parent / "shared" / "data" / "landed-seeds"
FOLDERS = {
    "segment": "segment",
    "snowplow_web": "snowplow",
    "shopify": "shopify",
    "stripe": "stripe",
    "klaviyo": "klaviyo",
    "zendesk": "zendesk",
    "salesforce": "salesforce",
    "google_ads": "google_ads",
    "facebook_ads": "facebook_ads",
}
DECORATION = r"^(shopify_|sf_|facebook_ads_|snowplow_web_|example_segment_)|_data$"


# Declared by us and not in the layouts: seen at other loaders, or too new for them.
NOT_IN_LAYOUTS = {
    ("segment", "tracks"),
    ("segment", "identifies"),
    ("zendesk", "satisfaction_rating"),
    ("salesforce", "opportunity_contact_role"),
}


@pytest.fixture(scope="module")
def layouts_world(tmp_path_factory):
    if not LAYOUTS.is_dir():
        pytest.skip(f"the real layouts are not at {LAYOUTS.relative_to(PROJECT_DIR.parent)}")
    folder = tmp_path_factory.mktemp("layouts")
    path = folder / "cdp.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, source in FOLDERS.items():
            connection.execute(f"create schema raw_{source}")
            for file in sorted((LAYOUTS / name).glob("*.csv")):
                table = re.sub(DECORATION, "", file.stem)
                connection.execute(
                    f'create or replace table raw_{source}."{table}" as'
                    f" select * from read_csv('{file}', all_varchar = true, header = true)"
                )
    world = World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(path))
    world.built = world.dbt("build", *WITHOUT_SYNCS_AND_UNIT_TESTS)
    return world


def declared_tables() -> set[tuple[str, str]]:
    """The tables that the YAML of these sources declares."""
    found = set()
    for source in FOLDERS.values():
        path = PROJECT_DIR / "models" / "staging" / source / f"_{source}__sources.yml"
        for declared in yaml.safe_load(path.read_text())["sources"]:
            found |= {(source, table["name"]) for table in declared["tables"]}
    return found


def test_every_declared_table_is_in_the_layouts(layouts_world):
    landed = set(
        layouts_world.rows(
            "select replace(table_schema, 'raw_', ''), table_name from information_schema.tables"
            " where table_schema like 'raw_%'"
        )
    )
    assert declared_tables() - landed == NOT_IN_LAYOUTS


def test_no_landed_row_gets_lost(layouts_world):
    accounted = {
        (arguments["source_name"], arguments["table_name"]): str(row.status)
        for row in layouts_world.built.result.results
        if (metadata := getattr(row.node, "test_metadata", None))
        and metadata.name == "rows_accounted"
        and (arguments := metadata.kwargs)
    }
    wanted = declared_tables()
    assert {table: accounted.get(table) for table in wanted} == dict.fromkeys(wanted, "pass")


def test_every_value_of_real_layouts_can_be_read(layouts_world):
    # Two carts were made after the loader says it fetched them; nothing else may be refused but
    # what the source deleted and what came twice.
    refused = layouts_world.rows(
        "select source_name, source_table, reason_code, reason_column, count(*)"
        " from canonical.quarantined_rows"
        " where reason_code not in ('deleted_at_source', 'duplicate_key')"
        " group by source_name, source_table, reason_code, reason_column"
    )
    assert refused == [("shopify", "abandoned_checkout", "impossible_time", "created_at", 2)]


def test_real_layouts_reach_profiles(layouts_world):
    assert layouts_world.rows("select count(*) from profile.profiles")[0][0] > 20


@pytest.mark.parametrize(
    ("source", "shape"),
    [
        ("segment", "events"),
        ("snowplow", "events"),
        ("shopify", "orders"),
        ("shopify", "identifier_observations"),
        ("stripe", "subscriptions"),
        ("stripe", "identifier_observations"),
        ("klaviyo", "identifier_observations"),
        ("zendesk", "support_tickets"),
        ("salesforce", "accounts"),
        ("salesforce", "identifier_observations"),
        ("google_ads", "ad_spend"),
        ("facebook_ads", "ad_spend"),
    ],
)
def test_each_source_says_something(layouts_world, source, shape):
    [(rows,)] = layouts_world.rows(
        f"select count(*) from canonical.{shape} where source_name = '{source}'"
    )
    assert rows > 0


def test_every_thread_sees_what_is_landed(tmp_path, postgres, monkeypatch):
    """dbt writes the tables of a schema into its cache one by one, and takes the schema for known
    from the first of them on: a thread that asks just then is told that others are not there."""
    world = World(tmp_path / "world", CDP_TARGET="postgres", **postgres)
    world.land()
    add, knows = RelationsCache.add, RelationsCache.__contains__
    askers, first_is_known = [], threading.Event()

    def knows_when_first_is_added(cache: RelationsCache, schema: tuple[str, str]) -> bool:
        if schema[1] == "raw_salesforce":
            askers.append(threading.get_ident())
            if askers[0] != threading.get_ident():
                first_is_known.wait(timeout=20)
        return knows(cache, schema)

    def add_slowly(cache: RelationsCache, relation: object) -> None:
        add(cache, relation)
        if relation.schema == "raw_salesforce":
            first_is_known.set()
            time.sleep(0.5)

    monkeypatch.setattr(RelationsCache, "__contains__", knows_when_first_is_added)
    monkeypatch.setattr(RelationsCache, "add", add_slowly)
    world.dbt("run", "--select", "stg_salesforce__*")
    assert len(set(askers)) > 1
    for model, table in [("contacts", "contact"), ("leads", "lead"), ("accounts", "account")]:
        landed = world.rows(f"select count(*) from raw_salesforce.{table}")
        assert landed > [(0,)]
        assert world.rows(f"select count(*) from staging.stg_salesforce__{model}") == landed
