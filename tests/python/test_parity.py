"""The same inputs give the same rows: on both engines, twice, in batches, and in any order."""

import pytest

pytestmark = pytest.mark.slow

# What is made slice by slice is the same: second builds have many slices, first ones have one.
IN_SLICES = {"rows_per_slice": 50}


def assert_same(ours: list[tuple], theirs: list[tuple], name: str) -> None:
    """Compares contents; says which rows differ rather than printing both tables."""
    assert ours[0] == theirs[0], f"{name}: columns differ"
    left, right = set(ours[1:]), set(theirs[1:])
    assert len(ours) == len(theirs) and left == right, (
        f"{name}: {len(left - right)} rows only on one side, {len(right - left)} on the other;"
        f" e.g. {sorted(left - right)[:1]} against {sorted(right - left)[:1]}"
    )


@pytest.mark.postgres
def test_engines_agree_row_for_row(duckdb_world, postgres_world):
    differing = []
    tables = duckdb_world.public_tables()
    assert len(tables) > 30
    for schema, table in tables:
        try:
            assert_same(
                duckdb_world.contents(schema, table),
                postgres_world.contents(schema, table),
                f"{schema}.{table}",
            )
        except AssertionError as difference:
            differing.append(str(difference))
    assert not differing, "\n".join(differing)


def test_second_build_changes_nothing(duckdb_world, new_world):
    again = new_world(copy_of=duckdb_world)
    again.dbt("run", compiled_with=IN_SLICES)
    for schema, table in duckdb_world.public_tables():
        assert_same(
            duckdb_world.contents(schema, table), again.contents(schema, table), f"{schema}.{table}"
        )


@pytest.mark.postgres
def test_second_build_on_postgres_changes_nothing(postgres_world):
    tables = postgres_world.public_tables()
    before = {name: postgres_world.contents(*name) for name in tables}
    postgres_world.dbt("run", compiled_with=IN_SLICES)
    for schema, table in tables:
        assert_same(
            before[schema, table], postgres_world.contents(schema, table), f"{schema}.{table}"
        )


def test_shuffled_raw_rows_give_the_same_result(duckdb_world, new_world):
    shuffled = new_world()
    shuffled.land()
    with shuffled.open() as warehouse:
        raw = warehouse.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_schema like 'raw%'"
        )
        for schema, table in raw:
            name = f'"{schema}"."{table}"'
            warehouse.execute(
                f"create or replace table {name} as"
                f" select rows.* from {name} as rows order by md5(cast(rows as varchar))"
            )
    shuffled.dbt("seed")
    shuffled.dbt("run")
    for schema, table in duckdb_world.public_tables():
        assert_same(
            duckdb_world.contents(schema, table),
            shuffled.contents(schema, table),
            f"{schema}.{table}",
        )


def grouping(world) -> set[frozenset]:
    """Which identifiers belong together, without the names of the profiles."""
    groups: dict[str, set] = {}
    for key, profile in world.rows("select identifier_key, profile_id from identity.identity_map"):
        groups.setdefault(profile, set()).add(key)
    return {frozenset(members) for members in groups.values()}


# What batches are compared by, with what it is made from; the last batch builds everything.
COMPARED = ("+profiles", "+event_days", "+path:models/canonical", "+path:models/identity")


def test_incremental_batches_equal_a_rebuild(duckdb_world, new_world):
    batches = new_world()
    batches.variables["CDP_AS_OF"] = "2025-06-01 00:00:00"
    batches.land(landed_until="2025-06-01 00:00:00")
    batches.dbt("seed")
    batches.dbt("run", "-s", *COMPARED)
    batches.land(landed_until="2026-06-25 00:00:00")
    batches.variables["CDP_AS_OF"] = "2026-06-25 00:00:00"
    batches.dbt("run", "-s", *COMPARED)
    batches.variables["CDP_AS_OF"] = duckdb_world.variables["CDP_AS_OF"]
    batches.land()
    batches.dbt("run")
    assert grouping(batches) == grouping(duckdb_world)
    # Ids are minted when evidence arrives, so only what does not carry one can be compared.
    for schema, table in duckdb_world.public_tables():
        columns = duckdb_world.contents(schema, table)[0]
        if schema == "canonical" or table in ("identity_edges", "identity_rejections"):
            assert not {"profile_id"} & set(columns)
            assert_same(
                duckdb_world.contents(schema, table),
                batches.contents(schema, table),
                f"{schema}.{table}",
            )
    daily = ("profile", "event_days")
    assert_same(duckdb_world.contents(*daily), batches.contents(*daily), "daily facts")
    totals = (
        "select sum(event_count), sum(order_count), sum(net_revenue_amount), count(*)"
        " from profile.profiles"
    )
    assert batches.rows(totals) == duckdb_world.rows(totals)
    # Profiles grew together as evidence arrived: those merges are logged, each with its cause.
    merges = batches.rows("select count(*), count(cause_record_key) from identity.identity_merges")
    assert merges[0][0] > 0 and merges[0][0] == merges[0][1]


def test_ids_survive_a_full_refresh(duckdb_world, new_world):
    refreshed = new_world(copy_of=duckdb_world)
    refreshed.dbt("run", "--full-refresh", "-s", "path:models/identity")
    ids = "select identifier_key, profile_id from identity.identity_map order by 1"
    assert refreshed.rows(ids) == duckdb_world.rows(ids)
