"""Rows of streams that cannot be used are kept from run to run, and equal a rebuild."""

import pytest
from conftest import AS_OF, World

pytestmark = pytest.mark.slow

BEFORE = "2026-06-25 00:00:00"
# (id, received_at, timestamp) of rows that nobody can use, and when they come to light.
LATE = [
    ("null", "timestamp '2026-06-29 12:00:00'", "timestamp '2026-06-29 12:00:00'"),
    ("null", "timestamp '2026-06-24 12:00:00'", "timestamp '2026-06-24 12:00:00'"),
    ("'without_clock'", "null", "timestamp '2026-06-29 12:00:00'"),
    ("'of_tomorrow'", "timestamp '2026-06-29 12:00:00'", "timestamp '2026-07-29 12:00:00'"),
    ("'from_a_wrong_clock'", "timestamp '2031-01-01 00:00:00'", "null"),
]


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def world(request, tmp_path, new_world) -> World:
    """An empty world on each engine."""
    if request.param == "duckdb":
        return new_world()
    return World(tmp_path, CDP_TARGET="postgres", **request.getfixturevalue("postgres"))


def run(world: World, *selected: str) -> list[tuple[str, ...]]:
    """Builds the quarantine; what is in it then."""
    world.dbt("run", "-s", *(selected or ["+quarantined_rows"]))
    return world.contents("canonical", "quarantined_rows")


def insert(world: World, rows: list[tuple[str, str, str]]) -> None:
    """Lands rows of a stream."""
    with world.open() as warehouse:
        for key, received_at, happened_at in rows:
            warehouse.execute(
                'insert into raw_segment.tracks (id, anonymous_id, event, received_at, "timestamp")'
                f" values ({key}, 'somebody', 'product_viewed', {received_at}, {happened_at})"
            )


def test_late_rows_and_rows_without_a_clock_are_found(world):
    world.variables["CDP_AS_OF"] = BEFORE
    world.land(landed_until=BEFORE)
    world.dbt("seed")
    before = run(world)
    world.variables["CDP_AS_OF"] = AS_OF
    world.land()
    insert(world, LATE)
    kept = run(world)
    keys = {"tracks:", "tracks:without_clock", "tracks:of_tomorrow", "tracks:from_a_wrong_clock"}
    assert keys <= {cell for row in kept[1:] for cell in row}
    assert len(kept) >= len(before) + len(LATE)
    # A clock from the future does not keep what comes after it from being read.
    insert(world, LATE[:1])
    tables = ("path:models/canonical/intermediate", "quarantined_rows")  # the views stand
    once_more = run(world, *tables)
    assert len(once_more) == len(kept) + 1
    assert run(world, *tables, "--full-refresh") == once_more
