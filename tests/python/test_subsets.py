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


@pytest.fixture(scope="module")
def manifest(subset_world):
    """The whole project, parsed once: to parse it for every subset would take most of the time."""
    return subset_world.dbt("parse").result


def build(world, manifest, feeds: dict[str, list[str]]) -> None:
    """Builds the unions for these sources, with the project as it was parsed for all of them."""
    variables = json.dumps({"cdp_feeds": feeds})
    with environment(**world.variables):
        result = dbtRunner(manifest=manifest).invoke(
            ["run", *QUICKLY, "--full-refresh", "--vars", variables, "-s", *UNIONS]
        )
    assert result.success, [row.message for row in (result.result or []) if row.message]


def fed_identifiers(feeds: dict[str, list[str]]) -> list[tuple[str]]:
    return [(name,) for name in sorted(feeds) if "identifier_observations" in feeds[name]]


@pytest.mark.parametrize("source", sorted(FEEDS))
def test_a_source_alone(subset_world, manifest, source):
    feeds = {source: FEEDS[source]}
    build(subset_world, manifest, feeds)
    assert subset_world.rows(OBSERVED_SQL) == fed_identifiers(feeds)


@pytest.mark.parametrize("source", sorted(FEEDS))
def test_all_but_one(subset_world, manifest, source):
    feeds = {name: FEEDS[name] for name in FEEDS if name != source}
    build(subset_world, manifest, feeds)
    assert subset_world.rows(OBSERVED_SQL) == fed_identifiers(feeds)


@pytest.mark.parametrize("source", [*BUILT_TO_PROFILES, None])
def test_the_profiles_of_one_source_or_none(subset_world, source):
    """Parsed for the subset as well, as its user would."""
    feeds = {source: FEEDS[source]} if source else {}
    variables = json.dumps({"cdp_feeds": feeds})
    subset_world.dbt("run", "--vars", variables, "--full-refresh", "-s", *TO_PROFILES)
    assert subset_world.rows(OBSERVED_SQL) == fed_identifiers(feeds)
    [(people,)] = subset_world.rows("select count(*) from profile.profiles")
    assert (people > 0) == bool(fed_identifiers(feeds))
