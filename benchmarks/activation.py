"""`./run bench activation [--quick]`: the sync engine, its plan, and a run with nothing to do.

Sending: an outbox of 100,000 and 1,000,000 members (--quick: 100,000) goes to a server on this
machine that reads every request and answers for every member, at once or after 100 ms. Beside the
engine, which keeps its ledger in the warehouse, send the same rows to the same server: a bare httpx
loop that turns rows into JSON and keeps no books (with one request under way, and with as many as
the engine; the quicker counts), drt's REST destination in batch mode, and a dlt custom destination.

Plan: the SQL that dbt compiles, with as many members desired as confirmed and one in a hundred
changed, against a plain full outer join of the two tables. The same world then has nothing to send.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import httpx

from benchmarks.build import DBT, land, timed, warehouse_in
from benchmarks.results import figure, publish

SYNC = "demo_http__newsletter_audience"
AUDIENCE = "newsletter_audience"
IN_FLIGHT = 4
FIELDS = ("external_id", "email", "email_sha256", "first_name", "country_code", "orders")
MEMBER = {
    "external_id": "member_key",
    "email": "member_key || '@mail.example'",
    "email_sha256": "sha256(member_key || '@mail.example')",
    "first_name": "'Name ' || cast(number % 997 as varchar)",
    "country_code": "'DE'",
    "orders": "cast(number % 17 as varchar)",
}


# --- The server ----------------------------------------------------------------------------------


class _Handler(BaseHTTPRequestHandler):
    """Answers a POST to /{milliseconds}/... for every member in it; GET tells what it has seen."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    seen = 0
    requests = 0
    lock = threading.Lock()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Says nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        count = body.count(b'"external_id"')
        with self.lock:
            type(self).seen += count
            type(self).requests += 1
        time.sleep(int(self.path.split("/")[1]) / 1000)
        results = ",".join(f'{{"index":{index},"status":"ok"}}' for index in range(count))
        self._answer(f'{{"results":[{results}]}}'.encode())

    def do_GET(self) -> None:
        self._answer(json.dumps([type(self).seen, type(self).requests]).encode())

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve(port: Any) -> None:
    """Serves in this process and puts its port into the pipe."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    port.send(server.server_address[1])
    server.serve_forever()


# --- The senders, each in a process of its own ---------------------------------------------------


def run_engine(path: str, url: str, rows: int) -> float:
    """Seconds of one sync run; the batches are as the outbox has them."""
    from orchestration.activation.engine import run_sync

    # where pandas is installed, DuckDB imports it with the first parameter: imports are outside the
    # clock for every sender
    duckdb.execute("select ?", ["a"])
    os.environ |= {
        "CDP_TARGET": "duckdb",
        "CDP_DUCKDB_PATH": path,
        "CDP_DEMO_HTTP_URL": url,
        "CDP_DEMO_HTTP_TOKEN": "bench",
    }
    started = time.monotonic()
    report = run_sync(SYNC)
    taken = time.monotonic() - started
    if report.confirmed != report.planned:
        raise RuntimeError(f"the engine ended with {report}")
    return taken


def run_bare(path: str, url: str, rows: int, in_flight: int) -> float:
    """Seconds of a loop that reads rows, turns them into JSON and posts them."""
    started = time.monotonic()
    with (
        duckdb.connect(path, read_only=True) as connection,
        httpx.Client(timeout=30) as client,
        ThreadPoolExecutor(in_flight) as pool,
    ):
        found = connection.execute(f"select {', '.join(FIELDS)} from bench.members order by 1")
        under_way: set[Future[None]] = set()

        def post(body: str) -> None:
            client.post(
                f"{url}/audiences/{AUDIENCE}/members",
                content=body.encode(),
                headers={"content-type": "application/json"},
            ).raise_for_status().json()

        while members := found.fetchmany(rows):
            listed = [dict(zip(FIELDS, member, strict=True)) for member in members]
            body = json.dumps({"operation": "upsert", "members": listed})
            if in_flight == 1:
                post(body)
                continue
            under_way.add(pool.submit(post, body))
            if len(under_way) >= in_flight:
                done, under_way = wait(under_way, return_when="FIRST_COMPLETED")
                for future in done:
                    future.result()
        for future in under_way:
            future.result()
    return time.monotonic() - started


def run_drt(path: str, url: str, rows: int) -> float:
    """Seconds of drt's engine with its DuckDB source and REST destination in batch mode."""
    from drt.config.credentials import DuckDBProfile
    from drt.config.models import SyncConfig
    from drt.destinations.rest_api import RestApiDestination
    from drt.engine.sync import run_sync
    from drt.sources.duckdb import DuckDBSource

    sync = SyncConfig.model_validate(
        {
            "name": SYNC,
            "model": f"select {', '.join(FIELDS)} from bench.members order by 1",
            "destination": {
                "type": "rest_api",
                "url": f"{url}/audiences/{AUDIENCE}/members",
                "body_mode": "batch",
                "batch_template": '{"operation":"upsert","members":{{ rows | tojson }}}',
                "headers": {"content-type": "application/json"},
                "rate_limit": {"requests_per_second": 100_000},
            },
            "sync": {"batch_size": rows, "rate_limit": {"requests_per_second": 100_000}},
        }
    )
    started = time.monotonic()
    result = run_sync(
        sync,
        DuckDBSource(),
        RestApiDestination(),
        DuckDBProfile(type="duckdb", database=path),
        Path(path).parent,
    )
    taken = time.monotonic() - started
    if result.failed:
        raise RuntimeError(f"drt failed {result.failed} rows: {result.errors[:1]}")
    return taken


