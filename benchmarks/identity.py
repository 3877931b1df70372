"""`./run bench identity [--quick]`: clustering and the whole identity step, beside peers.

Realistic edges: people with 3 to 8 identifiers each, chained, and 3 in 100 edges across people, on
dense integer keys in random order. Every measurement runs in a process of its own, which is ended
after CAP seconds and whose peak memory is its own. Measured are

- our clustering beside the floor (one hash aggregate of all ends, two hash joins of the edges
  with it), scipy with load and store, Splink, igraph, networkx and WITH RECURSIVE ... USING KEY
  (the last two only at 1 M edges: at 10 M they need tens of minutes), replay of limits, 1 % new
  edges;
- the same at 50 M edges without peers, for growth against n log n;
- rounds and pointer jumps on paths of 10^6 nodes;
- PostgreSQL at 1 M edges beside a plain recursive CTE; an embedded server, or PGHOST's;
- the project's own models/identity over observations of as many edges as --step says: all models,
  then again after 1 % new records.

--quick: 1 M edges only, no growth. --only PART: one of those lists (clustering, growth, paths,
postgres, step); the other figures are kept as the results file has them.
"""

from __future__ import annotations

import argparse
import importlib
import json
import math
import multiprocessing
import os
import re
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import duckdb
import yaml

from benchmarks.matching import SEEDS
from benchmarks.matching import Project as Warehouse
from benchmarks.results import FOLDER, figure, publish
from benchmarks.servers import postgres_server

PROJECT_DIR = Path(__file__).resolve().parent.parent
AS_OF = "2026-06-30 00:00:00"
NEXT_DAY = "2026-07-01 00:00:00"
CAP = 600  # seconds
RESULTS = FOLDER / "identity.json"
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
    # Every seventeenth identifier is of a type that a profile may have one of: 3 % of components
    # have more.
    "limited": "{{ config(materialized='limited_components') }}\n"
    "with limited_nodes as (\n"
    "    select distinct node_a as node_id from {{ source('bench', 'edges') }}\n"
    "    where node_a % 17 = 0\n"
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


# The first identifier of every third person is a login, of which a profile has one.
TYPES = (
    "['shop_customer_id', 'email', 'crm_id', 'help_desk_id', 'anonymous_id', 'loyalty_id', 'phone',"
    " 'billing_customer_id']"
)
# One record per edge, of which one in a hundred is new when {is_new} holds.
OBSERVATIONS_SQL = """
with people as (
    select range as person, cast(hash(range) % 6 + 2 as bigint) as edge_count
    from range(cast({edges} / 4.5 as bigint))
),
records as (
    select person * 8 + place as record_id, person, place
    from (select person, unnest(range(edge_count)) as place from people) as chained
),
named as (
    select record_id, record_id as node_id from records
    union all
    select
        record_id,
        case
            when hash(record_id + 77) % 100 < 3
                then cast(hash(record_id + 99) % cast({edges} / 4.5 as bigint) * 8 as bigint)
            else record_id + 1
        end as node_id
    from records
),
typed as (
    select
        *,
        case
            when node_id % 8 = 0 and hash(node_id) % 3 = 0 then 'user_id'
            else {types}[node_id % 8 + 1]
        end as identifier_type
    from named
),
valued as (
    select
        *,
        case identifier_type
            when 'email' then 'p' || node_id || '@mail.de'
            when 'phone' then '+49301' || lpad(cast(node_id as varchar), 8, '0')
            else identifier_type || node_id
        end as identifier_value,
        hash(record_id + 55) % 100 = 0 as is_new,
        case
            when hash(record_id + 55) % 100 = 0 then timestamp '2026-06-30 12:00:00'
            else timestamp '2026-01-01 00:00:00' + to_days(cast(hash(record_id) % 150 as integer))
        end as received_at,
        case
            when identifier_type in ('user_id', 'email', 'loyalty_id', 'phone') then '' else 'bench'
        end as identifier_namespace
    from typed
)
select
    cast('bench' as varchar) as source_name,
    cast('records' as varchar) as source_table,
    cast(record_id as varchar) as record_key,
    identifier_type,
    identifier_value,
    cast(null as varchar) as country_code,
    md5(identifier_type || '|' || identifier_namespace || '|' || identifier_value)
        as identifier_key,
    cast(identifier_namespace as varchar) as identifier_namespace,
    identifier_value as identifier_normalised,
    received_at as observed_at,
    received_at
from valued
where {is_new}
"""
KEY_SQL = """
create table key_map as
with recursive labels(node_id, label) using key (node_id) as (
    select node_id, node_id as label from nodes
    union
    (
        select ends.node_id, min(labels.label) as label
        from labels
        inner join ends on labels.node_id = ends.other_id
        inner join recurring.labels as known on ends.node_id = known.node_id
        where labels.label < known.label
        group by ends.node_id
    )
)
select * from labels
"""
RECURSIVE_SQL = """
create temp table recursive_map as
with recursive ends as materialized (
    select node_a as node_id, node_b as other_id from main.edges
    union all
    select node_b, node_a from main.edges
),
reached as (
    select node_id, node_id as label from ends
    union
    select ends.other_id, reached.label
    from reached inner join ends on reached.node_id = ends.node_id
)
select node_id, min(label) as component_id from reached group by node_id
"""
PATHS = {
    "in order": "select range as node_a, range + 1 as node_b from range(1000000)",
    "shuffled": "select key as node_a, next_key as node_b from ("
    " select key, lead(key) over (order by range) as next_key from"
    " (select range, row_number() over (order by hash(range)) as key from range(1000000))"
    ") where next_key is not null",
}


