"""`./run bench identity [--quick]`: clustering and the whole identity step, beside peers.

Realistic edges: people with 3 to 8 identifiers each, chained, and 3 in 100 edges across people,
on dense integer keys in random order. Beside our materialization run, in the same process and on
the same edges: the floor (one hash aggregate of all ends, two hash joins of the edges with it),
scipy with load and store, and Splink's clustering, networkx and igraph where they are installed
(group `bench`). Sizes: 1 M edges with --quick, else 1 M and 10 M.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import yaml

from benchmarks.results import figure, publish

PROJECT_DIR = Path(__file__).resolve().parent.parent
AS_OF = "2026-06-30 00:00:00"
EDGES_SQL = """
create or replace table {table} as
with people as (
    select range as person, hash(range) % 6 + 2 as edge_count
    from range(cast({edges} / 4.5 as bigint))
),
chained as (
    select person, edge_count, unnest(range(cast(edge_count as bigint))) as place from people
),
numbered as (
    select
        cast(person * 8 + place as bigint) as node_a,
        case
            when hash(person * 8 + place + 77) % 100 < 3
                then cast(
                    hash(person * 8 + place + 99) % cast({edges} / 4.5 as bigint) * 8 as bigint
                )
            else cast(person * 8 + place + 1 as bigint)
        end as node_b
    from chained
)
-- Dense keys in an order that says nothing, as int_identity__identifier_ids gives them.
, keys as (
    select node_id, row_number() over (order by hash(node_id)) as dense_id
    from (select node_a as node_id from numbered union select node_b as node_id from numbered)
)
select near_end.dense_id as node_a, far_end.dense_id as node_b
from numbered
inner join keys as near_end on numbered.node_a = near_end.node_id
inner join keys as far_end on numbered.node_b = far_end.node_id
"""
FLOOR_SQL = """
create or replace temp table floor_result as
with ends as (
    select node_id, count(*) as degree
    from (
        select node_a as node_id from edges union all select node_b as node_id from edges
    ) as both_ends
    group by node_id
)
select edges.node_a, edges.node_b, one_end.degree as degree_a, other_end.degree as degree_b
from edges
inner join ends as one_end on edges.node_a = one_end.node_id
inner join ends as other_end on edges.node_b = other_end.node_id
"""
MODELS = {
    "components": "{{ config(materialized='connected_components') }}\n"
    "select node_a, node_b from {{ source('bench', 'edges') }}\n",
    # Every fortieth person's first identifier is of a type that a profile may have one of.
    "limited": "{{ config(materialized='limited_components') }}\n"
    "with limited_nodes as (\n"
    "    select distinct node_a as node_id from {{ source('bench', 'edges') }}\n"
    "    where node_a % 40 = 0\n"
    "), broken as (\n"
    "    select components.component_id from {{ ref('components') }} as components\n"
    "    inner join limited_nodes on components.node_id = limited_nodes.node_id\n"
    "    group by components.component_id having count(*) > 1\n"
    "), nodes as (\n"
    "    select components.node_id from {{ ref('components') }} as components\n"
    "    inner join broken on components.component_id = broken.component_id\n"
    ")\n"
    "select edges.node_a, edges.node_b,\n"
    "    row_number() over (order by edges.node_b, edges.node_a) as link_rank,\n"
    "    false as is_manual, cast(null as varchar) as limit_code,\n"
    "    cast(null as integer) as max_count\n"
    "from {{ source('bench', 'edges') }} as edges\n"
    "inner join nodes on edges.node_a = nodes.node_id\n"
    "union all\n"
    "select nodes.node_id, null, null, false, 'user_id', 1 from nodes\n"
    "inner join limited_nodes on nodes.node_id = limited_nodes.node_id\n",
}


def timed(work: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


def memory() -> float:
    """Peak memory of this process so far, GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


class Project:
    """A dbt project of two models on this project's materializations, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        (folder / "models").mkdir()
        for name, sql in MODELS.items():
            (folder / "models" / f"{name}.sql").write_text(sql)
        (folder / "models" / "sources.yml").write_text(
            "sources:\n  - name: bench\n    schema: main\n    tables: [{name: edges}]\n"
        )
        macros = [str(PROJECT_DIR / "macros" / name) for name in ("materialization", "portability")]
        project = {"name": "cdp", "version": "1.0.0", "profile": "cdp", "macro-paths": macros}
        project |= {"models": {"+schema": "main"}, "vars": {"as_of": AS_OF}}
        (folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
        self.path = folder / "bench.duckdb"
        os.environ |= {
            "CDP_TARGET": "duckdb",
            "CDP_DUCKDB_PATH": str(self.path),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "DBT_PROJECT_DIR": str(folder),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }

    def open(self) -> duckdb.DuckDBPyConnection:
        """A connection to the project's warehouse."""
        return duckdb.connect(str(self.path))

    def run(self, model: str, *options: str) -> float:
        """Seconds that the model itself takes, as dbt reports them. Raises when it fails."""
        from dbt.cli.main import dbtRunner

        found = dbtRunner().invoke(["run", "--quiet", "--no-version-check", "-s", model, *options])
        if not found.success:
            raise RuntimeError(f"{model}: {[row.message for row in found.result or []]}")
        return found.result.results[0].execution_time


