"""One connection to the warehouse that dbt builds in, whichever engine it is.

Owns: which database the environment names, and the few statements glue code needs. Refuses: SQL
about customers, which belongs in models.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import psycopg2

PROJECT_DIR = Path(__file__).resolve().parent.parent
TARGETS = ("duckdb", "postgres")
PATIENCE_SECONDS = 3.0  # pages and commands hold DuckDB's file for moments
Opened = TypeVar("Opened")


class WarehouseUnavailable(Exception):
    """The warehouse cannot be opened; the message says why and what to do, in one sentence."""


class QueryFailed(Exception):
    """The warehouse refuses a query; the message has its first line."""


class Warehouse:
    """A connection with one placeholder style (`?`) on both engines; autocommit by default."""

    def __init__(self, engine: str, connection: Any) -> None:
        self.engine = engine
        self.connection = connection

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Runs one statement; returns its rows, or an empty list where it has none."""
        if self.engine == "duckdb":
            result = self.connection.execute(sql, list(parameters))
            return result.fetchall() if result.description else []
        with self.connection.cursor() as cursor:
            if parameters:
                sql = sql.replace("%", "%%").replace("?", "%s")
            cursor.execute(sql, list(parameters) or None)
            return cursor.fetchall() if cursor.description else []

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns and rows of a query. Raises QueryFailed."""
        try:
            if self.engine == "duckdb":
                result = self.connection.execute(sql)
                return [column[0] for column in result.description], result.fetchall()
            with self.connection.cursor() as cursor:
                cursor.execute(sql)
                return [column[0] for column in cursor.description], cursor.fetchall()
        except (duckdb.Error, psycopg2.Error) as error:
            raise QueryFailed(str(error).strip().splitlines()[0]) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements inside take effect together, or none."""
        self.execute("begin")
        try:
            yield
        except BaseException:
            self.execute("rollback")
            raise
        self.execute("commit")

    def spare_memory(self, mebibytes: int) -> None:
        """Bounds what DuckDB may hold in memory until it is closed; what does not fit goes to its
        temporary folder. Its file is brought up to date when it is closed, not on the way: what is
        dropped again by then is never written. PostgreSQL has settings of its own."""
        if self.engine == "duckdb":
            self.execute(f"set memory_limit = '{int(mebibytes)}MiB'")
            self.execute("set threads = 1")  # for batches more cost more than they save, and memory
            self.execute("set preserve_insertion_order = false")
            self.execute("set wal_autocheckpoint = '1GiB'")

    @contextmanager
    def on_two_cores(self) -> Iterator[None]:
        """For statements about a whole audience, after `spare_memory`. More threads would each take
        some 25 MiB more to write with."""
        if self.engine != "duckdb":
            yield
            return
        self.execute("set threads = 2")
        yield
        self.execute("set threads = 1")

    def close(self) -> None:
        """Closes the connection; on DuckDB this frees the file for other processes."""
        self.connection.close()


def target_name() -> str:
    """The dbt target in use. Raises WarehouseUnavailable for one that we do not run on."""
    name = os.environ.get("CDP_TARGET", "duckdb")
    if name not in TARGETS:
        raise WarehouseUnavailable(
            f"CDP_TARGET is {name!r}; set it to one that profiles.yml knows: {', '.join(TARGETS)}."
        )
    return name


def duckdb_path() -> Path:
    """The DuckDB file of the default target."""
    path = Path(os.environ.get("CDP_DUCKDB_PATH", "warehouse/cdp.duckdb"))
    return path if path.is_absolute() else PROJECT_DIR / path


def schema_name(schema: str) -> str:
    """A schema as dbt names it, with the prefix that lets several users share one database."""
    return os.environ.get("CDP_SCHEMA_PREFIX", "") + schema


def patiently(connect: Callable[[], Opened], seconds: float) -> Opened:
    """What `connect` opens, tried again for so many seconds while another process has the DuckDB
    file. Raises what it raises after that, and anything else at once."""
    deadline = time.monotonic() + seconds
    pause = 0.02
    while True:
        try:
            return connect()
        except (duckdb.IOException, WarehouseUnavailable) as error:
            is_locked = "lock" in str(error.__cause__ or error).lower()
            if not is_locked or time.monotonic() > deadline:
                raise
            time.sleep(pause)
            pause = min(1.0, pause * 2)


def connect_to_duckdb(read_only: bool) -> duckdb.DuckDBPyConnection:
    """A connection to the file. Raises WarehouseUnavailable when another process has it open, and
    still has after PATIENCE_SECONDS."""
    path = duckdb_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        connection = patiently(
            lambda: duckdb.connect(str(path), read_only=read_only), PATIENCE_SECONDS
        )
    except duckdb.IOException as error:
        holder = re.search(r"PID \d+", str(error))
        raise WarehouseUnavailable(
            f"{path} cannot be opened{f': process {holder[0]} has it' if holder else ''};"
            " DuckDB allows one writer, so wait for it or close it."
            if holder or "lock" in str(error)
            else f"{path} cannot be opened; {str(error).splitlines()[0]}."
        ) from error
    connection.execute("set TimeZone = 'UTC'")
    return connection


def connect_to_postgres() -> Any:
    """A connection to the server. Raises WarehouseUnavailable when it does not let us in."""
    host, port = os.environ.get("PGHOST", "localhost"), os.environ.get("PGPORT", "5432")
    try:
        connection = psycopg2.connect(
            host=host,
            port=port,
            user=os.environ.get("PGUSER", "postgres"),
            password=os.environ.get("PGPASSWORD", ""),
            dbname=os.environ.get("PGDATABASE", "cdp"),
            options="-c timezone=UTC",
        )
    except psycopg2.OperationalError as error:
        raise WarehouseUnavailable(
            f"PostgreSQL at {host}:{port} does not let us in; check PGHOST, PGPORT, PGUSER,"
            f" PGPASSWORD and PGDATABASE: {str(error).strip().splitlines()[-1]}"
        ) from error
    connection.autocommit = True
    return connection


@contextmanager
def open_warehouse(read_only: bool = False) -> Iterator[Warehouse]:
    """Opens the warehouse named by the environment and closes it afterwards.

    DuckDB allows one writing process and no reader beside it, so keep it open briefly. Raises
    WarehouseUnavailable.
    """
    engine = target_name()
    connection = connect_to_duckdb(read_only) if engine == "duckdb" else connect_to_postgres()
    warehouse = Warehouse(engine, connection)
    try:
        yield warehouse
    finally:
        warehouse.close()