def timed(work: Callable[[], object]) -> float:
    """Seconds that a call takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


def report(work: Callable, given: tuple, answers: multiprocessing.Queue) -> None:
    """In the process of a measurement: puts what it returns and its peak memory, GiB, or why it
    cannot be measured."""
    try:
        found = work(*given)
    except ImportError as missing:
        answers.put((str(missing), None, 0.0))
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        answers.put((None, found, peak))


def alone(work: Callable, *given: Any) -> tuple[Any, float]:
    """What a call returns, run in a process of its own, and that process's peak memory in GiB.
    Raises ImportError for a peer that is not installed, TimeoutError after CAP seconds and
    RuntimeError for a call that fails."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=report, args=(work, given, answers))
    process.start()
    deadline = time.monotonic() + CAP
    while True:
        try:
            missing, found, peak = answers.get(timeout=1)
            break
        except Empty:
            if not process.is_alive():
                raise RuntimeError(f"{work.__name__} failed, see above") from None
            if time.monotonic() > deadline:
                process.kill()
                raise TimeoutError(f"{work.__name__} takes more than {CAP} s") from None
    process.join()
    if missing:
        raise ImportError(missing)
    return found, peak


class Graph:
    """A dbt project of two models on this project's materializations, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bench.duckdb"
        self.variables = {
            "CDP_TARGET": "duckdb",
            "CDP_DUCKDB_PATH": str(self.path),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "DBT_PROJECT_DIR": str(folder),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        if (folder / "models").exists():
            return
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

    def open(self) -> duckdb.DuckDBPyConnection:
        """A connection to the graph's DuckDB, with the memory that dbt's has."""
        settings = {"memory_limit": "8GB", "preserve_insertion_order": False}
        return duckdb.connect(str(self.path), config=settings)


def execute(folder: Path, *statements: str) -> float:
    """Seconds of the last of some statements on a graph's DuckDB."""
    with Graph(folder).open() as connection:
        for statement in statements[:-1]:
            connection.execute(statement)
        return timed(lambda: connection.execute(statements[-1]))


def cluster(folder: Path, model: str, options: tuple = (), server: dict | None = None) -> dict:
    """Seconds that a model of a graph takes, as dbt reports them, with its rounds and pointer
    jumps. server: environment of a PostgreSQL."""
    from dbt.cli.main import dbtRunner

    scratch: set[tuple[str, str]] = set()

    def listen(event: Any) -> None:
        if event.info.name == "SQLQuery":
            scratch.update(re.findall(r"table \w+__roots_(\d+)_jump_(\d+) as", event.data.sql))

    os.environ |= Graph(folder).variables | (server or {})
    found = dbtRunner(callbacks=[listen]).invoke(
        ["run", "--quiet", "--no-version-check", "-s", model, *options]
    )
    if not found.success:
        raise RuntimeError(f"{model}: {[row.message for row in found.result or []]}")
    return {
        "seconds": found.result.results[0].execution_time,
        "rounds": len({made[0] for made in scratch}),
        "jumps": len(scratch),
    }


def scipy_seconds(folder: Path) -> tuple[float, float]:
    """Seconds of scipy with load and store, and of its solving alone."""
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    with Graph(folder).open() as connection:
        started = time.monotonic()
        ends = connection.execute("select node_a, node_b from edges").fetchnumpy()
        both = np.concatenate([ends["node_a"], ends["node_b"]])
        nodes, index = np.unique(both, return_inverse=True)
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


