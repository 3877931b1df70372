"""Tables as loaders really land them build through to profiles, and no row gets lost.

The layouts are beside the project in ../shared; where that folder is absent the test is skipped.
"""

import re

import duckdb
import pytest

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


@pytest.fixture(scope="module")
def layouts_world(tmp_path_factory):
    if not LAYOUTS.is_dir():
        pytest.skip(f"the real layouts are not at {LAYOUTS.relative_to(PROJECT_DIR.parent)}")
    from conftest import World

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
    world.dbt("build", "--exclude", "path:models/activation", "path:tests/activation")
    return world


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