def run_dlt(path: str, url: str, rows: int) -> float:
    """Seconds of a dlt pipeline into a custom destination, by way of Parquet, its quickest."""
    import dlt

    folder = Path(path).parent / f"dlt_{time.monotonic_ns()}"

    @dlt.destination(batch_size=rows, loader_file_format="parquet", name="bench")
    def sink(items: Any, table: Any) -> None:
        members = items.to_pylist()
        client.post(
            f"{url}/audiences/{AUDIENCE}/members",
            json={"operation": "upsert", "members": members},
        ).raise_for_status().json()

    @dlt.resource(name="members")
    def members() -> Any:
        with duckdb.connect(path, read_only=True) as connection:
            found = connection.execute(f"select {', '.join(FIELDS)} from bench.members order by 1")
            yield from found.to_arrow_reader(100_000)

    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "LOAD__WORKERS": str(IN_FLIGHT)}
    started = time.monotonic()
    with httpx.Client(timeout=30) as client:
        pipeline = dlt.pipeline("bench", destination=sink, pipelines_dir=str(folder))
        pipeline.run(members()).raise_on_failed_jobs()
    return time.monotonic() - started


def in_a_process(sender: Callable[..., float], *arguments: Any) -> tuple[float, float]:
    """What a sender returns, and the most memory its process had, in MiB."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        taken = pool.submit(sender, *arguments).result()
        return taken, pool.submit(peak_memory).result()


def peak_memory() -> float:
    """MiB that this process had at most. getrusage would count what its parent had when it forked,
    so Linux is asked for the high water mark of this memory alone."""
    status = Path("/proc/self/status")
    if status.exists():
        marks = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(marks["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- Sending -------------------------------------------------------------------------------------


def fill(path: Path, members: int, rows: int) -> None:
    """An outbox as the models leave it, in batches of `rows`, and the tables the engine reads."""
    path.unlink(missing_ok=True)
    values = ", ".join(f"{sql} as {name}" for name, sql in MEMBER.items())
    with duckdb.connect(str(path)) as connection:
        for schema in ("activation", "privacy", "bench"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            f"create table bench.members as select member_key, number, {values} from (select"
            f" number, 'p' || lpad(cast(number as varchar), 9, '0') as member_key"
            f" from range({members}) as numbers(number)) order by member_key"
        )
        connection.execute(
            "create table activation.destinations as select ? as sync_name,"
            " 'demo_http' as destination_code, 'http_json' as transport_code,"
            f" {IN_FLIGHT} as max_in_flight, 1 as retry_days",
            [SYNC],
        )
        connection.execute(
            "create table activation.sync_keys_closed (sync_name varchar, member_key varchar,"
            " profile_id varchar, is_identifier boolean)"
        )
        connection.execute(
            "create table privacy.contact_permissions as select member_key as profile_id,"
            " 'marketing' as purpose_code, 'email' as channel_code, 'v1' as consent_version"
            " from bench.members"
        )
        pairs = ", ".join(f"'{name}', {name}" for name in FIELDS)
        connection.execute(
            "create table activation.sync_outbox as select ? as sync_name, ? as audience_name,"
            " member_key, 'external_id' as key_field, member_key as profile_id,"
            " 'upsert' as action_code, 'add' as operation_code,"
            " 'entered_audience' as reason_code, 'marketing' as purpose_code,"
            " 'email' as channel_code, 'v1' as consent_version,"
            f" cast(json_object({pairs}) as varchar) as payload_json,"
            " md5(member_key) as payload_hash,"
            f" 0::bigint as revision_count, cast(number // {rows} as integer) + 1 as batch_number,"
            f" cast(number % {rows} as integer) + 1 as batch_position from bench.members",
            [SYNC, AUDIENCE],
        )


def send(members: int, folder: Path, server: str) -> list[dict]:
    """The figures of sending one audience, batch by batch size and delay."""
    figures = []
    for rows in (1_000, 10_000):
        for delay in (0, 100):
            name = f"{members:,} members, batches of {rows:,}, {delay} ms"
            url = f"{server}/{delay}"
            path = folder / f"send_{members}_{rows}_{delay}.duckdb"
            fill(path, members, rows)
            arguments = (str(path), url, rows)
            before = received(server)
            bare = min(in_a_process(run_bare, *arguments, width)[0] for width in (1, IN_FLIGHT))
            drt, _ = in_a_process(run_drt, *arguments)
            dlt, _ = in_a_process(run_dlt, *arguments)
            engine, memory = in_a_process(run_engine, *arguments)
            if received(server)[0] - before[0] != 5 * members:
                raise RuntimeError(f"{name}: the server did not see every member from every sender")
            path.unlink()
            figures += [
                figure(f"{name}: engine", members / engine, "members/s", "higher"),
                figure(f"{name}: bare loop", members / bare, "members/s", "higher"),
                figure(f"{name}: drt", members / drt, "members/s", "higher"),
                figure(f"{name}: dlt", members / dlt, "members/s", "higher"),
                figure(f"{name}: engine / bare loop", bare / engine, "x", "higher",
                       0.9 if delay else 0.6),
                figure(f"{name}: engine / drt", drt / engine, "x", "higher", 1),
                figure(f"{name}: engine / dlt", dlt / engine, "x", "higher", 1),
                figure(f"{name}: engine memory", memory, "MiB", "lower", 500),
            ]  # fmt: skip
    return figures


def received(server: str) -> tuple[int, int]:
    """How many members and requests the server has seen."""
    seen, requests = httpx.get(f"{server}/").json()
    return seen, requests


# --- Planning ------------------------------------------------------------------------------------

PLAIN = """
create or replace temp table plainly as
select
    coalesce(desired.member_key, confirmed.member_key) as member_key,
    desired.payload_json,
    case
        when confirmed.member_key is null then 'add'
        when desired.member_key is null then 'remove'
        else 'update'
    end as operation_code
