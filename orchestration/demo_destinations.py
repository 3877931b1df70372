"""The destinations of the demo: one stand-in that keeps several vendors' audiences.

Each audience has a contract of its own, and whatever does not meet it is refused: what arrives is
what the declarations of models/activation/destinations promise.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from orchestration.activation.stand_ins.http_json import Rejected, StandIn

HASH = re.compile(r"[0-9a-f]{64}")
ID = re.compile(r"[0-9a-f]{32}")
EMAIL = re.compile(r"[^@\sA-Z]+@[^@\sA-Z]+")
TEXT = re.compile(r".{1,200}", re.DOTALL)
# audience: {field: (what it looks like, whether it may be missing)}
CONTRACTS: dict[str, dict[str, tuple[re.Pattern[str], bool]]] = {
    "newsletter_audience": {
        "external_id": (ID, False),
        "email": (EMAIL, False),
        "email_sha256": (HASH, False),
    },
    "win_back": {
        "external_id": (EMAIL, False),
        "first_name": (TEXT, True),
        "voucher": (re.compile(r"WELCOME-BACK"), False),
    },
    "recent_buyers": {
        "external_id": (HASH, False),
        "email_sha256": (HASH, False),
        "phone_sha256": (HASH, True),
    },
    "best_customers": {
        "external_id": (ID, False),
        "email": (EMAIL, False),
        "name": (TEXT, True),
        "orders": (re.compile(r"\d+"), False),
        "revenue": (re.compile(r"-?\d+\.\d\d"), False),
        "last_ordered_at": (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), True),
    },
}


class DemoDestinations(StandIn):
    """The stand-in, with a contract for each audience of the demo."""

    def change_members(
        self, audience: str, key: str, raw: bytes, body: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        """Applies a request once, however often it comes; returns status and answer."""
        if audience not in CONTRACTS:
            raise Rejected(404, "unknown_audience")
        check_members(CONTRACTS[audience], body)
        fingerprint = hashlib.sha256(raw).hexdigest()
        with self._lock:
            if key not in self._answers:
                self._answers[key] = (fingerprint, 200, {"results": self._apply(audience, body)})
            known, status, answer = self._answers[key]
            if known != fingerprint:
                raise Rejected(409, "idempotency_key_reused")
            return status, answer


def check_members(contract: dict[str, tuple[re.Pattern[str], bool]], body: dict[str, Any]) -> None:
    """Raises Rejected unless each member has just the fields of the contract, as it wants them."""
    members = body.get("members")
    if body.get("operation") not in ("upsert", "remove") or not isinstance(members, list):
        raise Rejected(400, "bad_operation")
    wanted = contract if body["operation"] == "upsert" else {"external_id": contract["external_id"]}
    for member in members:
        if not isinstance(member, dict) or set(member) != set(wanted):
            raise Rejected(400, "bad_member_fields")
        for name, (pattern, may_be_missing) in wanted.items():
            value = member[name]
            if value is None and may_be_missing:
                continue
            if not isinstance(value, str) or not pattern.fullmatch(value):
                raise Rejected(400, f"bad_{name}")
        if "email_sha256" in member and "email" in member:
            expected = hashlib.sha256(member["email"].encode()).hexdigest()
            if member["email_sha256"] != expected:
                raise Rejected(400, "bad_email_sha256")