def splink_seconds(folder: Path) -> float:
    """Seconds of Splink's clustering of the same edges."""
    clustering = importlib.import_module("splink.clustering")
    with Graph(folder).open() as connection:
        backend = importlib.import_module("splink").DuckDBAPI(connection=connection)
        connection.execute(
            "create temp table splink_nodes as select node_a as node_id from edges"
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
            )
        )


def networkx_seconds(folder: Path) -> float:
    """Seconds of networkx."""
    networkx = importlib.import_module("networkx")

    def solve() -> None:
        graph = networkx.Graph()
        graph.add_edges_from(connection.execute("select node_a, node_b from edges").fetchall())
        for _ in networkx.connected_components(graph):
            pass

    with Graph(folder).open() as connection:
        return timed(solve)


def igraph_seconds(folder: Path) -> float:
    """Seconds of igraph."""
    igraph = importlib.import_module("igraph")
    with Graph(folder).open() as connection:
        rows = connection.execute("select node_a, node_b from edges")
        return timed(lambda: igraph.Graph.TupleList(rows.fetchall()).connected_components())


def recursive_seconds(folder: Path) -> float:
    """Seconds of WITH RECURSIVE ... USING KEY, which keeps one row per node."""
    return execute(
        folder,
        "create temp table ends as select node_a as node_id, node_b as other_id from edges"
        " union all select node_b, node_a from edges",
        "create temp table nodes as select distinct node_id from ends",
        KEY_SQL.replace("create table", "create temp table"),
    )


def beside(size: str, ours: float, measure: Callable, name: str, target: float | None) -> list:
    """The figures of one peer. One that is not installed has none; one that is ended, the least
    that it takes."""
    try:
        (seconds, _) = alone(*measure)
    except ImportError as missing:
        sys.stderr.write(f"{name} is not measured: {missing}\n")
        return []
    except TimeoutError:
        sys.stderr.write(f"{size}: {name} was ended after {CAP} s\n")
        return [figure(f"{size}: {name}, ended after", CAP, "s", "lower")]
    return [
        figure(f"{size}: {name}", seconds, "s", "lower"),
        figure(f"{size}: clustering / {name}", ours / seconds, "x", "lower", target),
    ]


def clustering(edges: int, folder: Path) -> Iterator[list[dict]]:
    """The figures of clustering at one size, as they are found."""
    size = f"{edges // 1_000_000} M edges"
    alone(execute, folder, EDGES_SQL.format(table="edges", edges=edges))
    before, _ = alone(execute, folder, FLOOR_SQL)
    solved, peak = alone(cluster, folder, "components", ("--full-refresh",))
    after, _ = alone(execute, folder, FLOOR_SQL)
    # Other work on the machine takes from both.
    floor, ours = (before + after) / 2, solved["seconds"]
    yield [
        figure(f"{size}: floor", floor, "s", "lower"),
        figure(f"{size}: clustering", ours, "s", "lower"),
        figure(f"{size}: clustering / floor", ours / floor, "x", "lower", 1.5),
        figure(f"{size}: clustering, peak memory", peak, "GiB", "lower", 3),
        # Above the number of cores, seconds tell of other work as well.
        figure(f"{size}: load of the machine", os.getloadavg()[1], "processes", "lower"),
    ]
    if edges > 10_000_000:
        return
    (scipy, scipy_alone), _ = alone(scipy_seconds, folder)
    with Graph(folder).open() as connection:
        (right,) = connection.execute(
            "select count(*) = (select count(*) from scipy_map) and count(*) = count(label)"
            " and count(distinct component_id) = count(distinct (component_id, label))"
            " and count(distinct label) = count(distinct component_id)"
            " from components left join scipy_map using (node_id)"
        ).fetchone()
        if not right:
            raise RuntimeError(f"{size}: scipy finds other components")
    yield [
        figure(f"{size}: scipy with load and store", scipy, "s", "lower"),
        figure(f"{size}: scipy solving alone", scipy_alone, "s", "lower"),
        figure(f"{size}: clustering / scipy", ours / scipy, "x", "lower", 0.75),
    ]
    yield beside(size, ours, (splink_seconds, folder), "Splink", 0.2)
    yield beside(size, ours, (igraph_seconds, folder), "igraph", None)
    if edges <= 1_000_000:
        yield beside(size, ours, (networkx_seconds, folder), "networkx", None)
        yield beside(size, ours, (recursive_seconds, folder), "recursive USING KEY", None)
    replay, _ = alone(cluster, folder, "limited")
    with Graph(folder).open() as connection:
        (replayed, found) = connection.execute(
            "select count(distinct components.component_id),"
            " (select count(distinct component_id) from components)"
            " from limited inner join components using (node_id)"
        ).fetchone()
        # One edge in a hundred has a twin to a new identifier, whose key is higher than any.
        connection.execute(
            "insert into edges select node_a, highest + row_number() over (order by node_a)"
            " from edges, (select max(greatest(node_a, node_b)) as highest from edges)"
            " where node_b % 100 = 0"
        )
    added, _ = alone(cluster, folder, "components")
    yield [
        figure(f"{size}: components replayed", replayed / found, "share", "higher"),
        figure(f"{size}: replay / clustering", replay["seconds"] / ours, "x", "lower", 0.3),
        figure(f"{size}: 1 % new edges", added["seconds"], "s", "lower"),
        figure(f"{size}: 1 % new edges / clustering", added["seconds"] / ours, "x", "lower"),
    ]


