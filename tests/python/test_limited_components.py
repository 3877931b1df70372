"""Limits by replay against a sequential oracle: the same links dropped, whatever the order."""

import random
from collections import defaultdict

import pytest
import yaml
from conftest import World, environment
from dbt.cli.main import dbtRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestration.warehouse import PROJECT_DIR, open_warehouse

# (node_a, node_b, is_manual) in rank order; (node, limit_code, binds_manual); code -> maximum
Links = list[tuple[int, int, bool]]
Limits = list[tuple[int, str, bool]]
MAXIMA = {"user": 1, "email": 2, "size": 5, "unlink": 1}


def oracle(links: Links, limits: Limits) -> dict[int, int]:
    """The sequential loop: best link first; joined if legal, otherwise dropped."""
    members: dict[int, set[int]] = {node: {node} for link in links for node in link[:2]}
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    binding = {code for _, code, binds_manual in limits if binds_manual}
    for node, code, _ in limits:
        counts[node][code] += 1
    home = {node: node for node in members}
    for node_a, node_b, is_manual in links:
        low, high = sorted((home[node_a], home[node_b]))
        if low == high:
            continue
        shared = {code for code in counts[low] if code in counts[high]}
        if is_manual:
            shared &= binding
        if any(counts[low][code] + counts[high][code] > MAXIMA[code] for code in shared):
            continue
        for code, count in counts[high].items():
            counts[low][code] += count
        members[low] |= members.pop(high)
        home.update(dict.fromkeys(members[low], low))
    return {node: min(members[cluster]) for node, cluster in home.items()}


class Replay:
    """A dbt project of one model, on the macros of this one."""

    def __init__(self, folder, postgres: World | None = None) -> None:
        self.schema = "main" if postgres is None else "replay"
        (folder / "models").mkdir()
        (folder / "models" / "limited.sql").write_text(
            "{{ config(materialized='limited_components') }}\n"
            "select * from {{ source('given', 'links') }}\n"
        )
        (folder / "models" / "sources.yml").write_text(
            f"sources:\n  - name: given\n    schema: {self.schema}\n    tables: [{{name: links}}]\n"
        )
        folders = ("materialization", "portability")
        project = {
            "name": "cdp",
            "version": "1.0.0",
            "profile": "cdp",
            "macro-paths": [str(PROJECT_DIR / "macros" / name) for name in folders],
            "models": {"+schema": self.schema},
            "vars": {"as_of": "2026-06-30 00:00:00"},
        }
        (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
        self.variables = {
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "DBT_PROJECT_DIR": str(folder),
            "CDP_TARGET": "duckdb",
            "CDP_DUCKDB_PATH": str(folder / "replay.duckdb"),
        }
        if postgres is not None:
            self.variables |= {k: v for k, v in postgres.variables.items() if k.startswith("PG")}
            self.variables["CDP_TARGET"] = "postgres"

    def solve(self, links: Links, limits: Limits) -> dict[int, int]:
        """The clusters that the materialization finds."""
        rows = [
            f"({a}, {b}, {rank}, {manual}, null, null)"
            for rank, (a, b, manual) in enumerate(links, start=1)
        ] + [
            f"({node}, null, null, {manual}, '{code}', {MAXIMA[code]})"
            for node, code, manual in limits
        ]
        with environment(**self.variables):
            with open_warehouse() as warehouse:
                warehouse.execute(f"create schema if not exists {self.schema}")
                warehouse.execute(f"drop table if exists {self.schema}.links cascade")
                warehouse.execute(
                    f"create table {self.schema}.links (node_a bigint, node_b bigint,"
                    " link_rank bigint, is_manual boolean, limit_code varchar, max_count integer)"
                )
                if rows:
                    warehouse.execute(f"insert into {self.schema}.links values {', '.join(rows)}")
            result = dbtRunner().invoke(["run", "--quiet", "--no-version-check"])
            assert result.success, [row.message for row in result.result or []]
            with open_warehouse() as warehouse:
                return dict(
                    warehouse.execute(f"select node_id, cluster_id from {self.schema}.limited")
                )


@pytest.fixture(scope="module")
def replay(tmp_path_factory) -> Replay:
    return Replay(tmp_path_factory.mktemp("replay"))


def graph(generator: random.Random, base: int, size: int, density: float) -> tuple[Links, Limits]:
    """Links in rank order and limits of one random graph whose nodes start at `base`."""
    nodes = range(base, base + size)
    pairs = [generator.sample(nodes, 2) for _ in range(int(size * density))]
    manual_count = generator.choice([0, 0, 1, 2])
    links = [(a, b, place < manual_count) for place, (a, b) in enumerate(pairs)]
    limits = [
        (node, code, False)
        for node in nodes
        for code, share in (("user", 0.25), ("email", 0.4), ("size", 0.5))
        if generator.random() < share
    ]
    if generator.random() < 0.3:
        limits += [(node, "unlink", True) for node in generator.sample(nodes, 2)]
    return links, limits


def worlds(seed: int, count: int) -> tuple[Links, Limits]:
    """Many random graphs side by side; their links are tried in turns, as ranks are global."""
    generator = random.Random(seed)
    links: Links = []
    limits: Limits = []
    for number in range(count):
        size = generator.randint(2, 25)
        more = graph(generator, number * 100 + 1, size, generator.choice([0.6, 1.0, 1.5, 3.0]))
        links += more[0]
        limits += more[1]
    order = sorted(range(len(links)), key=lambda place: (not links[place][2], generator.random()))
    return [links[place] for place in order], limits


@pytest.mark.parametrize("seed", [1, 2])
def test_hundreds_of_random_graphs_equal_the_oracle(replay, seed):
    links, limits = worlds(seed, 300)
    assert replay.solve(links, limits) == oracle(links, limits)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pairs=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9), st.booleans()), max_size=25),
    limits=st.lists(
        st.tuples(st.integers(1, 9), st.sampled_from(["user", "email", "size"])), unique=True
    ),
)
@example(  # 3 and 1 meet by a link that breaks a limit, and only later by one that may
    pairs=[(1, 4, True), (4, 3, False), (8, 3, False), (3, 1, True)],
    limits=[(3, "email"), (3, "user"), (4, "email"), (1, "user"), (8, "email")],
)
def test_any_graph_equals_the_oracle(replay, pairs, limits):
    links = [pair for pair in pairs if pair[0] != pair[1]]
    bound = [(node, code, False) for node, code in limits]
    assert replay.solve(links, bound) == oracle(links, bound)


def test_a_hub_with_thousands_of_leaves_does_not_take_thousands_of_rounds(replay):
    links = [(1, leaf, False) for leaf in range(2, 3002)]
    limits = [(node, "size", False) for node in range(1, 3002)]
    found = replay.solve(links, limits)
    assert found == oracle(links, limits)
    assert sum(cluster == 1 for cluster in found.values()) == MAXIMA["size"]


def test_without_limits_it_is_connected_components(replay):
    links = [(node, node + 1, False) for node in range(1, 40)]
    assert set(replay.solve(links, []).values()) == {1}
    assert replay.solve([], []) == {}


@pytest.mark.postgres
def test_postgres_agrees(tmp_path, postgres):
    replay = Replay(tmp_path, World(tmp_path, CDP_TARGET="postgres", **postgres))
    links, limits = worlds(3, 60)
    assert replay.solve(links, limits) == oracle(links, limits)
