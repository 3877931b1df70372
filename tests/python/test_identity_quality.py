"""The demo world's truth: no planted trap merges two people, what evidence allows is found, and the
mart identity_quality counts what this file counts from the same tables in Python."""

from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import combinations

import pytest
from conftest import World

# What two people of the world may have in common, and the relation of such pairs.
TRAPS = {
    "shared payment card": "card_token",
    "recycled phone": "phone",
    "household's device": "anonymous_id",
}
OWNED = """
    select distinct observed.identifier_key, truth.person_id
    from canonical.identifier_observations as observed
    inner join demo_truth.identifiers as truth
        on observed.identifier_type = truth.identifier_type
        and lower(observed.identifier_normalised) = lower(truth.identifier_value)
    where observed.identifier_key is not null
"""
Rows = Callable[[str], list[tuple]]


def owners(rows: Rows) -> dict[str, int]:
    """The person of each observed identifier that has one owner."""
    people = defaultdict(set)
    for key, person in rows(OWNED):
        people[key].add(person)
    return {key: min(found) for key, found in people.items() if len(found) == 1}


def pairs_in_common(rows: Rows) -> dict[str, set[tuple[int, int]]]:
    """Pairs of people, per trap, that hold the same value."""
    found = {}
    for trap, kind in TRAPS.items():
        holders = defaultdict(set)
        for value, person in rows(
            "select identifier_value, person_id from demo_truth.identifiers"
            f" where identifier_type = '{kind}'"
        ):
            holders[value].add(person)
        found[trap] = {
            pair for people in holders.values() for pair in combinations(sorted(people), 2)
        }
    return found


def over_merged(rows: Rows) -> Counter:
    """Pairs of people that share a profile, by the trap they are in."""
    owner = owners(rows)
    people = defaultdict(set)
    for key, profile in rows("select identifier_key, profile_id from identity.identity_map"):
        if key in owner:
            people[profile].add(owner[key])
    merged = {pair for found in people.values() for pair in combinations(sorted(found), 2)}
    counts = Counter()
    for trap, pairs in pairs_in_common(rows).items():
        counts[trap] = len(merged & pairs)
        merged -= pairs
    counts["none of the traps"] = len(merged)
    return counts


def recall(rows: Rows) -> float:
    """Pairs of one person's identifiers in one profile, of those that their own records connect."""
    owner = owners(rows)
    root = {key: key for key in owner}

    def find(key: str) -> str:
        while root[key] != key:
            root[key] = root[root[key]]
            key = root[key]
        return key

    first = {}
    for source, record, key in rows(
        "select source_name, record_key, identifier_key from canonical.identifier_observations"
        " where identifier_key is not null order by 1, 2, 3"
    ):
        if key in owner:
            root[find(key)] = find(first.setdefault((source, record, owner[key]), key))
    profiles = dict(rows("select identifier_key, profile_id from identity.identity_map"))
    allowed, reached = Counter(), Counter()
    for key in owner:
        allowed[find(key)] += 1
        reached[find(key), profiles[key]] += 1
    pairs = {
        name: sum(n * (n - 1) // 2 for n in found.values())
        for name, found in (("allowed", allowed), ("reached", reached))
    }
    assert pairs["allowed"] > 1000
    return pairs["reached"] / pairs["allowed"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Identity of a world of thousands of people, a few of whom share a card or inherit a number:
    the small world has no such pair. Only what identity needs is built."""
    folder = tmp_path_factory.mktemp("quality")
    world = World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))
    world.land(customers=3000, events_per_customer=2)
    needed = ("+identity_quality", "quality_budgets")
    world.dbt("build", "-s", *needed, "--exclude-resource-types", "test", "unit_test")
    world.dbt("test", "-s", "path:models/evaluation", "path:tests/evaluation")
    return world


@pytest.fixture(scope="module")
def rows(world: World) -> Rows:
    """The rows of a query on that world."""
    return world.rows


def bcubed(rows: Rows) -> float:
    """B-cubed F1, identifier by identifier."""
    owner = owners(rows)
    profile = dict(rows("select identifier_key, profile_id from identity.identity_map"))
    of_person, of_profile = defaultdict(set), defaultdict(set)
    for key, person in owner.items():
        of_person[person].add(key)
        of_profile[profile[key]].add(key)
    precision = recall = 0.0
    for key, person in owner.items():
        right = len(of_person[person] & of_profile[profile[key]])
        precision += right / len(of_profile[profile[key]]) / len(owner)
        recall += right / len(of_person[person]) / len(owner)
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize("trap", [*TRAPS, "none of the traps"])
def test_no_trap_merges_two_people(rows, trap):
    if trap in TRAPS:
        assert pairs_in_common(rows)[trap], "the world has no such trap"
    assert over_merged(rows)[trap] == 0


def test_what_evidence_allows_is_found(rows):
    assert recall(rows) >= 0.97


def test_the_mart_counts_alike(rows):
    told = {
        (measure, dimension): float(value)
        for measure, dimension, value in rows(
            "select measure_name, dimension_code, measure_value from evaluation.identity_quality"
        )
    }
    assert told["evidence_recall", "all"] == pytest.approx(recall(rows), abs=1e-6)
    assert told["bcubed_f1", "all"] == pytest.approx(bcubed(rows), abs=1e-6)
    counted = over_merged(rows)
    for trap, kind in TRAPS.items():
        assert told["over_merged_pairs", kind] == counted[trap]
    assert told["over_merged_pairs", "nothing_shared"] == counted["none of the traps"]


def test_two_people_merged_by_mistake_are_counted(world, rows):
    """Joins two people who share a card and two who share nothing; the last test of this world."""
    shared = pairs_in_common(rows)
    sharing = sorted(shared["shared payment card"])[0]
    tempted = {person for pairs in shared.values() for pair in pairs for person in pair}
    profile = dict(rows("select identifier_key, profile_id from identity.identity_map"))
    home = {person: profile[key] for key, person in sorted(owners(rows).items())}
    strangers = [person for person in sorted(home) if person not in tempted][:2]
    with world.open() as warehouse:
        for near, far in (sharing, strangers):
            warehouse.execute(
                "update identity.int_identity__map_current set profile_id = ? where profile_id = ?",
                [home[near], home[far]],
            )
    world.dbt("run", "-s", "path:models/evaluation")
    told = dict(
        rows(
            "select dimension_code, measure_value from evaluation.identity_quality"
            " where measure_name = 'over_merged_pairs'"
        )
    )
    assert told["card_token"] >= 1 and told["nothing_shared"] == 1
    failed = world.dbt("test", "-s", "path:tests/evaluation", expect_success=False)
    assert not failed.success, "the budget is a test"
