"""A warehouse that cannot be opened says so in one sentence."""

import subprocess
import sys
import time

import duckdb
import pytest
from conftest import environment

from orchestration.activation.settings import SettingsError, open_patience_seconds
from orchestration.warehouse import (
    PROJECT_DIR,
    WarehouseUnavailable,
    open_warehouse,
    target_name,
)

SEND = [sys.executable, "-m", "orchestration.activation", "run", "demo_http__newsletter_audience"]


def test_unknown_target_names_the_known_ones():
    with environment(CDP_TARGET="snowflake"), pytest.raises(WarehouseUnavailable, match="duckdb"):
        target_name()


def test_server_that_does_not_answer_names_the_settings(tmp_path):
    with (
        environment(CDP_TARGET="postgres", PGHOST=str(tmp_path)),
        pytest.raises(WarehouseUnavailable, match="check PGHOST"),
        open_warehouse(),
    ):
        pass


def test_file_that_is_no_database_is_named(tmp_path):
    path = tmp_path / "notes.duckdb"
    path.write_text("not a database" * 1000, encoding="utf-8")
    with (
        environment(CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(path)),
        pytest.raises(WarehouseUnavailable, match=r"notes\.duckdb cannot be opened"),
        open_warehouse(),
    ):
        pass


def send(path) -> subprocess.CompletedProcess:
    """The sync command on a warehouse file, as a process of its own."""
    with environment(
        CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(path), CDP_WAREHOUSE_WAIT_SECONDS="1"
    ):
        return subprocess.run(SEND, cwd=PROJECT_DIR, capture_output=True, text=True, check=False)


def test_second_process_is_told_who_has_the_file(tmp_path):
    path = tmp_path / "busy.duckdb"
    with duckdb.connect(str(path)):
        told = send(path)
    assert told.returncode == 2
    assert "busy.duckdb cannot be opened: process PID" in told.stderr
    assert "Traceback" not in told.stderr


def test_who_has_the_file_for_a_moment_is_waited_for(new_world):
    """A page that reads does not end a run that starts meanwhile."""
    world = new_world()
    world.rows("create table held (id integer)")
    script = (
        "import sys, time, duckdb\nheld = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print('held', flush=True)\ntime.sleep(1.5)"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", script, world.variables["CDP_DUCKDB_PATH"]],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout.readline() == "held\n"
    started = time.monotonic()
    world.rows("insert into held values (1)")
    assert time.monotonic() - started > 0.5, "it was held"
    reader.wait()


def test_a_wait_that_is_no_number_is_refused():
    with (
        environment(CDP_WAREHOUSE_WAIT_SECONDS="a minute"),
        pytest.raises(SettingsError, match="WAIT_SECONDS is 'a minute'; set it to a whole"),
    ):
        open_patience_seconds()


def test_a_sync_before_the_first_build_says_to_build(tmp_path):
    told = send(tmp_path / "empty.duckdb")
    assert told.returncode == 2
    assert "./run dbt build" in told.stderr and "Traceback" not in told.stderr
