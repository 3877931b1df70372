"""TikTok custom audiences: a file of hashes, then the audience told to take it in or out.

The address is https://business-api.tiktok.com/open_api/v1.3, the audience {advertiser}/{audience},
one field a sync: EMAIL_SHA256, PHONE_SHA256, GAID_SHA256 or IDFA_SHA256, hashed by
`hashed_for('tiktok', ...)`. A whole audience may take several files. The vendor answers for the
change as a whole, and refuses one that would leave fewer than 1,000 people. An error is a code in
the body of a 200.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Reading,
    Request,
    check_fields,
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

REPLACES = True
FILE_ROWS = 600_000  # 39 MB; the vendor takes 50
ACTIONS = {"upsert": "APPEND", "remove": "REMOVE", "replace": "REPLACE"}
FIELDS = ("EMAIL_SHA256", "PHONE_SHA256", "GAID_SHA256", "IDFA_SHA256")
THROTTLED = (40100, 40132, 40133)
BROKEN = (50000, 50002, 51002)
LOCKED_OUT = (40001, 40101, 40102, 40104, 40105)


def check(item: Item) -> str | None:
    """A code for anything but the key, and for one that is not hashed."""
    return check_fields(item, (item.key_field,), FIELDS, ())


def sign(request: Request, token: str) -> Mapping[str, str]:
    """The advertiser's token."""
    return {"access-token": token}


def build(batch: Batch) -> Request:
    """Uploads the hashes, one a line."""
    return _upload(batch, ())


def _upload(batch: Batch, paths: tuple[str, ...]) -> Request:
    """The next file; its memo is the paths of those before it."""
    first = len(paths) * FILE_ROWS
    rows = batch.items[first : first + FILE_ROWS]
    content = "".join(f"{item.member_key}\n" for item in rows).encode()
    advertiser = batch.audience_name.partition("/")[0]
    parts = {
        "advertiser_id": advertiser,
        "calculate_type": batch.items[0].key_field,
        "file_signature": hashlib.md5(content, usedforsecurity=False).hexdigest(),
    }
    boundary = hashlib.sha256(batch.idempotency_key.encode()).hexdigest()[:32]
    body = "".join(
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    ).encode()
    body += (
        f'--{boundary}\r\ncontent-disposition: form-data; name="file"; filename="people.csv"\r\n'
        "content-type: text/csv\r\n\r\n"
    ).encode()
    body += content + f"\r\n--{boundary}--\r\n".encode()
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    return Request("POST", "/dmp/custom_audience/file/upload/", body, headers, paths)


def read(batch: Batch, answer: Answer) -> Reading:
    """A file's path, then whether the audience took it."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    body = json_object(answer)
    code = body.get("code")
    if type(code) is not int:
        return unreadable(answer)
    if code != 0:
        return _refused(answer, code)
    if answer.memo == "changed":
        return rows_but(batch, answer, {})
    path = (body.get("data") or {}).get("file_path")
    if not isinstance(path, str):
        return unreadable(answer)
    paths = (*answer.memo, path)
    if len(paths) * FILE_ROWS < len(batch.items):
        return Reading("next", next_request=_upload(batch, paths))
    advertiser, _, audience = batch.audience_name.partition("/")
    change = {
        "advertiser_id": advertiser,
        "custom_audience_id": audience,
        "action": ACTIONS[batch.action],
        "file_paths": list(paths),
    }
    return Reading(
        "next", next_request=send_json("POST", "/dmp/custom_audience/update/", change, "changed")
    )


def _refused(answer: Answer, code: int) -> Reading:
    named = f"code_{code}"
    if code in THROTTLED:
        return Reading("retry", error_code=named, http_status=answer.status, retry_after=60.0)
    if code in BROKEN:
        return Reading("retry", error_code=named, http_status=answer.status, is_in_doubt=True)
    verdict = "stop" if code in LOCKED_OUT else "split"
    return Reading(verdict, error_code=named, http_status=answer.status)
