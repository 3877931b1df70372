"""The stories of tests/scenarios/identity.yml, all in one world, through the shipped models."""

import hashlib
import shutil
from collections import defaultdict
from pathlib import Path

import pytest
import yaml
from conftest import World

from orchestration.warehouse import PROJECT_DIR

STORIES = yaml.safe_load((PROJECT_DIR / "tests" / "scenarios" / "identity.yml").read_text())
MONTHS = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
BATCHES = max(len(story["batches"]) for story in STORIES)
OBSERVATIONS = """with

given as (

    select * from {{ source('scenario', 'records') }}

),

keyed as (

    {{ cdp.with_identifier_key('given', normalised=true) }}

)

select * from keyed
"""
TRAITS = """with

given as (

    select * from {{ source('scenario', 'traits') }}

),

keyed as (

    {{ cdp.with_identifier_key('given') }}

)

select * from keyed
"""


def value_of(story: int, identifier: str) -> tuple[str, str, str]:
    """Source, type and value of an identifier as a story writes it."""
    source, _, rest = identifier.rpartition("/")
    kind, _, name = rest.partition(":")
    if name.startswith("="):
        return source or "shop", kind, name[1:]
    text = f"{name}.{story}"
    digest = hashlib.sha256(f"{kind} {text}".encode()).hexdigest()
    if kind == "email":
        text = f"{name}.{story}@mail.de"
    elif kind == "phone":
        text = "+4930" + str(int(digest[:12], 16))[-8:].rjust(8, "2")
    elif kind.endswith("sha256"):
        text = digest
    return source or "shop", kind, text


