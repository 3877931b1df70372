"""A PostgreSQL table that serves single people fast: rows put in and taken out by key.

The address is postgresql://{host}:{port}/{database}, with the host `env` by PGHOST and PGPORT; the
token is {user}:{password}, the audience {schema}.{table}. The wire (../wires.py) makes the table
and its columns, all texts, when they are missing; it acts on a batch whole or not at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import quote

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Reading,
    Request,
    check_payload,
    json_object,
    no_poll,
    no_read_poll,
    read_status,
    rows_but,
    send_json,
    unreadable,
)

build_poll = no_poll
read_poll = no_read_poll

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def check(item: Item) -> str | None:
    """A code for a field that is no column's name."""
    problem = check_payload(item)
    if problem is None and not all(NAME.fullmatch(name) for name in json.loads(item.payload_json)):
        return "field_is_no_column_name"
    return problem


def sign(request: Request, token: str) -> Mapping[str, str]:
    """User and password, for the wire."""
    return {"x-cdp-token": token}


def build(batch: Batch) -> Request:
    """The rows with their key; PUT puts in, DELETE takes out."""
    body = {
        "key": batch.items[0].key_field,
        "rows": [json.loads(item.payload_json) for item in batch.items],
    }
    method = "PUT" if batch.action == "upsert" else "DELETE"
    return send_json(method, "/" + quote(batch.audience_name, safe=""), body)


def read(batch: Batch, answer: Answer) -> Reading:
    """The transaction was committed, with every row."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    if json_object(answer).get("rows") != len(batch.items):
        return unreadable(answer)
    return rows_but(batch, answer, {})
