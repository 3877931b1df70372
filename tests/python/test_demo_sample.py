"""The sample seeds are what the generator writes, stay small, and are enough to reach profiles."""

import pytest
from conftest import WITHOUT_SYNCS_AND_UNIT_TESTS, World
from test_demo_world import TRAPS

from orchestration.landing.sample import SEEDS_DIR, write_sample

LARGEST_SAMPLE = 1_000_000  # bytes: what a clone and a parse do not notice


def files(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_regeneration_is_byte_identical(tmp_path):
    write_sample(tmp_path)
    assert files(tmp_path) == files(SEEDS_DIR)


def test_the_sample_is_small():
    assert sum(len(content) for content in files(SEEDS_DIR).values()) < LARGEST_SAMPLE


@pytest.fixture(scope="module")
def sample_world(tmp_path_factory) -> World:
    """A warehouse in which nothing has landed but the seeds."""
    folder = tmp_path_factory.mktemp("sample")
    place = {"CDP_TARGET": "duckdb", "CDP_DUCKDB_PATH": str(folder / "cdp.duckdb")}
    World(folder, CDP_LAND_SAMPLE="1", **place).dbt("seed", "-s", "path:seeds/demo")
    return World(folder, **place)


@pytest.mark.slow
def test_the_sample_alone_reaches_profiles(sample_world):
    sample_world.dbt("build", *WITHOUT_SYNCS_AND_UNIT_TESTS)
    [(known,)] = sample_world.rows(
        "select count(*) from profile.profiles where profile_kind = 'known'"
    )
    assert known > 10
    manifest = sample_world.dbt("parse").result
    assert not [name for name in manifest.nodes if name.startswith("seed.cdp.raw_")]


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_is_in_the_sample(sample_world, trap):
    assert sample_world.rows(f"select count(*) from {trap}")[0][0] > 0