class Stories:
    """A world whose only source is the stories' records."""

    def __init__(self, world: World, folder: Path) -> None:
        project = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())
        models = folder / "models"
        (models / "canonical").mkdir(parents=True)
        shutil.copy(PROJECT_DIR / "models" / "_groups.yml", models / "_groups.yml")
        shutil.copytree(PROJECT_DIR / "models" / "identity", models / "identity")
        # Copies: dbt writes what it ran beside target/, but over a seed whose path is absolute.
        shutil.copytree(PROJECT_DIR / "seeds", folder / "seeds")
        shutil.copytree(PROJECT_DIR / "tests" / "identity", folder / "tests" / "identity")
        shutil.copytree(PROJECT_DIR / "tests" / "generic", folder / "tests" / "generic")
        (models / "canonical" / "identifier_observations.sql").write_text(OBSERVATIONS)
        (models / "canonical" / "trait_observations.sql").write_text(TRAITS)
        (models / "canonical" / "sources.yml").write_text(
            "sources:\n  - name: scenario\n    schema: scenario\n"
            "    tables: [{name: records}, {name: traits}]\n"
        )
        project["models"]["cdp"]["canonical"]["+contract"] = {"enforced": False}
        project["macro-paths"] = [str(PROJECT_DIR / "macros")]
        project["docs-paths"] = [str(PROJECT_DIR / "docs")]
        (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
        world.variables["DBT_PROJECT_DIR"] = str(folder)
        self.world = world
        self.profiles: list[dict] = []
        self.logs: list[dict] = []
        world.dbt("seed", "--full-refresh")
        with world.open() as warehouse:
            warehouse.execute("drop schema if exists scenario cascade")
            warehouse.execute("create schema scenario")
            warehouse.execute(
                "create table scenario.records (source_name varchar, record_key varchar,"
                " identifier_type varchar, identifier_value varchar, country_code varchar,"
                " observed_at timestamp, received_at timestamp)"
            )
            warehouse.execute(
                "create table scenario.traits (source_name varchar, record_key varchar,"
                " identifier_type varchar, identifier_value varchar, country_code varchar,"
                " trait_name varchar, trait_value varchar, observed_at timestamp)"
            )

    def land(self, number: int) -> None:
        """Lands what batch `number` of every story says."""
        rows, names, gone, decisions = [], [], [], []
        for story, told in enumerate(STORIES):
            if number >= len(told["batches"]):
                continue
            batch = told["batches"][number]
            for name, text in batch.get("records", {}).items():
                source, _, name = name.rpartition(":")
                words = text.split()
                stated = [word[1:] for word in words if word.startswith("@")]
                called = [word.split("=")[1] for word in words if word.startswith("name=")]
                words = [word for word in words if not word.startswith(("@", "name="))]
                for word in words:
                    _, kind, value = value_of(story, word)
                    rows.append(
                        (source or "shop", f"{story}:{name}", kind, value)
                        + ((stated or [MONTHS[number][:8] + "15"])[0], MONTHS[number])
                    )
                for full_name in called:
                    first, last = full_name.split("_")
                    own = (source or "shop", f"{story}:{name}", *value_of(story, words[0])[1:])
                    names += [(*own, "first_name", first), (*own, "last_name", last)]
            gone += [f"{story}:{name}" for name in batch.get("delete", [])]
            for name, text in batch.get("overrides", {}).items():
                action, *words = text.split()
                until = words.pop() if "until" in words else None
                ends = [value_of(story, word) for word in words if word != "until"]
                ends += [(None, None, None)] * (2 - len(ends))
                decisions.append((f"{story}:{name}", action, *ends[0], *ends[1], until))
        with self.world.open() as warehouse:
            for row in rows:
                quoted = ", ".join(f"'{cell}'" for cell in row[:4])
                warehouse.execute(
                    f"insert into scenario.records values ({quoted}, null,"
                    f" timestamp '{row[4]} 00:00:00', timestamp '{row[5]} 00:00:00')"
                )
            for row in names:
                quoted = ", ".join(f"'{cell}'" for cell in row[:4])
                warehouse.execute(
                    f"insert into scenario.traits values ({quoted}, null, '{row[4]}',"
                    f" '{row[5]}', null)"
                )
            for name in gone:
                warehouse.execute("delete from scenario.traits where record_key = ?", [name])
                warehouse.execute("delete from scenario.records where record_key = ?", [name])
            for row in decisions:
                cells = ["null" if cell is None else f"'{cell}'" for cell in row]
                warehouse.execute(
                    "insert into rules.identifier_overrides values"
                    f" ({', '.join(cells[:8])}, 'ada', 'a reason',"
                    f" timestamp '{MONTHS[number]} 00:00:00', cast({cells[8]} as timestamp))"
                )

    def build(self, number: int, *options: str) -> None:
        """Builds identity as of the batch's month and keeps what it says."""
        self.world.variables["CDP_AS_OF"] = f"{MONTHS[number]} 12:00:00"
        command = "build" if number + 1 == BATCHES or options else "run"
        self.world.dbt(command, "-s", "path:models", *options)

    def read(self) -> dict:
        """Profiles, refusals, dropped links, merges and splits, by identifier."""
        names = {
            row[0]: row[1:]
            for row in self.world.rows(
                "select identifier_key, identifier_namespace, identifier_type,"
                " identifier_normalised from canonical.identifier_observations"
                " where identifier_key is not null"
            )
        }
        profiles = dict(
            self.world.rows("select identifier_key, profile_id from identity.identity_map")
        )
        history = self.world.rows(
            "select profile_id, identifier_key from identity.identity_map_history"
        )
        return {
            "names": names,
            "profile": {names[key]: profile for key, profile in profiles.items()},
            "ever": history,
            "refused": {
                names[row[0]]: row[1]
                for row in self.world.rows(
                    "select identifier_key, reason_code from identity.identity_rejections"
                    " where identifier_key is not null"
                )
            },
            "dropped": {
                (frozenset((names[row[0]], names[row[1]])), row[2].split(":")[0])
                for row in self.world.rows(
                    "select identifier_key, linked_identifier_key, limited_type"
                    " from identity.identity_conflicts where is_dropped"
                )
            },
            "merges": self.world.rows("select from_profile_id from identity.identity_merges"),
            "splits": self.world.rows("select from_profile_id from identity.identity_splits"),
        }


def run(world: World, folder: Path) -> list[dict]:
    """What each batch leaves behind; the last entry is a rebuild after all of them."""
    stories = Stories(world, folder)
    states = []
    for number in range(BATCHES):
        stories.land(number)
        stories.build(number)
        states.append(stories.read())
    stories.build(BATCHES - 1, "--full-refresh")
    states.append(stories.read())
    return states


@pytest.fixture(scope="module")
def told_on_duckdb(tmp_path_factory) -> list[dict]:
    folder = tmp_path_factory.mktemp("stories")
    path = str(folder / "cdp.duckdb")
    return run(World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=path), folder)


