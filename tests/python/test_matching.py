"""The scored layer: training finds the chances that made its data, each level of alikeness is what
its comment says, and who is typed twice is found while households and namesakes stay apart."""

import random
import shutil
from collections import defaultdict
from datetime import date, timedelta
from itertools import product

import dagster as dg
import numpy as np
import pytest
from conftest import World, environment

from benchmarks.matching import BEFORE, EXACT, PROFILES, SCORED, SEEDS, lay
from orchestration.assets import match_training
from orchestration.matching import NotTrained, Patterns, learn, ledger_rows, train
from orchestration.warehouse import open_warehouse

# --- Training -----------------------------------------------------------------------------------

LEVELS = [range(2, -1, -1), range(1, -1, -1), range(1, -1, -1), range(1, -1, -1)]
ONE_PERSON = [[0.85, 0.1, 0.05], [0.9, 0.1], [0.8, 0.2], [0.95, 0.05]]
STRANGERS = [[0.01, 0.04, 0.95], [0.02, 0.98], [0.05, 0.95], [0.03, 0.97]]
RECORDS, MATCHES = 10_000, 2_000


def expected(one_person: float, strangers: float) -> Patterns:
    """Every pattern as often as these chances make it among so many pairs of each kind."""
    levels = np.array(list(product(*LEVELS)))

    def chance(of: list[list[float]]) -> np.ndarray:
        return np.array(
            [
                np.prod([of[at][LEVELS[at].index(level)] for at, level in enumerate(row)])
                for row in levels
            ]
        )

    return Patterns(levels, one_person * chance(ONE_PERSON) + strangers * chance(STRANGERS))


def drawn() -> tuple[Patterns, Patterns]:
    """All pairs of the records, as if every two shared a block, and a sample of them."""
    pairs = RECORDS * (RECORDS - 1) / 2
    return expected(MATCHES, pairs - MATCHES), expected(300_000 * MATCHES / pairs, 300_000)


def test_training_finds_the_chances_that_made_the_data():
    blocked, sampled = drawn()
    model = learn(LEVELS, [0.02, None, 0.02, None], blocked, sampled, RECORDS)
    assert model.matches == pytest.approx(MATCHES, rel=0.05)
    for at in range(4):
        assert model.one_person[at] == pytest.approx(np.array(ONE_PERSON[at]), abs=0.02)
        assert model.strangers[at] == pytest.approx(np.array(STRANGERS[at]), abs=0.002)
    rows = ledger_rows(["a", "b", "c", "d"], model, RECORDS)
    weights = {(name, level): weight for name, level, *_, weight, _ in rows}
    assert weights["a", 2] == pytest.approx(1000 * np.log2(0.85 / 0.01), rel=0.02)
    assert weights["a", 2] > weights["a", 1] > 0 > weights["a", 0]


def test_training_does_not_depend_on_the_order_of_patterns():
    blocked, sampled = drawn()
    turned = Patterns(blocked.levels[::-1], blocked.pairs[::-1])
    names = ["a", "b", "c", "d"]
    found = [
        ledger_rows(names, learn(LEVELS, [0.1] * 4, each, sampled, RECORDS), RECORDS)
        for each in (blocked, turned)
    ]
    assert [row[-2:] for row in found[0]] == [row[-2:] for row in found[1]]


def test_too_little_to_learn_from_is_refused():
    few = expected(3, 1_000)
    with pytest.raises(NotTrained, match="records are compared"):
        learn(LEVELS, [None] * 4, few, few, records=20)
    strangers = expected(0.0, 1_000)
    with pytest.raises(NotTrained, match="look like one person"):
        learn(LEVELS, [None] * 4, strangers, expected(0.0, 300_000), records=200)


# --- Levels -------------------------------------------------------------------------------------

