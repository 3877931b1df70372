"""A signed webhook: http_json's body posted to one address, for receivers of one's own.

The header x-signature is the HMAC-SHA256, in hex, of `{idempotency-key}.{body}` under the token.
The receiver may answer with http_json's `results`; a 2xx without them means it took every member.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace

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
    """Proves who wrote the body and for which attempt."""
    signed = request.headers["idempotency-key"].encode() + b"." + request.body
    return {"x-signature": hmac.new(token.encode(), signed, hashlib.sha256).hexdigest()}


def read(batch: Batch, answer: Answer) -> Reading:
    """Outcomes by member where the receiver gives them."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    if "results" in json_object(answer):
        return http_json.read(batch, answer)
    return rows_but(batch, answer, {})
