"""Salesforce: put in by an upsert job of Bulk API 2.0, its failures read row by row; taken out by
record id.

The address is {instance}/services/data/{version}, the audience {object}.{checkbox}, e.g.
Contact.In_Newsletter__c; the key is a field marked as external id. A member that is put in has the
checkbox set beside its payload. One taken out is looked up and has it cleared: an upsert would make
a record of somebody who was erased there. An empty payload field clears the field there. Keep
batches at 10,000.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Reading,
    Request,
    RowOutcome,
    bearer,
    check_payload,
    json_object,
    read_job_status,
    read_status,
    rows_but,
    safe_code,
    send_json,
    unreadable,
)

sign = bearer

NOTHING = "#N/A"  # clears a field; an empty cell would leave it as it is
AGAIN = ("unable_to_lock_row", "request_limit_exceeded", "server_unavailable")
_PAGE = 100  # a query travels in the address
_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r"})


def check(item: Item) -> str | None:
    """A code unless the payload holds its key."""
    return check_payload(item)


def build(batch: Batch) -> Request:
    """Opens the job, or looks up the first records to take out."""
    if batch.action == "remove":
        return _look_up(batch, 0, {})
    name, _, _ = batch.audience_name.partition(".")
    job = {
        "object": name,
        "operation": "upsert",
        "externalIdFieldName": batch.items[0].key_field,
        "contentType": "CSV",
        "lineEnding": "LF",
    }
    return send_json("POST", "/jobs/ingest", job, memo=("opened", ""))


def rows_of(batch: Batch) -> bytes:
    """The members as CSV, columns in the order of the payload."""
    membership = batch.audience_name.partition(".")[2]
    people = [json.loads(item.payload_json) for item in batch.items]
    columns = list(dict.fromkeys(name for person in people for name in person))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*columns, *([membership] if membership else [])])
    flag = ["true"] if membership else []
    for person in people:
        cells = [person.get(name) for name in columns]
        writer.writerow([*(NOTHING if cell in (None, "") else cell for cell in cells), *flag])
    return out.getvalue().encode()


def read(batch: Batch, answer: Answer) -> Reading:
    """Walks a job through its three calls: opened, filled, closed; a removal through its pages."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    if batch.action == "remove":
        return _read_removal(batch, answer)
    step, job = answer.memo
    if step == "opened":
        job = json_object(answer).get("id")
        if not isinstance(job, str):
            return unreadable(answer)
        headers = {"content-type": "text/csv"}
        path = f"{_path(job)}/batches"
        filled = Request("PUT", path, rows_of(batch), headers, ("filled", job))
        return Reading("next", next_request=filled)
    if step == "filled":
        closed = send_json("PATCH", _path(job), {"state": "UploadComplete"}, ("closed", job))
        return Reading("next", next_request=closed)
    if json_object(answer).get("state") != "UploadComplete":
        return unreadable(answer)
    return Reading("accepted", http_status=answer.status, job_id=job)


def _look_up(batch: Batch, start: int, failed: dict[int, RowOutcome]) -> Request:
    name, key = batch.audience_name.partition(".")[0], batch.items[0].key_field
    page = batch.items[start : start + _PAGE]
    keys = ",".join(f"'{item.member_key.translate(_ESCAPES)}'" for item in page)
    query = quote(f"select Id, {key} from {name} where {key} in ({keys})", safe="")
    return Request("GET", f"/query?q={query}", memo=("look_up", start, failed, ()))


def _read_removal(batch: Batch, answer: Answer) -> Reading:
    """Who is not found is out already, and so is a record that was deleted in the meantime."""
    step, start, failed, places = answer.memo
    if step == "look_up":
        body = json_object(answer)
        if body.get("done") is not True or not isinstance(body.get("records"), list):
            return unreadable(answer)
        if body["records"]:
            return _clear(batch, answer, body["records"])
    else:
        said = _results(answer)
        if len(said) != len(places):
            return unreadable(answer)
        codes = {
            place: code
            for place, result in zip(places, said, strict=True)
            if result.get("success") is not True
            and (code := safe_code(result["errors"][0].get("statusCode"))) != "entity_is_deleted"
        }
        if None in codes:
            return Reading("split", error_code="error_not_placed", http_status=answer.status)
        failed = {**failed, **_outcomes(codes)}
    if start + _PAGE < len(batch.items):
        return Reading("next", next_request=_look_up(batch, start + _PAGE, failed))
    return rows_but(batch, answer, failed)