COLUMNS = ("given_name", "family_name", "generation", "birth_date", "person_number", "street_name")
COLUMNS += ("house_digits", "postal_code", "city", "email", "phone")
# Comparison, level, what the one record says and what the other.
ALIKE = [
    ("given_name", 6, {"given_name": "anna"}, {"given_name": "anna"}),
    (
        *("given_name", 5, {"given_name": "anna", "family_name": "berg"}),
        {"given_name": "berg", "family_name": "anna"},
    ),
    ("given_name", 4, {"given_name": "martin"}, {"given_name": "marten"}),
    ("given_name", 4, {"given_name": "martin"}, {"given_name": "matrin"}),
    ("given_name", 3, {"given_name": "william"}, {"given_name": "bill"}),
    ("given_name", 3, {"given_name": "william"}, {"given_name": "w"}),
    ("given_name", 0, {"given_name": "william"}, {"given_name": "olga"}),
    ("given_name", -1, {"given_name": "william"}, {}),
    ("given_name", 6, {"given_name": "anna", "generation": "2"}, {"given_name": "anna"}),
    (
        *("given_name", 0, {"given_name": "anna", "generation": "2"}),
        {"given_name": "anna", "generation": "1"},
    ),
    ("family_name", 5, {"family_name": "berg"}, {"family_name": "berg"}),
    ("family_name", 3, {"family_name": "berg"}, {"family_name": "berg larsen"}),
    ("family_name", 0, {"family_name": "berg"}, {"family_name": "smith"}),
    ("birth_date", 5, {"birth_date": "19800203"}, {"birth_date": "19800203"}),
    ("birth_date", 4, {"birth_date": "19800203"}, {"birth_date": "19800302"}),
    ("birth_date", 3, {"birth_date": "19800203"}, {"birth_date": "19800213"}),
    ("birth_date", 1, {"birth_date": "19800203"}, {"birth_date": "19801128"}),
    ("birth_date", 0, {"birth_date": "19800203"}, {"birth_date": "19561128"}),
    ("person_number", 2, {"person_number": "4711234"}, {"person_number": "4712134"}),
    (
        *("street", 4, {"street_name": "hauptstrasse", "house_digits": "7"}),
        {"street_name": "hauptstrasse", "house_digits": "7"},
    ),
    (
        *("street", 2, {"street_name": "hauptstrasse", "house_digits": "7"}),
        {"street_name": "hauptstrasse", "house_digits": "9"},
    ),
    (
        *("place", 5, {"postal_code": "10115", "city": "berlin"}),
        {"postal_code": "10115", "city": "berlin"},
    ),
    ("place", 2, {"postal_code": "10115", "city": "berlin"}, {"city": "berlin"}),
    ("email", 4, {"email": "anna@mail.de"}, {"email": "anna@mail.de"}),
    ("email", 3, {"email": "anna@mail.de"}, {"email": "ana@mail.de"}),
    ("email", 2, {"email": "anna.berg@mail.de"}, {"email": "anna.berg@inbox.example"}),
    ("email", 0, {"email": "anna@mail.de"}, {"email": "kontakt@shop.example"}),
    ("phone", 1, {"phone": "+4930123456"}, {"phone": "+4930123465"}),
    ("phone", 0, {"phone": "+4930123456"}, {"phone": "+33612345678"}),
]
JUDGED = """
{{{{ cdp.create_edit_distance() }}}}
--next
with said as ({said}),
records as (
    select
        *, split_part(given_name, ' ', 1) as first_word,
        {{{{ cdp.sorted_letters('given_name') }}}} as given_letters,
        {{{{ cdp.sorted_letters('family_name') }}}} as family_letters,
        {{{{ cdp.sorted_letters('birth_date') }}}} as birth_letters,
        {{{{ cdp.sorted_letters('person_number') }}}} as number_letters,
        {{{{ cdp.sorted_letters('city') }}}} as city_letters,
        1 as given_name_count, 1 as family_name_count
    from said
),
pairs as (
    select cluster_id as near_id, cluster_id + 1 as far_id from said where cluster_id % 2 = 0
),
nicknames as (select cast('william' as varchar) as one_name, cast('bill' as varchar) as other_name)
{{{{ cdp.match_levels('pairs', 'records', 'nicknames') }}}}
"""


