"""Slack: one message for a batch, a line for each member, into a channel.

The address is https://slack.com/api, the audience a channel's id, the token a bot's. Payload fields
are the key and `text`; what a line says is written in the model. A message cannot be taken back, so
syncs that use it append; one whose answer is lost is posted again.
"""

from __future__ import annotations

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Reading,
    Request,
    bearer,
    check_fields,
    json_object,
    no_poll,
    no_read_poll,
    payload,
    read_status,
    rows_but,
    safe_code,
    send_json,
    unreadable,
)

build_poll = no_poll
read_poll = no_read_poll
sign = bearer

AGAIN = ("internal_error", "fatal_error", "service_unavailable", "request_timeout")


def check(item: Item) -> str | None:
    """A code without a text, or for a field besides it and the key."""
    return check_fields(item, (item.key_field, "text"), ("text",))


def build(batch: Batch) -> Request:
    """The lines in the order of the batch; Slack's three signs of markup are spelled out."""
    text = "\n".join(str(payload(item)["text"]) for item in batch.items)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    message = {"channel": batch.audience_name, "text": text, "unfurl_links": False}
    return send_json("POST", "/chat.postMessage", message)


def read(batch: Batch, answer: Answer) -> Reading:
    """The word is in the body: a 200 may say no."""
    by_status = read_status(answer)
    if by_status is not None:
        return by_status
    body = json_object(answer)
    if body.get("ok") is True and isinstance(body.get("ts"), str):
        return rows_but(batch, answer, {})
    if body.get("ok") is not False:
        return unreadable(answer)
    code = safe_code(body.get("error"))
    if code in ("ratelimited", "rate_limited"):
        return Reading("retry", error_code=code, http_status=answer.status, retry_after=30.0)
    if code in AGAIN:
        return Reading("retry", error_code=code, http_status=answer.status, is_in_doubt=True)
    verdict = "split" if code in ("msg_too_long", "invalid_blocks", "no_text") else "stop"
    return Reading(verdict, error_code=code, http_status=answer.status)