from activation.int_activation__members_judged as desired
full outer join activation_ledger.sync_state as confirmed
    on desired.sync_name = confirmed.sync_name
    and desired.audience_name = confirmed.audience_name
    and desired.member_key = confirmed.member_key
where desired.member_key is null or confirmed.member_key is null
    or desired.payload_hash <> confirmed.payload_hash
"""

# What the models of the plan read: as many judged members as are asked for, and the ledger of a run
# that confirmed them all. {changed}: which of them have another payload by now, as a condition.
JUDGED = """
create or replace table activation.int_activation__members_judged as
select '{sync}' as sync_name, '{audience}' as audience_name, member_key as profile_id,
    'external_id' as key_field, member_key, 'login' as identity_class_code, '{{}}' as evidence_json,
    '{{"external_id": "' || member_key || '", "first_name": "Name"}}' as payload_json,
    md5(member_key || case when {changed} then '2' else '' end) as payload_hash,
    'marketing' as purpose_code, 'email' as channel_code, 'v1' as consent_version,
    cast(null as varchar) as refusal_code, false as is_refused_by_person
from (
    select number, 'p' || lpad(cast(number as varchar), 9, '0') as member_key
    from range({members}) as numbers(number)
) as numbered
"""
CONFIRMED = """
insert into activation_ledger.sync_state
select sync_name, audience_name, member_key, key_field, profile_id, 'present', payload_hash,
    consent_version, 'bench', 1, timestamp '2026-06-29', cast(null as varchar)
