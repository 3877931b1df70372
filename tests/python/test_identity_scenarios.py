"""The stories of tests/scenarios/identity.yml and random histories, all in one world, through the
shipped models: what a story expects, and after every batch what a rebuild finds."""

import hashlib
import shutil
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from conftest import World
from identity_histories import BATCHES, RULE_CHANGES, histories

from orchestration.warehouse import PROJECT_DIR

STORIES = yaml.safe_load((PROJECT_DIR / "tests" / "scenarios" / "identity.yml").read_text())
LOCAL_TYPES = {
    *("shop_customer_id", "crm_id", "help_desk_id", "social_handle", "card_token", "anonymous_id"),
    *("billing_customer_id", "email_platform_id"),
}
MONTHS = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]
HISTORIES = histories(seed=20260131, count=160)
# Nobody is alike in these worlds, and no story reads the two lists: they are built first and last.
NOT_READ = ("--exclude", "int_identity__match_*", "identity_worklist", "identity_health")
OBSERVATIONS = """with

given as (

    select * from {{ source('scenario', 'records') }}

),

keyed as (

    {{ cdp.with_identifier_key('given', normalised=true) }}

)

select * from keyed
"""
# What the sequential loop of `replayed` needs to know.
REPLAYED = {
    "links": """
        select
            edges.is_manual, edges.class_code, edges.last_observed_at,
            near_rule.priority + far_rule.priority, edges.identifier_key,
            edges.linked_identifier_key
        from identity.identity_edges as edges
        inner join rules.identifier_rules as near_rule
            on edges.identifier_type = near_rule.identifier_type
        inner join rules.identifier_rules as far_rule
            on edges.linked_identifier_type = far_rule.identifier_type
    """,
    "seen": """
        select
            identifier_key, identifier_type,
            cast(coalesce(first_observed_at, first_received_at) as date)
        from identity.int_identity__identifiers_judged
    """,
    "limits": "select limit_code, max_count, window_days from rules.profile_limits",
    "unlinks": """
        select identifier_key, linked_identifier_key from identity.int_identity__overrides
        where action_code = 'unlink' and is_active
    """,
    "found": "select identifier_key, profile_id from identity.identity_map",
}
ERASURES = """with

given as (

    select * from {{ source('scenario', 'erasures') }}

),

keyed as (

    {{ cdp.with_identifier_key('given') }}

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
    if kind == "email":
        text = f"{name}.{story}@mail.de"
    elif kind == "phone":
        digest = hashlib.sha256(f"{kind} {text}".encode()).hexdigest()
        text = "+4930" + str(int(digest[:12], 16))[-8:].rjust(8, "2")
    elif kind.endswith("_sha256"):
        plain = value_of(story, f"{kind.removesuffix('_sha256')}:{name}")[2]
        text = hashlib.sha256(plain.encode()).hexdigest()
    return source or "shop", kind, text


def key_of(story: int, identifier: str) -> tuple[str, str, str]:
    """Namespace, type and value of an identifier as a story writes it."""
    source, kind, value = value_of(story, identifier)
    return (source if kind in LOCAL_TYPES else "", kind, value)


def quoted(row: tuple) -> str:
    """A row of texts as SQL writes it; both engines read dates from texts."""
    return "(" + ", ".join("null" if cell is None else f"'{cell}'" for cell in row) + ")"


def block(story: int, word: str) -> str:
    """The statement that blocks a value by the static list."""
    _, kind, value = value_of(story, word)
    pattern = f"^{value.replace('.', '[.]').replace('+', '[+]')}$"
    return f"insert into rules.identifier_blocklist values ('{kind}', '{pattern}', 'block {word}')"


def allow(story: int, word: str) -> str:
    """The statement that takes it back."""
    statement = block(story, word)
    pattern = statement.split("'")[3]
    return f"delete from rules.identifier_blocklist where value_pattern = '{pattern}'"


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
        (models / "canonical" / "erasure_requests.sql").write_text(ERASURES)
        (models / "canonical" / "sources.yml").write_text(
            "sources:\n  - name: scenario\n    schema: scenario\n"
            "    tables: [{name: records}, {name: traits}, {name: erasures}]\n"
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
            warehouse.execute(
                "create table scenario.erasures (source_name varchar, record_key varchar,"
                " identifier_type varchar, identifier_value varchar, country_code varchar,"
                " request_type varchar, requested_at timestamp, received_at timestamp)"
            )

    def land(self, number: int) -> None:
        """Lands what batch `number` of every story and history says but for rules."""
        rows, names, gone, decisions, erasures = [], [], [], [], []
        for story, told in enumerate(STORIES + HISTORIES):
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
                        (source or "shop", f"{story}:{name}", kind, value, None)
                        + ((stated or [MONTHS[number][:8] + "15"])[0], MONTHS[number])
                    )
                for full_name in called:
                    own = (source or "shop", f"{story}:{name}", *value_of(story, words[0])[1:])
                    for trait, part in zip(("first", "last"), full_name.split("_"), strict=True):
                        names.append((*own, None, f"{trait}_name", part, None))
            gone += [f"{story}:{name}" for name in batch.get("delete", [])]
            for word in batch.get("erases", []):
                asked = (*value_of(story, word), None, "erasure", MONTHS[number], MONTHS[number])
                erasures.append((asked[0], f"{story}:{word}", *asked[1:]))
            for name, text in batch.get("overrides", {}).items():
                action, *words = text.split()
                until = words.pop() if "until" in words else None
                ends = [value_of(story, word) for word in words if word != "until"]
                ends += [(None, None, None)] * (2 - len(ends))
                decided = ("ada", "a reason", MONTHS[number], until)
                decisions.append((f"{story}:{name}", action, *ends[0], *ends[1], *decided))
        with self.world.open() as warehouse:
            for table, landed in (
                ("scenario.records", rows),
                ("scenario.traits", names),
                ("scenario.erasures", erasures),
                ("rules.identifier_overrides", decisions),
            ):
                if landed:
                    warehouse.execute(
                        f"insert into {table} values {', '.join(map(quoted, landed))}"
                    )
            for table in ("scenario.traits", "scenario.records"):
                if gone:
                    keys = quoted(tuple(gone))
                    warehouse.execute(f"delete from {table} where record_key in {keys}")

    def change_rules(self, number: int) -> None:
        """Changes the rules as batch `number` says."""
        rules = [*RULE_CHANGES.get(number, [])]
        for story, told in enumerate(STORIES + HISTORIES):
            if number < len(told["batches"]):
                batch = told["batches"][number]
                rules += [block(story, word) for word in batch.get("blocks", [])]
                rules += [allow(story, word) for word in batch.get("allows", [])]
        with self.world.open() as warehouse:
            for statement in rules:
                warehouse.execute(statement)

    def shuffle(self) -> None:
        """Puts the records into another order."""
        with self.world.open() as warehouse:
            for statement in (
                "create table scenario.shuffled as select * from scenario.records"
                " order by md5(record_key || identifier_type), identifier_value",
                "delete from scenario.records",
                "insert into scenario.records select * from scenario.shuffled",
                "drop table scenario.shuffled",
            ):
                warehouse.execute(statement)

    def build(self, number: int, *options: str, command: str = "run", hour: int = 12) -> None:
        """Builds identity as of the batch's month."""
        self.world.variables["CDP_AS_OF"] = f"{MONTHS[number]} {hour}:00:00"
        self.world.dbt(command, "-s", "path:models", *options)

    def rebuilt(self, number: int) -> dict:
        """What a rebuild as of a batch finds where the incremental run is still to come, in a copy
        of the warehouse: the ledger of ids is the same for both."""
        own = self.world
        folder = own.folder / f"rebuilt_{number}"
        folder.mkdir()
        with own.open() as warehouse:
            warehouse.execute("force checkpoint")
        path = Path(own.variables["CDP_DUCKDB_PATH"])
        paths = {
            "CDP_DUCKDB_PATH": str(shutil.copy(path, folder)),
            "DBT_TARGET_PATH": str(folder / "target"),
        }
        self.world = World(folder, **(own.variables | paths))
        self.build(number, "--full-refresh", *NOT_READ)
        found = self.read()
        self.world = own
        return found

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
            "map": profiles,
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
            "edges": {
                row
                for row in self.world.rows(
                    "select edge_key, class_code, source_name, record_key, record_count,"
                    " first_observed_at, last_observed_at, first_received_at, is_manual"
                    " from identity.identity_edges"
                )
            },
            "replay": {name: self.world.rows(sql) for name, sql in REPLAYED.items()},
            "map_rows": self.world.rows(
                "select identifier_key, identifier_normalised, class_code, priority, is_admitted,"
                " first_observed_at, last_observed_at from identity.identity_map"
            ),
            "ledger": self.world.rows(
                "select map_history_key, version_number, profile_id, minted_from_key, minted_at,"
                " valid_from_at, valid_to_at from identity.identity_map_history"
            ),
            "merges": self.world.rows(
                "select from_profile_id, split_part(cause_record_key, ':', 2)"
                " from identity.identity_merges"
            ),
            "splits": self.world.rows(
                "select from_profile_id, cause_code from identity.identity_splits"
            ),
        }

    def maps_on(self, moments: list[str]) -> list[dict[str, str]]:
        """The map of each moment, as the history tells it afterwards."""
        inline = """{{ cdp.identity_map_on("timestamp 'THEN'") }}"""
        sql = self.world.dbt("compile", "--inline", inline).result[0].node.compiled_code
        return [dict(self.world.rows(sql.replace("THEN", moment))) for moment in moments]