def growth(rows: list[dict], folder: Path) -> list[dict]:
    """Clustering at 50 M edges, and how it grows, against n log n. rows: figures of the others."""
    rows = rows + [row for found in clustering(50_000_000, folder) for row in found]
    seconds = {
        int(row["figure"].split()[0]) * 1e6: row["value"]
        for row in rows
        if re.fullmatch(r"\d+ M edges: clustering", row["figure"])
    }
    for few, many in ((1e6, 1e7), (1e7, 5e7)):
        fair = many * math.log(many) / (few * math.log(few))
        name = f"growth {few / 1e6:.0f} M to {many / 1e6:.0f} M edges / n log n"
        rows.append(figure(name, seconds[many] / seconds[few] / fair, "x", "lower", 1))
    return [row for row in rows if row["figure"].startswith(("50 M", "growth"))]


def paths(folder: Path) -> list[dict]:
    """Rounds and pointer jumps on paths of 10^6 nodes."""
    rows = []
    for order, sql in PATHS.items():
        alone(execute, folder, f"create or replace table edges as {sql}")
        solved, _ = alone(cluster, folder, "components", ("--full-refresh",))
        name = f"path of 10^6, {order}"
        rows += [
            figure(f"{name}: rounds", solved["rounds"], "rounds", "lower", 25),
            figure(f"{name}: pointer jumps", solved["jumps"], "jumps", "lower"),
            figure(f"{name}: clustering", solved["seconds"], "s", "lower"),
        ]
    return rows


def recursive_on_postgres(server: dict) -> float:
    """Seconds of the plain recursive CTE on PostgreSQL."""
    with connect(server) as connection, connection.cursor() as cursor:
        cursor.execute("set work_mem = '1GB'")
        cursor.execute(f"set statement_timeout = '{CAP - 1}s'")
        return timed(lambda: cursor.execute(RECURSIVE_SQL))


def connect(server: dict) -> Any:
    """A connection to PostgreSQL."""
    import psycopg2

    return psycopg2.connect(
        host=server["PGHOST"],
        user=server["PGUSER"],
        password=server["PGPASSWORD"],
        dbname=server["PGDATABASE"],
    )


def postgres(folder: Path) -> list[dict]:
    """PostgreSQL at 1 M edges, beside DuckDB and a plain recursive CTE."""
    with postgres_server() as server:
        server = server | {"CDP_TARGET": "postgres"}
        alone(execute, folder, EDGES_SQL.format(table="edges", edges=1_000_000))
        csv = folder / "edges.csv"
        with Graph(folder).open() as connection:
            connection.execute(f"copy edges to '{csv}' (header false)")
        duck, _ = alone(cluster, folder, "components", ("--full-refresh",))
        with connect(server) as connection, connection.cursor() as cursor, csv.open() as file:
            cursor.execute("create schema if not exists main; drop table if exists main.edges")
            cursor.execute("create table main.edges (node_a bigint, node_b bigint)")
            cursor.copy_expert("copy main.edges from stdin csv", file)
            cursor.execute("analyze main.edges")
        (ours, _) = alone(cluster, folder, "components", ("--full-refresh",), server)
        size, seconds = "PostgreSQL, 1 M edges", ours["seconds"]
        return [
            figure(f"{size}: clustering", seconds, "s", "lower"),
            figure(f"{size}: clustering / DuckDB", seconds / duck["seconds"], "x", "lower"),
            *beside(size, seconds, (recursive_on_postgres, server), "recursive CTE", None),
        ]