def scipy_seconds(connection: duckdb.DuckDBPyConnection) -> tuple[float, float]:
    """Seconds of scipy with load and store, and of its solving alone."""
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    started = time.monotonic()
    ends = connection.execute("select node_a, node_b from edges").fetchnumpy()
    nodes, index = np.unique(np.concatenate([ends["node_a"], ends["node_b"]]), return_inverse=True)
    half = len(ends["node_a"])
    solving = time.monotonic()
    shape = (len(nodes), len(nodes))
    weights = np.ones(half, dtype=np.int8)
    graph = coo_matrix((weights, (index[:half], index[half:])), shape=shape)
    _, labels = connected_components(graph, directed=False)
    solved = time.monotonic()
    solved_map = {"node_id": nodes, "label": labels}  # noqa: F841 - read by the statement
    connection.execute("create or replace table scipy_map as select * from solved_map")
    return time.monotonic() - started, solved - solving


def splink_seconds(connection: duckdb.DuckDBPyConnection) -> float:
    """Seconds of Splink's clustering of the same edges. Raises ImportError where it is missing."""
    clustering = importlib.import_module("splink.clustering")
    backend = importlib.import_module("splink").DuckDBAPI(connection=connection)
    connection.execute(
        "create or replace temp table splink_nodes as select node_a as node_id from edges"
        " union select node_b from edges"
    )
    return timed(
        lambda: clustering.cluster_pairwise_predictions_at_threshold(
            "splink_nodes",
            "edges",
            db_api=backend,
            node_id_column_name="node_id",
            edge_id_column_name_left="node_a",
            edge_id_column_name_right="node_b",
        ).as_record_dict(limit=1)
    )


def networkx_seconds(connection: duckdb.DuckDBPyConnection) -> float:
    """Seconds of networkx. Raises ImportError where it is missing."""
    networkx = importlib.import_module("networkx")

    def solve() -> None:
        graph = networkx.Graph()
        graph.add_edges_from(connection.execute("select node_a, node_b from edges").fetchall())
        for _ in networkx.connected_components(graph):
            pass

    return timed(solve)


def igraph_seconds(connection: duckdb.DuckDBPyConnection) -> float:
    """Seconds of igraph. Raises ImportError where it is missing."""
    igraph = importlib.import_module("igraph")
    rows = connection.execute("select node_a, node_b from edges")
    return timed(lambda: igraph.Graph.TupleList(rows.fetchall()).connected_components())


def peers(connection: duckdb.DuckDBPyConnection, size: str, ours: float, small: bool) -> list[dict]:
    """Figures of the peers that are installed; those that need minutes only at the small size."""
    asked = {"Splink": (splink_seconds, 0.2)}
    if small:
        asked |= {"networkx": (networkx_seconds, None), "igraph": (igraph_seconds, None)}
    rows = []
    for name, (measure, target) in asked.items():
        try:
            seconds = measure(connection)
        except ImportError as missing:
            sys.stderr.write(f"{name} is not measured: {missing}\n")
            continue
        rows.append(figure(f"{size}: {name}", seconds, "s", "lower"))
        rows.append(figure(f"{size}: clustering / {name}", ours / seconds, "x", "lower", target))
    return rows


def measure(edges: int) -> list[dict]:
    """The figures of one size."""
    size = f"{edges // 1_000_000} M edges"
    folder = Path(tempfile.mkdtemp())
    try:
        project = Project(folder)
        with project.open() as connection:
            connection.execute(EDGES_SQL.format(table="edges", edges=edges))
            floor = timed(lambda: connection.execute(FLOOR_SQL))
            connection.execute("drop table floor_result")
        ours = project.run("components", "--full-refresh")
        peak = memory()
        replay = project.run("limited")
        with project.open() as connection:
            # One person in a hundred gets a new identifier.
            connection.execute(
                "insert into edges select node_a, -1 - node_a from edges where node_b % 100 = 0"
            )
        incremental = project.run("components")
        with project.open() as connection:
            scipy, scipy_alone = scipy_seconds(connection)
            (right,) = connection.execute(
                "select count(distinct component_id) ="
                " (select count(distinct label) from scipy_map)"
                " and count(*) = (select count(*) from scipy_map) from components"
            ).fetchone()
            if not right:
                raise RuntimeError(f"{size}: scipy finds other components")
            (replayed,) = connection.execute("select count(*) from limited").fetchone()
            beside = peers(connection, size, ours, small=edges <= 1_000_000)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        figure(f"{size}: floor", floor, "s", "lower"),
        figure(f"{size}: clustering", ours, "s", "lower"),
        figure(f"{size}: clustering / floor", ours / floor, "x", "lower", 1.5),
        figure(f"{size}: scipy with load and store", scipy, "s", "lower"),
        figure(f"{size}: scipy solving alone", scipy_alone, "s", "lower"),
        figure(f"{size}: clustering / scipy", ours / scipy, "x", "lower", 0.75),
        *beside,
        figure(f"{size}: identifiers replayed", replayed, "rows", "higher"),
        figure(f"{size}: replay of limits / clustering", replay / ours, "x", "lower", 0.3),
        figure(f"{size}: 1 % new edges", incremental, "s", "lower"),
        figure(f"{size}: 1 % new edges / clustering", incremental / ours, "x", "lower", 0.05),
        figure(f"{size}: peak memory after clustering", peak, "GiB", "lower", 3),
    ]


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.identity", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    sizes = [1_000_000] if options.quick else [1_000_000, 10_000_000]
    publish("identity", [row for edges in sizes for row in measure(edges)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