def run(world: World, folder: Path) -> list[dict]:
    """What each batch leaves behind; the last entry is a rebuild after all of them, with its tests,
    and tells also what its history says of each batch. Rules change an hour before records do:
    everybody is judged again then, and in the hour after only who was touched. On DuckDB, whose
    warehouse is a file, a state has beside it what a rebuild finds in place of that hour's run."""
    stories = Stories(world, folder)
    states = []
    for number in range(BATCHES):
        beside = {}
        if number:
            stories.change_rules(number)
            stories.build(number, *NOT_READ, hour=11)
        stories.land(number)
        if number and "CDP_DUCKDB_PATH" in world.variables:
            beside = {"rebuilt": stories.rebuilt(number)}
        stories.build(number, *(NOT_READ if number else ()))
        states.append({**stories.read(), **beside})
    stories.shuffle()
    stories.build(BATCHES - 1, "--full-refresh", command="build")
    then = stories.maps_on([f"{month} 12:00:00" for month in MONTHS])
    states.append({**stories.read(), "then": then})
    return states


@pytest.fixture(scope="module")
def told_on_duckdb(tmp_path_factory) -> list[dict]:
    folder = tmp_path_factory.mktemp("stories")
    path = str(folder / "cdp.duckdb")
    return run(World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=path), folder)


