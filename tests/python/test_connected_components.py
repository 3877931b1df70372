"""The materialization against an independent oracle: random graphs, cruel ones, batches."""

import random
import textwrap

import duckdb
import numpy as np
import pytest
import yaml
from conftest import World, environment
from dbt.cli.main import dbtRunner
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from orchestration.warehouse import PROJECT_DIR

Edges = list[tuple[int, int]]


def oracle(edges: Edges) -> dict[int, int]:
    """Each node of an edge with the smallest node of its component."""
    if not edges:
        return {}
    ends = np.array(edges, dtype=np.int64)
    nodes, index = np.unique(ends, return_inverse=True)
    index = index.reshape(ends.shape)
    graph = coo_matrix((np.ones(len(ends)), (index[:, 0], index[:, 1])), shape=(len(nodes),) * 2)
    _, labels = connected_components(graph, directed=False)
    smallest = np.full(labels.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(smallest, labels, nodes)
    return dict(zip(nodes.tolist(), smallest[labels].tolist(), strict=True))


class Graph:
    """A dbt project of one model, on the macros of this one."""

    def __init__(self, folder, world: World | None = None) -> None:
        self.folder = folder
        self.world = world
        (folder / "models").mkdir()
        (folder / "models" / "components.sql").write_text(
            "{{ config(materialized='connected_components') }}\n"
            "select node_a, node_b from {{ source('graph', 'edges') }}\n"
        )
        (folder / "models" / "sources.yml").write_text(
            "sources:\n  - name: graph\n    schema: main\n    tables: [{name: edges}]\n"
            if world is None
            else "sources:\n  - name: graph\n    schema: graph\n    tables: [{name: edges}]\n"
        )
        (folder / "dbt_project.yml").write_text(
            yaml.safe_dump(
                {
                    "name": "cdp",
                    "version": "1.0.0",
                    "profile": "cdp",
                    "macro-paths": [
                        str(PROJECT_DIR / "macros" / "materialization"),
                        str(PROJECT_DIR / "macros" / "portability"),
                    ],
                    "models": {"+schema": "main" if world is None else "graph"},
                    "vars": {"as_of": "2026-06-30 00:00:00"},
                }
            )
        )
        self.variables = {
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "DBT_PROJECT_DIR": str(folder),
            "CDP_TARGET": "duckdb",
            "CDP_DUCKDB_PATH": str(folder / "graph.duckdb"),
        }
        if world is not None:
            self.variables |= {k: v for k, v in world.variables.items() if k.startswith("PG")}
            self.variables["CDP_TARGET"] = "postgres"

    def open(self):
        """A connection to the graph's warehouse."""
        from orchestration.warehouse import open_warehouse

        return open_warehouse()

    def put(self, edges: Edges) -> None:
        """Replaces the edges."""
        with environment(**self.variables), self.open() as warehouse:
            schema = "main" if self.world is None else "graph"
            warehouse.execute(f"create schema if not exists {schema}")
            warehouse.execute(f"drop table if exists {schema}.edges cascade")
            warehouse.execute(f"create table {schema}.edges (node_a bigint, node_b bigint)")
            if edges and warehouse.engine == "duckdb":
                ends = np.array(edges, dtype=np.int64)
                node_a, node_b = ends[:, 0], ends[:, 1]  # noqa: F841 - read by the statement
                warehouse.connection.execute(
                    f"insert into {schema}.edges select * from (select unnest($a), unnest($b))",
                    {"a": node_a.tolist(), "b": node_b.tolist()},
                )
            elif edges:
                values = ", ".join(f"({a}, {b})" for a, b in edges)
                warehouse.execute(f"insert into {schema}.edges values {values}")

    def put_sql(self, sql: str) -> None:
        """Replaces the edges with those of a query."""
        with environment(**self.variables), self.open() as warehouse:
            warehouse.execute(f"create or replace table main.edges as {sql}")

    def run(self, *options: str) -> bool:
        """Builds the model."""
        with environment(**self.variables):
            result = dbtRunner().invoke(["run", "--quiet", "--no-version-check", *options])
        return result.success

    def components(self) -> dict[int, int]:
        """The map that was built; a node that stands twice would be a bug."""
        schema = "main" if self.world is None else "graph"
        with environment(**self.variables), self.open() as warehouse:
            rows = warehouse.execute(f"select node_id, component_id from {schema}.components")
        assert len(rows) == len({row[0] for row in rows})
        return dict(rows)

    def check(self, edges: Edges, *options: str) -> None:
        """Builds from these edges and compares with the oracle."""
        self.put(edges)
        assert self.run(*options)
        assert self.components() == oracle(edges)


@pytest.fixture
def graph(tmp_path) -> Graph:
    return Graph(tmp_path)


def random_graphs(generator: random.Random, count: int) -> Edges:
    """Many small graphs side by side, sparse to dense, with loops and duplicates."""
    edges = []
    for number in range(count):
        size = generator.randint(1, 30)
        for _ in range(generator.randint(0, size * generator.choice([1, 1, 2, 4]))):
            pair = [number * 100 + generator.randrange(size) for _ in range(2)]
            edges.append(tuple(pair))
            if generator.random() < 0.1:
                edges.append(tuple(reversed(pair)))
    generator.shuffle(edges)
    return edges


def test_hundreds_of_random_graphs(graph):
    graph.check(random_graphs(random.Random(1), 400))


def test_no_edges_and_only_loops(graph):
    graph.check([])
    graph.check([(5, 5), (9, 9)])
    graph.check([])


@pytest.mark.parametrize("offset", [2**31 - 1500, 2**40, -1500])
def test_keys_that_need_more_than_32_bits_or_a_sign(graph, offset):
    edges = random_graphs(random.Random(5), 30)
    graph.check([(a + offset, b + offset) for a, b in edges])


@pytest.mark.parametrize("shape", ["path", "shuffled_path", "star_low", "star_high", "two_cliques"])
def test_cruel_shapes(graph, shape):
    size = 3000
    names = list(range(size))
    if shape == "shuffled_path":
        random.Random(2).shuffle(names)
    if shape in ("path", "shuffled_path"):
        edges = list(zip(names, names[1:], strict=False))
    elif shape == "star_low":
        edges = [(0, leaf) for leaf in range(1, size)]
    elif shape == "star_high":
        edges = [(leaf, size) for leaf in range(size)]
    else:
        edges = [
            (a, b) for base in (0, 100) for a in range(base, base + 60) for b in range(base, a)
        ]
    graph.check(edges)


def test_batches_that_add_and_remove_equal_the_oracle(graph):
    generator = random.Random(3)
    edges = random_graphs(generator, 60)
    graph.check(edges)
    for _ in range(6):
        kept = [edge for edge in edges if generator.random() > 0.08]
        added = [(generator.randrange(6500), generator.randrange(6500)) for _ in range(25)]
        edges = kept + added
        graph.check(edges)
    graph.check(edges, "--full-refresh")


def test_a_failed_run_leaves_the_old_map(graph):
    graph.check([(1, 2), (3, 4)])
    model = graph.folder / "models" / "components.sql"
    good = model.read_text()
    model.write_text(good.replace("select node_a", "select cast('x' as integer) as node_a"))
    assert not graph.run()
    assert graph.components() == {1: 1, 2: 1, 3: 3, 4: 3}
    model.write_text(good)
    graph.check([(1, 2), (2, 3)])


def test_empty_builds_an_empty_map(graph):
    graph.put([(1, 2)])
    assert graph.run("--empty")
    assert graph.components() == {}
    graph.check([(1, 2)])


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["path", "shuffled_path", "star", "giant"])
def test_a_million_nodes(graph, shape):
    shuffled = "(select hash(i) >> 2 as k, lead(hash(i) >> 2) over (order by i) as next from r)"
    graph.put_sql(
        textwrap.dedent(
            {
                "path": "select i as node_a, i + 1 as node_b from range(1000000) as t(i)",
                "shuffled_path": f"with r as (select i from range(1000000) as t(i))"
                f" select cast(k as bigint) as node_a, cast(next as bigint) as node_b"
                f" from {shuffled} where next is not null",
                "star": "select 1000000 as node_a, i as node_b from range(1000000) as t(i)",
                "giant": "select i as node_a, cast(hash(i) % greatest(i, 1) as bigint) as node_b"
                " from range(1000000) as t(i)",
            }[shape]
        )
    )
    assert graph.run()
    with duckdb.connect(str(graph.folder / "graph.duckdb")) as connection:
        counts = connection.execute(
            "select count(*), count(distinct component_id), min(component_id) = min(node_id)"
            " from main.components"
        ).fetchone()
    assert counts == ({"path": 1000001, "star": 1000001}.get(shape, 1000000), 1, True)


@pytest.mark.postgres
def test_postgres_agrees_with_the_oracle(tmp_path, postgres):
    world = World(tmp_path, **postgres)
    (tmp_path / "project").mkdir()
    graph = Graph(tmp_path / "project", world)
    generator = random.Random(4)
    edges = random_graphs(generator, 100)
    graph.check(edges)
    graph.check([edge for edge in edges if generator.random() > 0.1] + [(1, 9999), (101, 202)])
    wide = [(a + 2**40, b + 2**40) for a, b in edges]
    graph.check(wide, "--full-refresh")
