"""What carries requests to destinations that do not speak HTTP, as transports of httpx.

An adapter stays a pure function that writes a request; these act on it: a file in a folder, an
object in an S3-compatible bucket, rows in a PostgreSQL table. `open_client` has them all beside
HTTP. Secrets come with each request in the header x-cdp-token and go no further.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import psycopg2
from psycopg2 import sql
from psycopg2.extras import execute_values

TOKEN = "x-cdp-token"  # noqa: S105 - the name of a header


def open_client(timeout_seconds: float = 30.0) -> httpx.Client:
    """A client for every wire; close it after use."""
    return httpx.Client(
        timeout=timeout_seconds,
        mounts={
            "file://": FileWire(),
            "s3://": S3Wire("https"),
            "s3+http://": S3Wire("http"),
            "postgresql://": PostgresWire(timeout_seconds),
        },
    )


class FileWire(httpx.BaseTransport):
    """Writes a file whole: nobody who looks into the folder sees half of one."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Puts the body where the address says."""
        target = Path(unquote(request.url.path))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            unfinished = target.with_name(f".{target.name}.unfinished")
            with unfinished.open("wb") as out:
                out.write(request.read())
                out.flush()
                os.fsync(out.fileno())
            unfinished.replace(target)
        except OSError:
            return httpx.Response(507)
        return httpx.Response(201)


def signed(
    method: str, url: httpx.URL, headers: dict[str, str], body_hash: str, token: str
) -> dict[str, str]:
    """The headers with an AWS signature, version 4. `headers` has host and x-amz-date."""
    key_id, secret, region = token.split(":")
    headers = {**headers, "x-amz-content-sha256": body_hash}
    names = sorted(headers)
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in url.params.multi_items()
    )
    canonical = "\n".join(
        [
            method,
            quote(unquote(url.path), safe="/-_.~"),
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{headers[name].strip()}" for name in names),
            "",
            ";".join(names),
            body_hash,
        ]
    )
    moment = headers["x-amz-date"]
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, digest])
    key = f"AWS4{secret}".encode()
    for part in (moment[:8], region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key_id}/{scope},SignedHeaders={';'.join(names)},"
        f"Signature={signature}"
    )
    return headers


class S3Wire(httpx.BaseTransport):
    """Signs a request and sends it on, the bucket in the path."""

    def __init__(
        self,
        scheme: str,
        inner: httpx.BaseTransport | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.scheme = scheme
        self.inner = inner or httpx.HTTPTransport()
        self.clock = clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Puts an object."""
        body = request.read()
        url = request.url.copy_with(scheme=self.scheme)
        headers = {
            "host": url.netloc.decode(),
            "content-type": request.headers.get("content-type", "application/octet-stream"),
            "x-amz-date": self.clock().strftime("%Y%m%dT%H%M%SZ"),
        }
        body_hash = hashlib.sha256(body).hexdigest()
        token = request.headers.get(TOKEN, "")
        if token.count(":") != 2:
            return httpx.Response(401)
        headers = signed(request.method, url, headers, body_hash, token)
        sent = httpx.Request(request.method, url, headers=headers, content=body)
        sent.extensions = request.extensions
        return self.inner.handle_request(sent)

    def close(self) -> None:
        """Closes the connections."""
        self.inner.close()


class PostgresWire(httpx.BaseTransport):
    """Puts rows into a table and takes them out, by key, in one transaction. The host `env` leaves
    host and port to libpq's own variables, PGHOST and PGPORT."""

    def __init__(self, timeout_seconds: float) -> None:
        self.timeout_seconds = timeout_seconds

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Acts on a batch whole or not at all."""
        user, _, password = request.headers.get(TOKEN, "").partition(":")
        database, _, table = unquote(request.url.path).strip("/").partition("/")
        change = json.loads(request.read())
        try:
            connection = psycopg2.connect(
                host=None if request.url.host == "env" else request.url.host,
                port=request.url.port,
                dbname=database,
                user=user,
                password=password,
                connect_timeout=int(self.timeout_seconds) or 1,
                options=f"-c statement_timeout={int(self.timeout_seconds * 1000)}",
            )
        except psycopg2.OperationalError as error:
            raise httpx.ConnectError("PostgreSQL cannot be reached.", request=request) from error
        try:
            with connection, connection.cursor() as cursor:
                act = put_rows if request.method == "PUT" else take_rows
                act(cursor, table, change)
        except psycopg2.errors.InsufficientPrivilege:
            return httpx.Response(403)
        except (psycopg2.DataError, ValueError):  # a text that no column can hold
            return httpx.Response(422)
        except psycopg2.Error as error:
            raise httpx.ReadError("PostgreSQL gave up.", request=request) from error
        finally:
            connection.close()
        return httpx.Response(200, json={"rows": len(change["rows"])})


def identifier(table: str) -> sql.Composable:
    """{schema}.{table} or {table}, quoted."""
    return sql.SQL(".").join(sql.Identifier(part) for part in table.split("."))


def put_rows(cursor: Any, table: str, change: dict[str, Any]) -> None:
    """Makes what is missing of the table, then inserts or overwrites."""
    key, rows = change["key"], change["rows"]
    columns = list(dict.fromkeys([key, *(name for row in rows for name in row)]))
    name = identifier(table)
    cursor.execute("select to_regclass(%s)", [name.as_string(cursor)])
    if cursor.fetchone()[0] is None:
        if "." in table:
            schema = sql.Identifier(table.split(".")[0])
            cursor.execute(sql.SQL("create schema if not exists {}").format(schema))
        made = sql.SQL("create table if not exists {} ({} text primary key)")
        cursor.execute(made.format(name, sql.Identifier(key)))
    cursor.execute(sql.SQL("select * from {} where false").format(name))
    known = {column.name for column in cursor.description}
    for column in columns:
        if column not in known:
            added = sql.SQL("alter table {} add column if not exists {} text")
            cursor.execute(added.format(name, sql.Identifier(column)))
    others = [column for column in columns if column != key]
    assigned = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in others
    )
    action = sql.SQL("update set {}").format(assigned) if others else sql.SQL("nothing")
    statement = sql.SQL("insert into {} ({}) values %s on conflict ({}) do {}").format(
        name,
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(key),
        action,
    )
    values = [[row.get(column) for column in columns] for row in rows]
    execute_values(cursor, statement, values, page_size=1000)


def take_rows(cursor: Any, table: str, change: dict[str, Any]) -> None:
    """Deletes by key; a table that is not there holds nobody."""
    name = identifier(table)
    cursor.execute("select to_regclass(%s)", [name.as_string(cursor)])
    if cursor.fetchone()[0] is not None:
        keys = [row[change["key"]] for row in change["rows"]]
        gone = sql.SQL("delete from {} where {} = any(%s)")
        cursor.execute(gone.format(name, sql.Identifier(change["key"])), [keys])
