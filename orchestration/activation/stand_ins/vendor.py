"""What the stand-ins have in common."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Asked:
    """A request: args are what its path names, body is read according to the contract."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    raw: bytes
    args: list[str] = field(default_factory=list)
    body: Any = None


class Reply:
    """An answer; a body other than bytes is written as JSON."""

    def __init__(self, status: int, body: Any = b"", **headers: str) -> None:
        self.status = status
        is_text = isinstance(body, bytes)
        self.content: bytes = body if is_text else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.headers = {**({} if is_text else {"content-type": "application/json"}), **named}


class Vendor:
    """A vendor's state: who is held in which audience, and whom it will not take.

    refused: the keys of members the vendor finds unacceptable.
    job_delay: how often a job is still being worked on when asked about.
    broken_jobs: how many of the next jobs end without having done anything.
    people: the keys of everybody that a vendor knows which makes people of attributes.
    """

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        self.token = token
        self.clock = clock
        self.audiences: dict[str, dict[str, Any]] = {}
        self.refused: set[str] = set()
        self.people: set[str] = set()
        self.job_delay = 0
        self.broken_jobs = 0

    def door_token(self) -> str:
        """What the header that opens must hold."""
        return self.token

    def members(self, audience: str) -> set[str]:
        """The keys an audience holds."""
        return set(self.audiences.get(audience, {}))

    def held(self, audience: str) -> dict[str, Any]:
        """The audience itself."""
        return self.audiences.setdefault(audience, {})

    def too_many(self, seconds: float) -> Reply:
        """Come back later."""
        return Reply(429, {"error": "too_many_requests"}, retry_after=f"{int(seconds) + 1}")

    def broken(self) -> Reply:
        """Something is wrong here."""
        return Reply(500, {"error": "internal"})

    def refusal(self, status: int, code: str) -> Reply:
        """Something is wrong with the request."""
        return Reply(status, {"error": code})


class MatchingVendor(Vendor):
    """Matches people by each identifier that it was given of them and has not been told to drop:
    somebody taken out by one address is still there by another."""

    def take_in(self, audience: str, key: str, identifiers: set[str]) -> None:
        """Adds to what it knows of somebody."""
        self.held(audience)[key] = self.held(audience).get(key, set()) | identifiers

    def take_out(self, audience: str, identifiers: set[str]) -> None:
        """Drops identifiers, whosever they are."""
        held = self.held(audience)
        for key in list(held):
            held[key] = held[key] - identifiers
            if not held[key]:
                del held[key]

    def identifiers(self, audience: str) -> set[str]:
        """All it knows of whoever is in an audience."""
        return set().union(*self.held(audience).values())
