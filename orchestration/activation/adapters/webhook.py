"""A signed webhook: http_json's body posted to one address, for receivers of one's own.

The header x-signature is the HMAC-SHA256, in hex, of `{x-timestamp}.{idempotency-key}.{body}` under
the token; x-timestamp is the second of sending since 1970. A receiver refuses what is older than
some minutes, so that nobody can post a request again that was overheard, and knows by the key what
we send again ourselves. It may answer with http_json's `results`; a 2xx without them means it took
every member.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Reading,
    Request,
    check_payload,
    http_json,
    json_object,
    no_poll,
    no_read_poll,
    read_status,
    rows_but,
)

check = check_payload
build_poll = no_poll
read_poll = no_read_poll


def build(batch: Batch) -> Request:
    """http_json's request, to the address itself, with the audience as a header."""
    request = http_json.build(batch)
    headers = {**request.headers, "x-audience": batch.audience_name.encode().hex()}
    return replace(request, path="", headers=headers)


def sign(request: Request, token: str) -> Mapping[str, str]:
    """Proves who wrote the body, for which change, and when. Raises ValueError without a time."""
    if request.sent_at is None:
        raise ValueError("A signature needs the time of sending.")
    timestamp = str(int(request.sent_at.replace(tzinfo=UTC).timestamp()))
    key = request.headers["idempotency-key"]
    signed = f"{timestamp}.{key}.".encode() + request.body
    signature = hmac.new(token.encode(), signed, hashlib.sha256).hexdigest()
    return {"x-timestamp": timestamp, "x-signature": signature}


def read(batch: Batch, answer: Answer) -> Reading:
    """Outcomes by member where the receiver gives them."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    if "results" in json_object(answer):
        return http_json.read(batch, answer)
    return rows_but(batch, answer, {})
