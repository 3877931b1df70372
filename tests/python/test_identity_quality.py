"""The demo world's truth: no planted trap merges two people, and what evidence allows is found."""

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
def rows(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """Identity of a world of thousands of people, a few of whom share a card or inherit a number:
    the small world has no such pair. Only what identity needs is built."""
    folder = tmp_path_factory.mktemp("quality")
    world = World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))
    world.land(customers=3000, events_per_customer=2)
    world.dbt("build", "-s", "+identity_map", "--exclude-resource-types", "test", "unit_test")
    return world.rows


@pytest.mark.parametrize("trap", [*TRAPS, "none of the traps"])
def test_no_trap_merges_two_people(rows, trap):
    if trap in TRAPS:
        assert pairs_in_common(rows)[trap], "the world has no such trap"
    assert over_merged(rows)[trap] == 0


def test_what_evidence_allows_is_found(rows):
    assert recall(rows) >= 0.97
