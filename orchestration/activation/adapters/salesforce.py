"""Salesforce Bulk API 2.0: an upsert job from CSV, its failures read row by row.

The address is {instance}/services/data/{version}, the audience {object}.{checkbox}, e.g.
Contact.In_Newsletter__c; the key is a field marked as external id. A member that is put in has the
checkbox set beside its payload, one taken out has it cleared. An empty payload field clears the
field there. Keep batches at 10,000.
"""

from __future__ import annotations

import csv
import io
import json
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


def check(item: Item) -> str | None:
    """A code unless the payload holds its key."""
    return check_payload(item)


def build(batch: Batch) -> Request:
    """Opens the job."""
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
    flag = ["true" if batch.action == "upsert" else "false"] if membership else []
    for person in people:
        cells = [person.get(name) for name in columns]
        writer.writerow([*(NOTHING if cell in (None, "") else cell for cell in cells), *flag])
    return out.getvalue().encode()


def read(batch: Batch, answer: Answer) -> Reading:
    """Walks the job through its three calls: opened, filled, closed."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
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
    failed: dict[int, RowOutcome] = {}
    key_field = batch.items[0].key_field
    for row in csv.DictReader(io.StringIO(answer.body.decode("utf-8", "replace"))):
        place = places.get(row.get(key_field) or "")
        if place is not None:
            code = safe_code((row.get("sf__Error") or "").split(":")[0])
            failed[place] = RowOutcome("retry" if code in AGAIN else "failed", code)
    if len(failed) < answer.memo:
        lost = RowOutcome("missing", "failures_not_named")
        everybody = dict.fromkeys(range(len(batch.items)), lost)
        return rows_but(batch, answer, {**everybody, **failed})
    return rows_but(batch, answer, failed)
