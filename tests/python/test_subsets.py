"""Any subset of sources builds: each alone, all minus each, and none."""

import json

import pytest
import yaml

from orchestration.warehouse import PROJECT_DIR

pytestmark = pytest.mark.slow
FEEDS = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())["vars"]["cdp"]["cdp_feeds"]
# Which sources there are is decided in the unions; what stands on them reads fixed columns. Each
# subset builds the unions, some build on to the profiles.
UNIONS = ("path:models/canonical",)
TO_PROFILES = (*UNIONS, "path:models/identity", "path:models/profile/profiles.sql")
BUILT_TO_PROFILES = ("pos", "snowplow")


def build(world, feeds: dict[str, list[str]], selection: tuple[str, ...] = UNIONS) -> None:
    """Builds for these sources, from scratch."""
    variables = json.dumps({"cdp_feeds": feeds})
    world.dbt("run", "--vars", variables, "--full-refresh", "-s", *selection)


@pytest.fixture(scope="module")
def subset_world(duckdb_world, tmp_path_factory):
    import shutil

    from conftest import World

    folder = tmp_path_factory.mktemp("subsets")
    with duckdb_world.open() as warehouse:
        warehouse.execute("force checkpoint")
    shutil.copy(duckdb_world.folder / "cdp.duckdb", folder / "cdp.duckdb")
    return World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))


@pytest.mark.parametrize("source", sorted(FEEDS))
def test_a_source_alone(subset_world, source):
    selection = TO_PROFILES if source in BUILT_TO_PROFILES else UNIONS
    build(subset_world, {source: FEEDS[source]}, selection)
    sources = subset_world.rows(
        "select distinct source_name from canonical.identifier_observations"
    )
    fed = "identifier_observations" in FEEDS[source]
    assert sources == ([(source,)] if fed else [])


@pytest.mark.parametrize("source", sorted(FEEDS))
def test_all_but_one(subset_world, source):
    build(subset_world, {name: FEEDS[name] for name in FEEDS if name != source})
    [(rows,)] = subset_world.rows(
        f"select count(*) from canonical.identifier_observations where source_name = '{source}'"
    )
    assert rows == 0
    assert subset_world.rows("select count(*) from canonical.identifier_observations")[0][0] > 0


def test_no_source_at_all(subset_world):
    build(subset_world, {}, TO_PROFILES)
    assert subset_world.rows("select count(*) from identity.identity_map") == [(0,)]