def check_levels(world: World) -> None:
    """Each pair of ALIKE has its level, whichever of the two comes first."""
    rows = []
    for number, (_, _, one, other) in enumerate(ALIKE):
        for place, record in enumerate((one, other)):
            cells = [
                f"cast({repr(record[name]) if name in record else 'null'} as varchar) as {name}"
                for name in COLUMNS
            ]
            rows.append(f"select {number * 2 + place} as cluster_id, {', '.join(cells)}")
    inline = JUDGED.format(said=" union all ".join(rows))
    compiled = world.dbt("compile", "--inline", inline).result[0].node.compiled_code
    needed, sql = compiled.split("--next")
    with world.open() as warehouse:
        warehouse.execute("create schema identity")
        if needed.strip():
            warehouse.execute(needed)
    names = sorted({comparison for comparison, *_ in ALIKE})
    listed = ", ".join(f"{name}_level" for name in names)
    found = {
        row[0] // 2: dict(zip(names, row[1:], strict=True))
        for row in world.rows(f"select near_id, {listed} from ({sql}) as judged")
    }
    told = [found[number][comparison] for number, (comparison, *_) in enumerate(ALIKE)]
    assert told == [level for _, level, *_ in ALIKE]


def test_levels_on_duckdb(tmp_path):
    path = str(tmp_path / "cdp.duckdb")
    check_levels(World(tmp_path, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=path))


@pytest.mark.postgres
def test_levels_on_postgres(tmp_path, postgres):
    check_levels(World(tmp_path, CDP_TARGET="postgres", **postgres))


# --- People -------------------------------------------------------------------------------------

GIVEN = ["Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hugo", "Ida", "Jonas", "Karla"]
GIVEN += ["Leo", "Mia", "Nils", "Olga", "Paul", "Rosa"]
FAMILY = ["Adler", "Berg", "Conrad", "Dietz", "Ebert", "Falk", "Graf", "Huber", "Jansen", "Keller"]
FAMILY += ["Lorenz", "Maurer", "Nagel", "Otto"]
CITIES = ["Berlin", "Hamburg", "Leipzig", "Dresden", "Bremen"]


def slipped(dice: random.Random, said: dict[str, str]) -> dict[str, str | None]:
    """What somebody says, typed once more with one field wrong or left out."""
    name = dice.choice(["first_name", "last_name", "birth_date", "street", "email"])
    text = said[name]
    place = dice.randrange(1, len(text) - 1)
    wrong = text[:place] + text[place + 1 :]
    return {**said, name: wrong if name in ("first_name", "last_name", "email") else None}


def people(dice: random.Random) -> list[dict[str, str | None]]:
    """Records of people, some typed twice, with couples, and sons who bear their father's name."""
    found = []

    def record(person: int, said: dict) -> None:
        found.append({"record_id": f"r{len(found)}", "person_id": str(person), **said})

    def born(first: int, last: int) -> str:
        day = date(first, 1, 1) + timedelta(days=dice.randrange(365 * (last - first)))
        return day.isoformat()

    for person in range(0, 800, 2):
        given, family = dice.choice(GIVEN), dice.choice(FAMILY) + dice.choice(["", "mann", "er"])
        said = {
            "first_name": given,
            "last_name": family,
            "birth_date": born(1950, 1975),
            "street": f"{dice.choice(FAMILY)}weg {dice.randint(1, 90)}",
            "postal_code": str(dice.randint(10000, 99999)),
            "city": dice.choice(CITIES),
            "email": f"{given}.{family}{dice.randint(1, 999)}@mail.example".lower(),
        }
        record(person, said)
        if dice.random() < 0.4:
            record(person, slipped(dice, said))
        if dice.random() < 0.3:
            kin = dice.random() < 0.1  # or the chance of another birth date is learnt from them
            other = given if kin else dice.choice([name for name in GIVEN if name != given])
            mail = f"{other}{dice.randint(1, 999)}@inbox.example".lower()
            years = born(1985, 2002) if kin else born(1950, 1975)
            record(person + 1, {**said, "first_name": other, "birth_date": years, "email": mail})
    return found


def scored(world: World) -> tuple[list[tuple], list[tuple]]:
    """Profiles of the records, and what the ledger learnt, after training on them."""
    records = people(random.Random(7))
    with world.open() as warehouse:
        lay(warehouse, records)
    world.dbt("seed", "-s", *SEEDS)
    with world.open() as warehouse:
        warehouse.execute("update rules.match_types set is_enabled = true")
    fewer = {"match_sample_pairs": 30_000}
    world.dbt("run", "-s", *EXACT, *BEFORE, SCORED[0], compiled_with=fewer)
    with environment(**world.variables), open_warehouse() as warehouse:
        train(warehouse, warehouse.execute("select timestamp '2026-06-30 00:00:00'")[0][0])
    world.dbt("run", "-s", *SCORED, *PROFILES)
    profiles = world.rows(
        "select identifier_normalised, profile_id from identity.identity_map order by 1"
    )
    learnt = world.rows(
        "select comparison_code, level_number, match_weight, household_weight"
        " from identity.int_identity__match_weights order by 1, 2"
    )
    return profiles, learnt