def run_step(folder: Path, moment: str) -> dict[str, float]:
    """Seconds of each of the project's identity models, as of a moment."""
    project = Warehouse(folder)
    os.environ |= {"CDP_AS_OF": moment, "CDP_DUCKDB_MEMORY_LIMIT": "8GB"}
    return project.dbt("run", ["path:models/identity"])


def lay_observations(folder: Path, edges: int) -> None:
    """Seeds, and the tables that identity reads, without the newest hundredth of records."""
    old = OBSERVATIONS_SQL.format(edges=edges, types=TYPES, is_new="not is_new")
    with duckdb.connect(str(folder / "cdp.duckdb")) as connection:
        connection.execute("create schema canonical")
        connection.execute(f"create table canonical.identifier_observations as {old}")
        connection.execute(
            "create table canonical.trait_observations as"
            " select * exclude (identifier_namespace, identifier_normalised),"
            " cast('first_name' as varchar) as trait_name, cast('Ann' as varchar) as trait_value"
            " from canonical.identifier_observations where 1 = 0"
        )
        connection.execute(
            "create table canonical.erasure_requests as select identifier_key,"
            " cast('erasure' as varchar) as request_type"
            " from canonical.identifier_observations where 1 = 0"
        )
    Warehouse(folder).dbt("seed", SEEDS)


def step(edges: int, folder: Path) -> list[dict]:
    """The whole identity step: everything in models/identity, then again with new records."""
    size = f"step of {edges // 1_000_000} M edges"
    alone(lay_observations, folder, edges)
    whole, peak = alone(run_step, folder, AS_OF)
    new = OBSERVATIONS_SQL.format(edges=edges, types=TYPES, is_new="is_new")
    with duckdb.connect(str(folder / "cdp.duckdb")) as connection:
        connection.execute(f"insert into canonical.identifier_observations {new}")
        (violating,) = connection.execute(
            "select (select count(distinct component_id) from identity.int_identity__violations)"
            " / (select count(distinct component_id) from identity.int_identity__components)"
        ).fetchone()
    added, _ = alone(run_step, folder, NEXT_DAY)
    ours, total = whole["int_identity__components"], sum(whole.values())
    replay = whole["int_identity__clusters_limited"]
    rows = [
        figure(f"{size}: all models", total, "s", "lower"),
        figure(f"{size}: all models / clustering", total / ours, "x", "lower", 2),
        figure(f"{size}: replay of limits / clustering", replay / ours, "x", "lower", 0.3),
        figure(f"{size}: components that break a limit", violating, "share", "higher"),
        figure(f"{size}: 1 % new records", sum(added.values()), "s", "lower"),
        figure(f"{size}: 1 % new / all", sum(added.values()) / total, "x", "lower", 0.05),
        figure(f"{size}: peak memory", peak, "GiB", "lower"),
    ]
    for kind, found in (("", whole), (", 1 % new", added)):
        rows += [
            figure(f"{size}{kind}: {name}", seconds, "s", "lower")
            for name, seconds in sorted(found.items(), key=lambda row: -row[1])
            if seconds > sum(found.values()) / 20
        ]
    return rows


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.identity", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=["clustering", "growth", "paths", "postgres", "step"])
    parser.add_argument(
        "--edges", type=int, nargs="+", default=[1, 10], help="millions, clustering"
    )
    parser.add_argument("--step", type=int, default=1_000_000, help="edges of the whole step")
    options = parser.parse_args()
    sizes = [1] if options.quick else options.edges

    def keep(work: Callable, *given: Any) -> None:
        """Measures one part and publishes what is found step by step: a part that is ended takes
        nothing else with it."""
        folder = Path(tempfile.mkdtemp())
        try:
            found = work(*given, folder)
            for rows in [found] if isinstance(found, list) else found:
                publish("identity", rows, keep=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def asked(part: str) -> bool:
        return options.only in (None, part)

    if asked("clustering"):
        for millions in sizes:
            keep(clustering, millions * 1_000_000)
    if asked("paths"):
        keep(paths)
    if asked("postgres"):
        keep(postgres)
    if asked("step"):
        keep(step, options.step)
    if asked("growth") and not options.quick:
        keep(growth, json.loads(RESULTS.read_text(encoding="utf-8")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