from activation.int_activation__members_judged
"""
LEDGER_VIEWS = ["sync_state", "sync_runs", "sync_dead_letters"]
PLAN = ["int_activation__members_compared", "sync_guards", "sync_plan", "sync_outbox"]


def plan(members: int, folder: Path) -> list[dict]:
    """The figures of planning one audience, and of a run that has nothing to send."""
    environment = warehouse_in(folder)
    path = Path(environment["CDP_DUCKDB_PATH"])
    land(environment, 300)
    timed([str(DBT), "--quiet", "build", "--no-version-check"], environment)
    with duckdb.connect(str(path)) as connection:
        from orchestration.activation.ledger import ensure_ledger
        from orchestration.warehouse import Warehouse

        ensure_ledger(Warehouse("duckdb", connection))
        connection.execute("delete from activation_ledger.sync_state")
        fill_judged(connection, members, "false")
        connection.execute(CONFIRMED)
        fill_judged(connection, members, "number % 100 = 0")
    # before the first run there was no ledger to look at
    timed([str(DBT), "--quiet", "run", "--no-version-check", "-s", *LEDGER_VIEWS], environment)
    planned = planning_seconds(environment)
    with duckdb.connect(str(path)) as connection:
        [(changes,)] = connection.execute(
            "select count(*) from activation.sync_outbox where sync_name = ?", [SYNC]
        ).fetchall()
        if changes != -(-members // 100):
            raise RuntimeError(f"{changes} changes were planned of {members} members")
        plain = min(query_seconds(connection, PLAIN) for _ in range(3))
        fill_judged(connection, members, "false")
    unchanged = planning_seconds(environment)
    idle, memory = in_a_process(run_idle, str(path))
    size = f"{members:,} desired, {members:,} confirmed"
    return [
        figure(f"{size}: plan, four models", planned, "s", "lower"),
        figure(f"{size}: plain full outer join", plain, "s", "lower"),
        figure(f"{size}: plan / plain join", planned / plain, "x", "lower", 1.5),
        figure(f"{size}: nothing changed, plan and run", unchanged + idle, "s", "lower", 5),
        figure(f"{size}: nothing changed, memory of the run", memory, "MiB", "lower", 500),
    ]


def fill_judged(connection: duckdb.DuckDBPyConnection, members: int, changed: str) -> None:
    """Members as the models judge them; `changed` says who has another payload than before."""
    connection.execute(
        JUDGED.format(sync=SYNC, audience=AUDIENCE, members=members, changed=changed)
    )


def planning_seconds(environment: dict[str, str]) -> float:
    """Seconds that dbt spends in the models of the plan, its start-up apart."""
    timed([str(DBT), "--quiet", "run", "--no-version-check", "-s", *PLAN], environment)
    results = json.loads((Path(environment["DBT_TARGET_PATH"]) / "run_results.json").read_text())
    return sum(
        row["execution_time"]
        for row in results["results"]
        if row["unique_id"].startswith("model.")  # not what dbt does before each run
    )


def query_seconds(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    """Seconds of one statement."""
    started = time.monotonic()
    connection.execute(sql)
    return time.monotonic() - started


def run_idle(path: str) -> float:
    """Seconds of a sync run that has nothing to send. Raises when it sends something."""
    from orchestration.activation.engine import run_sync

    os.environ |= {
        "CDP_TARGET": "duckdb",
        "CDP_DUCKDB_PATH": path,
        "CDP_DEMO_HTTP_URL": "http://127.0.0.1:9",
        "CDP_DEMO_HTTP_TOKEN": "bench",
    }
    started = time.monotonic()
    report = run_sync(SYNC)
    if report.request_count or report.planned:
        raise RuntimeError(f"there was nothing to send, and yet: {report}")
    return time.monotonic() - started


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.activation", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100,000 members only")
    quick = parser.parse_args().quick
    figures = []
    context = get_context("spawn")
    inside, outside = context.Pipe()
    server = context.Process(target=serve, args=(outside,), daemon=True)
    server.start()
    try:
        address = f"http://127.0.0.1:{inside.recv()}"
        for members in [100_000] if quick else [100_000, 1_000_000]:
            with tempfile.TemporaryDirectory() as folder:
                figures += send(members, Path(folder), address)
    finally:
        server.terminate()
    with tempfile.TemporaryDirectory() as folder:
        figures += plan(100_000 if quick else 1_000_000, Path(folder))
    publish("activation", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