@pytest.fixture(scope="module")
def scored_on_duckdb(tmp_path_factory):
    folder = tmp_path_factory.mktemp("matching")
    path = str(folder / "cdp.duckdb")
    world = World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=path)
    return world, *scored(world)


@pytest.mark.slow
def test_who_is_typed_twice_is_found_and_kin_stay_apart(scored_on_duckdb):
    world, profiles, _ = scored_on_duckdb
    records = people(random.Random(7))
    person = {row["record_id"]: row["person_id"] for row in records}
    homes, true = defaultdict(list), defaultdict(list)
    for record, profile in profiles:
        homes[profile].append(record)
        true[person[record]].append(record)
    merged = [home for home in homes.values() if len({person[record] for record in home}) > 1]
    assert not merged
    twice = [group for group in true.values() if len(group) > 1]
    together = [group for group in twice if len({dict(profiles)[name] for name in group}) == 1]
    assert len(twice) > 100 and len(together) / len(twice) > 0.95
    kin = [group for group in true if int(group) % 2]
    assert len(kin) > 80
    decisions = dict(
        world.rows("select decision_code, count(*) from identity.identity_scored_links group by 1")
    )
    assert decisions["joined"] >= len(together)


@pytest.mark.slow
def test_dagster_trains_and_tells_what_is_too_little(scored_on_duckdb, tmp_path):
    world, _, learnt = scored_on_duckdb
    path = tmp_path / "cdp.duckdb"
    with world.open() as warehouse:
        warehouse.execute("force checkpoint")
    shutil.copy(world.folder / "cdp.duckdb", path)
    copy = World(tmp_path, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(path))
    with environment(**copy.variables):
        ended = dg.materialize([match_training])
        with open_warehouse() as warehouse:
            again = warehouse.execute(
                "select comparison_code, level_number, match_weight, household_weight"
                " from identity.int_identity__match_weights"
                " where training_number = 2 order by 1, 2"
            )
            warehouse.execute("delete from identity.int_identity__match_records")
        refused = dg.materialize([match_training], raise_on_error=False)
    assert ended.success and again == learnt
    [failure] = [event for event in refused.all_node_events if event.is_step_failure]
    assert "0 records" in str(failure.step_failure_data.error)


@pytest.mark.slow
def test_an_unlink_outweighs_any_likeness(scored_on_duckdb):
    world, profiles, _ = scored_on_duckdb
    homes = defaultdict(list)
    for record, profile in profiles:
        homes[profile].append(record)
    one, other = next(sorted(home) for home in homes.values() if len(home) == 2)
    with world.open() as warehouse:
        keys = dict(
            warehouse.execute(
                "select identifier_normalised, identifier_key from identity.identity_map"
            )
        )
        warehouse.execute(
            "insert into rules.identifier_overrides values ('o1', 'unlink', null, 'identifier_key',"
            f" '{keys[one]}', null, 'identifier_key', '{keys[other]}', 'ada', 'twins',"
            " timestamp '2026-01-01 00:00:00', null)"
        )
    world.dbt("run", "-s", *EXACT, *SCORED, *PROFILES)
    after = dict(world.rows("select identifier_normalised, profile_id from identity.identity_map"))
    assert after[one] != after[other]
    moved = [record for record, profile in profiles if after[record] != profile]
    assert len(moved) == 1, "nobody else is touched"


@pytest.mark.slow
@pytest.mark.postgres
def test_postgres_learns_and_finds_the_same(scored_on_duckdb, tmp_path, postgres):
    _, profiles, learnt = scored_on_duckdb
    there, learnt_there = scored(World(tmp_path, CDP_TARGET="postgres", **postgres))
    assert learnt_there == learnt
    assert there == profiles
