"""A destination to try syncs on: the http_json interface on 127.0.0.1, with members in memory.

It is strict about what it is sent and keeps a set of members per audience. Tests make it fail on
purpose. `./run stand-in` starts it by hand; with --store it keeps its members in a file, so that
they survive a restart like a real destination's would.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

MEMBERS_PATH = re.compile(r"/audiences/([^/]+)/members")
JOB_PATH = re.compile(r"/jobs/([^/]+)")
FIELDS = {"external_id", "email", "email_sha256"}
MAX_MEMBERS = 10_000


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request.

    kind: rate_limited · server_error · server_error_after (it acted first) · lost_after (it acted
    and hung up) · slow_after (it acted and answered too late) · omit (it leaves every second member
    out of its answer) · unreadable (it acted and answered something else)
    """

    kind: str
    seconds: float = 0.0


@dataclass
class Journal:
    """What the stand-in saw, for tests to compare with."""

    requests: int = 0
    replays: int = 0
    member_changes: list[tuple[str, str]] = field(default_factory=list)


class Rejected(Exception):
    """The request as a whole is not acceptable."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class StandIn:
    """The destination's state and rules. `start` serves it, `stop` ends that."""

    def __init__(self, token: str, store: Path | None = None, port: int = 0) -> None:
        self.token = token
        self.store = store
        self.audiences: dict[str, dict[str, dict[str, Any]]] = {}
        if store is not None and store.exists():
            self.audiences = json.loads(store.read_text())
        self.faults: deque[Fault] = deque()
        self.unacceptable: set[str] = set()  # external ids refused, one by one or with their batch
        self.refuse_whole_batch = False
        self.answer_later = False  # 202 and a job; it runs when first asked about
        self.journal = Journal()
        self._answers: dict[str, tuple[str, int, dict[str, Any]]] = {}
        self._jobs: dict[str, tuple[str, dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler_for(self))
        self._server.daemon_threads = True
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> StandIn:
        """Serves in a thread until `stop`."""
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ends serving and frees the port."""
        self._server.shutdown()
        self._server.server_close()

    def serve_forever(self) -> None:
        """Serves in this thread."""
        self._server.serve_forever()

    def members(self, audience: str) -> set[str]:
        """The external ids an audience holds."""
        with self._lock:
            return set(self.audiences.get(audience, {}))

    # --- Requests --------------------------------------------------------------------------------

    def next_fault(self) -> Fault | None:
        """The fault planned for this request, if any; counts the request."""
        with self._lock:
            self.journal.requests += 1
            return self.faults.popleft() if self.faults else None

    def change_members(
        self, audience: str, key: str, raw: bytes, body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """Applies a request once, however often it comes; returns status and answer."""
        fingerprint = hashlib.sha256(raw).hexdigest()
        with self._lock:
            if key in self._answers:
                known, status, answer = self._answers[key]
                if known != fingerprint:
                    raise Rejected(409, "idempotency_key_reused")
                self.journal.replays += 1
                return status, answer
            check_body(body)
            if self.refuse_whole_batch and any(self._refuses(row) for row in body["members"]):
                raise Rejected(422, "unacceptable_member")
            if self.answer_later:
                job_id = f"job-{len(self._jobs) + 1}"
                self._jobs[job_id] = (audience, body)
                status, answer = 202, {"job_id": job_id}
            else:
                status, answer = 200, {"results": self._apply(audience, body)}
            self._answers[key] = (fingerprint, status, answer)
            return status, answer

    def job(self, job_id: str) -> dict[str, Any]:
        """Runs a job and tells how it ended."""
        with self._lock:
            if job_id not in self._jobs:
                raise Rejected(404, "unknown_job")
            audience, body = self._jobs[job_id]
            return {"status": "done", "results": self._apply(audience, body)}

    def _refuses(self, member: dict[str, Any]) -> bool:
        return member["external_id"] in self.unacceptable

    def _apply(self, audience: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        held = self.audiences.setdefault(audience, {})
        results: list[dict[str, Any]] = []
        for index, member in enumerate(body["members"]):
            key = member["external_id"]
            if self._refuses(member):
                results.append({"index": index, "status": "error", "code": "unacceptable_member"})
                continue
            if body["operation"] == "upsert":
                held[key] = member
            else:
                held.pop(key, None)
            self.journal.member_changes.append((body["operation"], key))
            results.append({"index": index, "status": "ok"})
        if self.store is not None:
            self.store.write_text(json.dumps(self.audiences))
        return results


def check_body(body: dict[str, Any]) -> None:
    """Raises Rejected unless the body is exactly what the interface asks for."""
    if set(body) != {"operation", "members"} or body["operation"] not in ("upsert", "remove"):
        raise Rejected(400, "bad_operation")
    members = body["members"]
    if not isinstance(members, list) or not 1 <= len(members) <= MAX_MEMBERS:
        raise Rejected(400, "bad_member_count")
    wanted = FIELDS if body["operation"] == "upsert" else {"external_id"}
    for member in members:
        if not isinstance(member, dict) or set(member) != wanted:
            raise Rejected(400, "bad_member_fields")
        if not isinstance(member["external_id"], str) or not member["external_id"]:
            raise Rejected(400, "bad_external_id")
        if body["operation"] == "upsert":
            _check_email(member)
    if len({member["external_id"] for member in members}) < len(members):
        raise Rejected(400, "member_named_twice")


def _check_email(member: dict[str, Any]) -> None:
    email = member["email"]
    if not isinstance(email, str) or email != email.strip().lower() or email.count("@") != 1:
        raise Rejected(400, "bad_email")
    if member["email_sha256"] != hashlib.sha256(email.encode()).hexdigest():
        raise Rejected(400, "bad_email_sha256")


def whole_body(handler: BaseHTTPRequestHandler) -> bytes | None:
    """The body of a request. None, and the connection is closed, where the client went away before
    it had sent it all: nothing was asked then, and nothing is held against it."""
    length = int(handler.headers.get("content-length") or 0)
    try:
        raw = handler.rfile.read(length)
    except ConnectionResetError:
        raw = b""
    if len(raw) == length:
        return raw
    handler.close_connection = True
    return None


def _handler_for(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Says nothing: paths and bodies name people."""

        def do_GET(self) -> None:
            path = urlparse(self.path).path
            try:
                self._check_token()
                if match := MEMBERS_PATH.fullmatch(path):
                    held = stand_in.members(unquote(match[1]))
                    self._answer(200, {"members": sorted(held)})
                elif match := JOB_PATH.fullmatch(path):
                    self._answer(200, stand_in.job(unquote(match[1])))
                else:
                    raise Rejected(404, "unknown_path")
            except Rejected as rejected:
                self._answer(rejected.status, {"error": rejected.code})

        def do_POST(self) -> None:
            raw = whole_body(self)
            if raw is None:
                return
            fault = stand_in.next_fault()
            if fault is not None and fault.kind == "rate_limited":
                self._answer(429, {"error": "rate_limited"}, {"retry-after": f"{fault.seconds:g}"})
                return
            if fault is not None and fault.kind == "server_error":
                self._answer(500, {"error": "broken"})
                return
            try:
                status, answer = self._change(raw)
            except Rejected as rejected:
                self._answer(rejected.status, {"error": rejected.code})
                return
            self._answer_with_fault(fault, status, answer)

        def _change(self, raw: bytes) -> tuple[int, dict[str, Any]]:
            self._check_token()
            match = MEMBERS_PATH.fullmatch(urlparse(self.path).path)
            if match is None:
                raise Rejected(404, "unknown_path")
            if self.headers.get("content-type") != "application/json":
                raise Rejected(415, "not_json")
            key = self.headers.get("idempotency-key")
            if not key:
                raise Rejected(400, "no_idempotency_key")
            try:
                body = json.loads(raw)
            except ValueError as error:
                raise Rejected(400, "unreadable") from error
            if not isinstance(body, dict):
                raise Rejected(400, "unreadable")
            return stand_in.change_members(unquote(match[1]), key, raw, body)

        def _answer_with_fault(
            self, fault: Fault | None, status: int, answer: dict[str, Any]
        ) -> None:
            kind = fault.kind if fault is not None else ""
            if kind == "server_error_after":
                self._answer(500, {"error": "broken"})
            elif kind == "lost_after":
                self.close_connection = True
            elif kind == "omit":
                self._answer(status, {"results": answer["results"][::2]})
            elif kind == "unreadable":
                self._answer(status, {"thanks": True})
            else:
                if fault is not None and kind == "slow_after":
                    time.sleep(fault.seconds)
                self._answer(status, answer)

        def _check_token(self) -> None:
            if self.headers.get("authorization") != f"Bearer {stand_in.token}":
                raise Rejected(401, "bad_token")

        def _answer(
            self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None
        ) -> None:
            content = json.dumps(body).encode()
            try:
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client stopped waiting

    return Handler


def main() -> None:
    """Starts the stand-in and says which variables point a sync at it."""
    parser = argparse.ArgumentParser(description="A destination to try syncs on.")
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--token", default="stand-in")
    parser.add_argument("--store", type=Path, help="keep the members in this file")
    arguments = parser.parse_args()
    stand_in = StandIn(arguments.token, arguments.store, arguments.port)
    sys.stdout.write(
        f"export CDP_DEMO_HTTP_URL={stand_in.url} CDP_DEMO_HTTP_TOKEN={stand_in.token}\n"
    )
    sys.stdout.flush()
    try:
        stand_in.serve_forever()
    except KeyboardInterrupt:
        stand_in.stop()


if __name__ == "__main__":
    main()