def check(story: int, states: list[dict]) -> None:
    """Compares one story with what the batches left behind."""
    rules = {"shop_customer_id", "crm_id", "help_desk_id", "social_handle", "card_token"}
    rules |= {"anonymous_id", "billing_customer_id", "email_platform_id"}

    def key(identifier: str) -> tuple[str, str, str]:
        source, kind, value = value_of(story, identifier)
        return (source if kind in rules else "", kind, value)

    mine = {
        key(word)
        for batch in STORIES[story]["batches"]
        for group in batch["groups"]
        for word in group.split()
    }
    for number, batch in enumerate(STORIES[story]["batches"]):
        state = states[number]
        expected = {frozenset(key(word) for word in group.split()) for group in batch["groups"]}
        found = defaultdict(set)
        for identifier, profile in state["profile"].items():
            if identifier in mine:
                found[profile].add(identifier)
        assert {frozenset(group) for group in found.values()} == expected, f"batch {number + 1}"
        before = {} if number == 0 else states[number - 1]["profile"]
        ever = defaultdict(set)
        for state_before in states[:number]:
            for identifier, profile in state_before["profile"].items():
                ever[identifier].add(profile)
        for word in batch.get("keeps", []):
            assert state["profile"][key(word)] == before[key(word)], f"{word} keeps its id"
        for word in batch.get("moves", []):
            last = before.get(key(word)) or next(iter(ever[key(word)]))
            assert state["profile"][key(word)] != last, f"{word} gets another id"
        for word, reason in batch.get("refused", {}).items():
            assert state["refused"][key(word)] == reason
        for text in batch.get("dropped", []):
            low, high, limit = text.split()
            assert (frozenset((key(low), key(high))), limit) in state["dropped"]
        profiles = {profile for profile, name in state["ever"] if state["names"].get(name) in mine}
        for log in ("merges", "splits"):
            if log in batch:
                assert sum(row[0] in profiles for row in state[log]) == batch[log], log


STORY_NAMES = [story["name"].replace(" ", "_") for story in STORIES]


@pytest.mark.parametrize("story", range(len(STORIES)), ids=STORY_NAMES)
def test_story(told_on_duckdb, story):
    check(story, told_on_duckdb)


def groups(state: dict) -> set[frozenset]:
    """The grouping alone, without ids."""
    found = defaultdict(set)
    for identifier, profile in state["profile"].items():
        found[profile].add(identifier)
    return {frozenset(group) for group in found.values()}


def test_a_rebuild_groups_alike_and_keeps_every_id(told_on_duckdb):
    assert told_on_duckdb[-1]["profile"] == told_on_duckdb[-2]["profile"]
    assert groups(told_on_duckdb[-1]) == groups(told_on_duckdb[-2])


def test_there_are_at_least_thirty_stories():
    assert len(set(STORY_NAMES)) == len(STORIES) >= 30


@pytest.mark.postgres
def test_postgres_tells_the_same_stories(told_on_duckdb, tmp_path, postgres):
    states = run(World(tmp_path, CDP_TARGET="postgres", **postgres), tmp_path)
    for story in range(len(STORIES)):
        check(story, states)
    for here, there in zip(told_on_duckdb, states, strict=True):
        assert here["profile"] == there["profile"]
        assert here["dropped"] == there["dropped"]
        assert here["refused"] == there["refused"]
