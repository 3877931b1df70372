"""A plain JSON interface to keep audiences, for destinations of one's own.

    POST {url}/audiences/{audience}/members
        Authorization: Bearer {token}, Idempotency-Key: ...
        {"operation": "upsert" | "remove", "members": [{...}, ...]}
    200 {"results": [{"index": 0, "status": "ok"},
                     {"index": 1, "status": "error", "code": "...", "retryable": false}, ...]}
    202 {"job_id": "..."}, then GET {url}/jobs/{job_id}
        {"status": "processing"} or {"status": "done", "results": [...]}

Every member must be accounted for in `results`; one that is not counts as unanswered.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Reading,
    Request,
    RowOutcome,
    bearer,
    check_payload,
    json_object,
    read_job_status,
    read_status,
    retry_after_seconds,
    safe_code,
    unreadable,
)

check = check_payload
sign = bearer
_CONFIRMED = RowOutcome("confirmed")


def build(batch: Batch) -> Request:
    """The request for a batch; payloads go out byte for byte as planned."""
    members = ",".join(item.payload_json for item in batch.items)
    body = f'{{"operation":"{batch.action}","members":[{members}]}}'
    return Request(
        method="POST",
        path=f"/audiences/{quote(batch.audience_name, safe='')}/members",
        body=body.encode(),
        headers={"content-type": "application/json", "idempotency-key": batch.idempotency_key},
    )


def read(batch: Batch, answer: Answer) -> Reading:
    """An outcome for every member; 2xx alone proves nothing."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    body = json_object(answer)
    if answer.status == 202 and isinstance(body.get("job_id"), str):
        return Reading(
            "accepted",
            http_status=answer.status,
            job_id=body["job_id"],
            retry_after=retry_after_seconds(answer),
        )
    return _read_results(batch, answer, body)


def build_poll(job_id: str) -> Request:
    """Asks how a job ended."""
    return Request(method="GET", path=f"/jobs/{quote(job_id, safe='')}")


def read_poll(batch: Batch, answer: Answer) -> Reading:
    """The outcomes of a job."""
    by_status = read_job_status(batch, answer)
    if by_status is not None:
        return by_status
    body = json_object(answer)
    if body.get("status") == "processing":
        return Reading(
            "accepted", http_status=answer.status, retry_after=retry_after_seconds(answer)
        )
    return _read_results(batch, answer, body)


def _read_results(batch: Batch, answer: Answer, body: dict[str, Any]) -> Reading:
    results = body.get("results")
    if not isinstance(results, list):
        return unreadable(answer)
    rows = [RowOutcome("missing", "unaccounted")] * len(batch.items)
    for result in results:
        index = result.get("index") if isinstance(result, dict) else None
        if type(index) is int and 0 <= index < len(rows):
            rows[index] = _row_outcome(result)
    return Reading("rows", tuple(rows), http_status=answer.status)


def _row_outcome(result: dict[str, Any]) -> RowOutcome:
    if result.get("status") == "ok":
        return _CONFIRMED
    if result.get("status") != "error":
        return RowOutcome("missing", "unaccounted")
    code = safe_code(result.get("code"))
    return RowOutcome("retry" if result.get("retryable") is True else "failed", code)
