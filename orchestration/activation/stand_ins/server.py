"""The local server of the stand-ins: the door, the contract, the faults.

Every vendor lives under its own name: {url}/klaviyo, {url}/meta, ... The same requests can be
answered without a socket through `transport`, which is faster and needs no real waiting.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from orchestration.activation.stand_ins.ads import LinkedIn, Meta, Pinterest, Snap, TikTok
from orchestration.activation.stand_ins.contract import (
    Call,
    check_door,
    check_request,
    find_call,
    overlays,
)
from orchestration.activation.stand_ins.http_json import Fault, Rejected, whole_body
from orchestration.activation.stand_ins.jobs import Google, Klaviyo, Salesforce, SendGrid
from orchestration.activation.stand_ins.people import (
    Braze,
    CustomerIo,
    HubSpot,
    Intercom,
    Iterable,
    Mailchimp,
    Slack,
    Webhook,
)
from orchestration.activation.stand_ins.vendor import Asked, Reply, Vendor

VENDORS: dict[str, type[Vendor]] = {
    "braze": Braze,
    "customer_io": CustomerIo,
    "google_data_manager": Google,
    "hubspot": HubSpot,
    "intercom": Intercom,
    "iterable": Iterable,
    "klaviyo": Klaviyo,
    "linkedin": LinkedIn,
    "mailchimp": Mailchimp,
    "meta": Meta,
    "pinterest": Pinterest,
    "salesforce": Salesforce,
    "sendgrid": SendGrid,
    "slack": Slack,
    "snap": Snap,
    "tiktok": TikTok,
    "webhook": Webhook,
}
_ACTED = ("server_error_after", "lost_after", "slow_after")


@dataclass(frozen=True)
class Exchange:
    """A request that met the contract, and its answer, for tests to hold against descriptions."""

    vendor: str
    call: Call
    request: bytes
    status: int
    answer: bytes


@dataclass
class Journal:
    """What the server saw."""

    requests: int = 0
    violations: list[str] = field(default_factory=list)
    moments: deque[float] = field(default_factory=deque)  # of calls within the vendor's window
    most_in_window: int = 0
    calls: list[float] = field(default_factory=list)  # when each came
    exchanges: list[Exchange] = field(default_factory=list)


class VendorServer:
    """All stand-ins behind one door. `start` serves on a port, `transport` without one.

    faults happen to the next requests, in order. Kinds: rate_limited, server_error, lost_before
    (it hung up), hollow (a success with nothing in it, and nothing done) and, after it acted,
    server_error_after, lost_after, slow_after.
    """

    def __init__(
        self, token: str, clock: Callable[[], float] = time.time, enforces_limits: bool = False
    ) -> None:
        self.token = token
        self.clock = clock
        self.enforces_limits = enforces_limits
        self.vendors = {name: make(token, clock) for name, make in VENDORS.items()}
        self.journals = {name: Journal() for name in VENDORS}
        self.faults: deque[Fault | None] = deque()
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where it listens, once started."""
        assert self._server is not None  # noqa: S101
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> VendorServer:
        """Serves in a thread until `stop`."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        """Ends serving and frees the port."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def transport(self) -> httpx.MockTransport:
        """Answers a client of this process."""
        return httpx.MockTransport(self._carry)

    def respond(
        self, method: str, target: str, headers: dict[str, str], raw: bytes
    ) -> tuple[Reply, Fault | None]:
        """The answer to a request, and what is to go wrong with it after all."""
        parts = urlsplit(target)
        name, _, path = parts.path.lstrip("/").partition("/")
        vendor = self.vendors.get(name)
        if vendor is None:
            return Reply(404, {"error": "no_such_vendor"}), None
        with self._lock:
            journal = self.journals[name]
            journal.requests += 1
            journal.calls.append(self.clock())
            fault = self.faults.popleft() if self.faults else None
            wait = self._count(name, journal)
            if wait is not None:
                return vendor.too_many(wait), None
            if fault is not None and fault.kind == "rate_limited":
                return vendor.too_many(fault.seconds), None
            if fault is not None and fault.kind == "server_error":
                return vendor.broken(), None
            if fault is not None and fault.kind == "lost_before":
                return Reply(0), fault
            asked = Asked(method, "/" + path, parse_qs(parts.query), headers, raw)
            return self._act(name, vendor, journal, asked, fault)

    def _act(
        self, name: str, vendor: Vendor, journal: Journal, asked: Asked, fault: Fault | None
    ) -> tuple[Reply, Fault | None]:
        try:
            check_door(name, asked.headers, vendor.door_token())
            call, asked.args = find_call(name, asked.method, asked.path)
            asked.body = check_request(name, call, asked.headers, asked.raw)
            if fault is not None and fault.kind == "hollow" and not call.is_silent:
                return Reply(200), None
            reply = getattr(vendor, f"do_{call.name}")(asked)
        except Rejected as rejected:
            if not rejected.code.startswith("member_"):
                journal.violations.append(f"{asked.method} {asked.path}: {rejected.code}")
            return vendor.refusal(rejected.status, rejected.code), None
        journal.exchanges.append(Exchange(name, call, asked.raw, reply.status, reply.content))
        if fault is not None and fault.kind == "server_error_after":
            return vendor.broken(), None
        return reply, fault if fault is not None and fault.kind in _ACTED else None

    def _count(self, name: str, journal: Journal) -> float | None:
        """Seconds to wait if the account has used up its calls, as the vendor counts them."""
        limit = overlays()[name].get("limit")
        if limit is None:
            return None
        now = self.clock()
        while journal.moments and journal.moments[0] <= now - limit["seconds"]:
            journal.moments.popleft()
        journal.moments.append(now)
        journal.most_in_window = max(journal.most_in_window, len(journal.moments))
        if self.enforces_limits and len(journal.moments) > limit["calls"]:
            return journal.moments[0] + limit["seconds"] - now
        return None

    def _carry(self, request: httpx.Request) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        target = request.url.raw_path.decode()
        reply, fault = self.respond(request.method, target, headers, request.read())
        if fault is not None:
            if fault.kind == "slow_after":
                raise httpx.ReadTimeout("too slow", request=request)
            raise httpx.ReadError("hung up", request=request)
        return httpx.Response(reply.status, headers=reply.headers, content=reply.content)


def _handler_for(server: VendorServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Says nothing: paths and bodies name people."""

        def handle_call(self) -> None:
            raw = whole_body(self)
            if raw is None:
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply, fault = server.respond(self.command, self.path, headers, raw)
            if fault is not None and fault.kind in ("lost_before", "lost_after"):
                self.close_connection = True
                return
            if fault is not None:
                time.sleep(fault.seconds)
            try:
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.status != 204:
                    self.send_header("content-length", str(len(reply.content)))
                self.end_headers()
                self.wfile.write(reply.content)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client stopped waiting

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_call

    return Handler
