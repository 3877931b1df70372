"""A file for each batch, put where somebody else picks it up: a folder or an S3-compatible bucket.

The address is file://localhost/a/folder, s3://{endpoint}/{bucket} or s3+http:// for one without TLS
(orchestration/activation/wires.py); the audience is a path, {folder}/{name}.csv or .parquet. A file
is called after its batch, {folder}/{name}/{batch}.csv, so a request that is sent again writes the
same file again. Columns: operation (upsert or remove), then the fields of the payload.
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import duckdb

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Reading,
    Request,
    check_payload,
    no_poll,
    no_read_poll,
    read_status,
    rows_but,
)

build_poll = no_poll
read_poll = no_read_poll

CONTENT_TYPES = {".csv": "text/csv", ".parquet": "application/vnd.apache.parquet"}


def check(item: Item) -> str | None:
    """A code for a payload that makes no row."""
    if '"operation":' in item.payload_json and "operation" in json.loads(item.payload_json):
        return "field_operation_is_ours"
    return check_payload(item)


def sign(request: Request, token: str) -> Mapping[str, str]:
    """For a bucket the wire signs each request by `{key id}:{secret}:{region}`."""
    return {"x-cdp-token": token}


def build(batch: Batch) -> Request:
    """One file, whole."""
    target = Path(batch.audience_name)
    suffix = target.suffix if target.suffix in CONTENT_TYPES else ".csv"
    name = f"{batch.batch_id}{suffix}".replace(":", "-")
    folder = target.with_suffix("") if target.suffix in CONTENT_TYPES else target
    path = "/" + "/".join(quote(part, safe="") for part in (*folder.parts, name) if part != "/")
    text = rows_as_csv(batch)
    body = as_parquet(text) if suffix == ".parquet" else text
    return Request("PUT", path, body, {"content-type": CONTENT_TYPES[suffix]})


def rows_as_csv(batch: Batch) -> bytes:
    """The members as CSV; what is missing is an empty cell."""
    people = [json.loads(item.payload_json) for item in batch.items]
    columns = list(dict.fromkeys(name for person in people for name in person))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["operation", *columns])
    for person in people:
        writer.writerow([batch.action, *(person.get(name) for name in columns)])
    return out.getvalue().encode()


def as_parquet(text: bytes) -> bytes:
    """The same rows as Parquet, every column a text."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        source, target = Path(folder) / "rows.csv", Path(folder) / "rows.parquet"
        source.write_bytes(text)
        rows = connection.read_csv(str(source), header=True, all_varchar=True)
        rows.write_parquet(str(target))
        return target.read_bytes()


def read(batch: Batch, answer: Answer) -> Reading:
    """A file is there or it is not."""
    by_status = read_status(answer)
    return by_status if by_status is not None else rows_but(batch, answer, {})