def _clear(batch: Batch, answer: Answer, records: list[dict[str, Any]]) -> Reading:
    """Clears the checkbox of the records found, and remembers whose they are."""
    name, _, membership = batch.audience_name.partition(".")
    if not membership:
        lost = RowOutcome("failed", "audience_without_checkbox")
        return rows_but(batch, answer, dict.fromkeys(range(len(batch.items)), lost))
    _, start, failed, _ = answer.memo
    page = enumerate(batch.items[start : start + _PAGE], start)
    places = {item.member_key.lower(): place for place, item in page}
    key = batch.items[0].key_field
    changes = [
        {"attributes": {"type": name}, "id": record["Id"], membership: False} for record in records
    ]
    memo = ("clear", start, failed, [places.get(str(record[key]).lower()) for record in records])
    body = {"allOrNone": False, "records": changes}
    return Reading("next", next_request=send_json("PATCH", "/composite/sobjects", body, memo))


def _results(answer: Answer) -> list[dict[str, Any]]:
    try:
        said = json.loads(answer.body)
    except ValueError:
        return []
    return said if isinstance(said, list) else []


def _outcomes(codes: Mapping[int, str]) -> dict[int, RowOutcome]:
    return {
        place: RowOutcome("retry" if code in AGAIN else "failed", code)
        for place, code in codes.items()
    }


def _path(job: str) -> str:
    return f"/jobs/ingest/{quote(job, safe='')}"


def build_poll(job_id: str) -> Request:
    """Asks how the job goes."""
    return Request("GET", _path(job_id))


def read_poll(batch: Batch, answer: Answer) -> Reading:
    """Done, or the list of failures; a job that broke off leaves everybody unanswered."""
    by_status = read_job_status(batch, answer)
    if by_status is not None:
        return by_status
    if answer.memo is not None:
        return _read_failures(batch, answer)
    body = json_object(answer)
    state = body.get("state")
    if state in ("Open", "UploadComplete", "InProgress"):
        return Reading("accepted", http_status=answer.status)
    if state in ("Failed", "Aborted"):
        lost = RowOutcome("missing", f"job_{state.lower()}")
        return rows_but(batch, answer, dict.fromkeys(range(len(batch.items)), lost))
    counts = (body.get("numberRecordsProcessed"), body.get("numberRecordsFailed"))
    if state != "JobComplete" or not all(type(count) is int for count in counts):
        return unreadable(answer)
    if counts[0] != len(batch.items):
        lost = RowOutcome("missing", "rows_not_processed")
        return rows_but(batch, answer, dict.fromkeys(range(len(batch.items)), lost))
    if counts[1] == 0:
        return rows_but(batch, answer, {})
    failures = Request("GET", f"{_path(str(body.get('id')))}/failedResults", memo=counts[1])
    return Reading("next", next_request=failures)


def _read_failures(batch: Batch, answer: Answer) -> Reading:
    """The refused rows as CSV; the error's first word is its code, the rest may quote a person."""
    places = {item.member_key: index for index, item in enumerate(batch.items)}
    codes: dict[int, str] = {}
    key_field = batch.items[0].key_field
    for row in csv.DictReader(io.StringIO(answer.body.decode("utf-8", "replace"))):
        place = places.get(row.get(key_field) or "")
        if place is not None:
            codes[place] = safe_code((row.get("sf__Error") or "").split(":")[0])
    failed = _outcomes(codes)
    if len(failed) < answer.memo:
        lost = RowOutcome("missing", "failures_not_named")
        everybody = dict.fromkeys(range(len(batch.items)), lost)
        return rows_but(batch, answer, {**everybody, **failed})
    return rows_but(batch, answer, failed)
