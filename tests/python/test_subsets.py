"""Any subset of sources builds: each alone, all minus each, and none."""

import json
import shutil

import pytest
import yaml
from conftest import World, environment
from dbt.cli.main import dbtRunner

from orchestration.warehouse import PROJECT_DIR

pytestmark = pytest.mark.slow
FEEDS = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())["vars"]["cdp"]["cdp_feeds"]
# Which sources there are is decided in the unions; what stands on them reads fixed columns. Each
# subset builds the unions; those that leave most shapes empty build on to the profiles.
UNIONS = ("path:models/canonical",)
TO_PROFILES = (*UNIONS, "path:models/identity", "+profiles,path:models/profile")
BUILT_TO_PROFILES = ("pos", "snowplow", "google_ads")
QUICKLY = ("--quiet", "--no-write-json", "--no-version-check")
OBSERVED_SQL = "select distinct source_name from canonical.identifier_observations order by 1"


@pytest.fixture(scope="module")
def subset_world(duckdb_world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("subsets")
    with duckdb_world.open() as warehouse:
        warehouse.execute("force checkpoint")
    shutil.copy(duckdb_world.folder / "cdp.duckdb", folder / "cdp.duckdb")
    return World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))


def build(world: World, feeds: dict[str, list[str]], *selected: str) -> None:
    """Builds the unions, or what is selected, for these sources, with the project as it was parsed
    for all of them."""
    selected = selected or UNIONS
    world.dbt("run", "--full-refresh", "-s", *selected, compiled_with={"cdp_feeds": feeds})


def fed_identifiers(feeds: dict[str, list[str]]) -> list[tuple[str]]:
    return [(name,) for name in sorted(feeds) if "identifier_observations" in feeds[name]]


@pytest.mark.parametrize("source", sorted(FEEDS))
def test_a_source_alone(subset_world, source):
    feeds = {source: FEEDS[source]}
    build(subset_world, feeds)
    assert subset_world.rows(OBSERVED_SQL) == fed_identifiers(feeds)


@pytest.mark.parametrize("source", sorted(FEEDS))
def test_all_but_one(subset_world, source):
    feeds = {name: FEEDS[name] for name in FEEDS if name != source}
    build(subset_world, feeds)
    assert subset_world.rows(OBSERVED_SQL) == fed_identifiers(feeds)


@pytest.mark.parametrize("source", [*BUILT_TO_PROFILES, None])
def test_the_profiles_of_one_source_or_none(subset_world, source):
    feeds = {source: FEEDS[source]} if source else {}
    build(subset_world, feeds, *TO_PROFILES)
    assert subset_world.rows(OBSERVED_SQL) == fed_identifiers(feeds)
    [(people,)] = subset_world.rows("select count(*) from profile.profiles")
    assert (people > 0) == bool(fed_identifiers(feeds))


def test_the_project_is_parsed_for_a_source_alone(subset_world):
    """As its user would: with nothing known of the other sources."""
    variables = json.dumps({"cdp_feeds": {"pos": FEEDS["pos"]}})
    with environment(**subset_world.variables):
        ran = dbtRunner().invoke(
            ["run", *QUICKLY, "--full-refresh", "--vars", variables, "-s", *UNIONS]
        )
    assert ran.success
    assert subset_world.rows(OBSERVED_SQL) == [("pos",)]