def check(story: int, states: list[dict]) -> None:
    """Compares one story with what the batches left behind."""

    def key(identifier: str) -> tuple[str, str, str]:
        return key_of(story, identifier)

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
        for word in batch.get("returns", []):
            assert state["profile"][key(word)] in ever[key(word)], f"{word} has its id again"
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
                causes = [cause for profile, cause in state[log] if profile in profiles]
                assert sorted(causes) == sorted(batch[log]), log


STORY_NAMES = [story["name"].replace(" ", "_") for story in STORIES]


@pytest.mark.parametrize("story", range(len(STORIES)), ids=STORY_NAMES)
def test_story(told_on_duckdb, story):
    check(story, told_on_duckdb)


def alive(number: int) -> set[tuple[str, str, str]]:
    """What the records of the histories name after a batch."""
    return {
        key_of(story, word)
        for story, told in enumerate(HISTORIES, start=len(STORIES))
        for word in told["batches"][number]["alive"]
    }


OF_HISTORIES = set().union(*(alive(number) for number in range(BATCHES)))


def assert_same(found: dict, rebuilt: dict) -> None:
    """Compares a state with what a rebuild finds, ids and causes included."""
    for part in ("map", "refused", "dropped", "edges"):
        assert found[part] == rebuilt[part], part
    for log in ("map_rows", "ledger", "merges", "splits"):
        assert sorted(found[log], key=str) == sorted(rebuilt[log], key=str), log


@pytest.mark.parametrize("number", range(1, BATCHES))
def test_a_run_finds_what_a_rebuild_finds_in_its_place(told_on_duckdb, number):
    assert_same(told_on_duckdb[number], told_on_duckdb[number]["rebuilt"])


def test_a_rebuild_finds_what_the_batches_left(told_on_duckdb):
    assert_same(*told_on_duckdb[-2:])


def test_the_history_tells_who_was_who_at_each_batch(told_on_duckdb):
    assert told_on_duckdb[-1]["then"] == [state["map"] for state in told_on_duckdb[:-1]]


CLASSES = ["login", "verified", "declared", "device", "inferred"]


def replayed(told: dict[str, list[tuple]]) -> set[frozenset[str]]:
    """The grouping by the sequential loop over all links, best first, as the guide tells it: a link
    joins two groups unless both count towards a limit that they would break together."""
    seen = {key: (kind, day) for key, kind, day in told["seen"]}
    group = {key: {key} for key in seen}

    def breaks(near: set[str], far: set[str], kind: str, maximum: int, days: int | None) -> bool:
        found = [[seen[key][1] for key in part if seen[key][0] == kind] for part in (near, far)]
        if kind == "any":
            return len(near) + len(far) > maximum
        if days is None:
            return all(found) and sum(map(len, found)) > maximum
        for start in found[0] + found[1]:
            inside = [[day for day in part if 0 <= (day - start).days < days] for part in found]
            if all(inside) and sum(map(len, inside)) > maximum:
                return True
        return False

    def rank(link: tuple) -> tuple:
        is_manual, class_code, at, priorities, low, high = link
        return (not is_manual, CLASSES.index(class_code), -at.timestamp(), priorities, low, high)

    for is_manual, *_, low, high in sorted(told["links"], key=rank):
        near, far = group[low], group[high]
        if near is far:
            continue
        if any((a in near and b in far) or (a in far and b in near) for a, b in told["unlinks"]):
            continue
        if not is_manual and any(breaks(near, far, *limit) for limit in told["limits"]):
            continue
        near |= far
        group.update(dict.fromkeys(far, near))
    return {frozenset(part) for part in group.values()}


@pytest.mark.parametrize("number", range(BATCHES))
def test_profiles_are_those_of_the_sequential_loop(told_on_duckdb, number):
    told = told_on_duckdb[number]["replay"]
    found = defaultdict(set)
    for key, profile in told["found"]:
        found[profile].add(key)
    assert {frozenset(part) for part in found.values()} == replayed(told)


@pytest.mark.parametrize("number", range(BATCHES))
def test_profiles_hold_what_records_name_and_nothing_else(told_on_duckdb, number):
    assert {key for key in told_on_duckdb[number]["profile"] if key in OF_HISTORIES} == alive(
        number
    )


def test_the_histories_are_eventful(told_on_duckdb):
    for before, after in pairwise(told_on_duckdb[:-1]):
        moved = [
            key
            for key in OF_HISTORIES & set(before["profile"]) & set(after["profile"])
            if before["profile"][key] != after["profile"][key]
        ]
        assert len(moved) > 20
        for log in ("merges", "splits"):
            assert len(after[log]) > len(before[log]) + 10, log
        assert len(OF_HISTORIES & set(before["profile"]) - set(after["profile"])) > 10, "erased"
    final = told_on_duckdb[-1]
    reasons = Counter(reason for key, reason in final["refused"].items() if key in OF_HISTORIES)
    limits = Counter(limit for ends, limit in final["dropped"] if ends <= OF_HISTORIES)
    assert all(reasons[code] > 3 for code in ("blocked_value", "shared_value", "blocked_by_hand"))
    causes = Counter(cause for _, cause in final["splits"])
    assert all(causes[code] > 3 for code in ("override", "limit", "refusal", "link_gone"))
    assert all(limits[code] > 3 for code in ("user_id", "unlink", "shop_customer_id", "email"))


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
        for log in ("merges", "splits"):
            assert sorted(here[log]) == sorted(there[log])
    assert states[-1]["then"] == told_on_duckdb[-1]["then"]
