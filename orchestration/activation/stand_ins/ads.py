"""Ad platforms: audiences of hashes. They say little, and mostly about the request as a whole."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable

from orchestration.activation.stand_ins.http_json import Rejected
from orchestration.activation.stand_ins.vendor import Asked, MatchingVendor, Reply, Vendor

HASH = re.compile(r"[0-9a-f]{64}")
PLAIN = {"EXTERN_ID", "MADID"}
FINDERS = {"EXTERN_ID", "EMAIL", "PHONE", "MADID"}


class Meta(MatchingVendor):
    """Custom audiences; a row's first identifier names the person here.

    sessions: those replacing an audience that have not had their last call.
    """

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        super().__init__(token, clock)
        self.sessions: dict[int, int] = {}

    def do_replace(self, asked: Asked) -> Reply:
        """Gathers people until the last call of a session; then the audience is those."""
        session = asked.body["session"]
        number, audience = session["session_id"], asked.args[0]
        if session["batch_seq"] == 1:
            self.sessions[number] = 0
            self.audiences[f"{audience} {number}"] = {}
        if session["batch_seq"] != self.sessions.get(number, -1) + 1:
            raise Rejected(400, "session")
        self.sessions[number] += 1
        reply = self._change(Asked(**{**vars(asked), "args": [f"{audience} {number}"]}), True)
        if session["last_batch_flag"]:
            del self.sessions[number]
            self.audiences[audience] = self.audiences.pop(f"{audience} {number}")
        return reply

    def _change(self, asked: Asked, is_added: bool) -> Reply:
        schema, data = asked.body["payload"]["schema"], asked.body["payload"]["data"]
        if any(len(row) != len(schema) for row in data):
            raise Rejected(400, "row_is_not_the_schema")
        invalid = []
        for row in data:
            are_hashes = all(
                not value or name in PLAIN or HASH.fullmatch(value)
                for name, value in zip(schema, row, strict=True)
            )
            given = [
                value for name, value in zip(schema, row, strict=True) if value and name in FINDERS
            ]
            if not are_hashes or not given or given[0] in self.refused:
                invalid.append(row)
            elif is_added:
                self.take_in(asked.args[0], given[0], set(given))
            else:
                self.take_out(asked.args[0], set(given))
        answer = {"audience_id": asked.args[0], "session_id": "1", "num_received": len(data)}
        samples = [{"index": data.index(row)} for row in invalid[:3]]
        return Reply(
            200, {**answer, "num_invalid_entries": len(invalid), "invalid_entry_samples": samples}
        )

    def do_add(self, asked: Asked) -> Reply:
        """Takes people in."""
        return self._change(asked, True)

    def do_take_out(self, asked: Asked) -> Reply:
        """Takes people out."""
        return self._change(asked, False)

    def too_many(self, seconds: float) -> Reply:
        """A code inside a 400; the header counts in minutes."""
        minutes = int(seconds // 60) + 1
        usage = {"1": [{"estimated_time_to_regain_access": minutes}]}
        headers = {"x_business_use_case_usage": json.dumps(usage)}
        return Reply(400, {"error": {"code": 80003, "message": "too many calls"}}, **headers)

    def broken(self) -> Reply:
        """A code inside a 500."""
        return Reply(500, {"error": {"code": 2, "message": "temporarily unavailable"}})

    def refusal(self, status: int, code: str) -> Reply:
        """Code 100: an invalid parameter; 190: the token."""
        number = 190 if status == 401 else 100
        return Reply(status, {"error": {"code": number, "message": code}})


class TikTok(Vendor):
    """Files of hashes, and audiences told to take them; every answer is a 200.

    An audience may not fall under `minimum` people.
    """

    minimum = 1000

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        super().__init__(token, clock)
        self.files: dict[str, list[str]] = {}

    def _said(self, code: int, data: dict[str, str] | None = None) -> Reply:
        message = "no" if code else "OK"
        answer = {"code": code, "message": message, "request_id": "r1", "data": data or {}}
        return Reply(200, answer)

    def do_upload(self, asked: Asked) -> Reply:
        """Takes a file with its MD5."""
        boundary = asked.headers["content-type"].partition("boundary=")[2].encode()
        form = {}
        for part in asked.raw.split(b"--" + boundary)[1:-1]:
            head, _, value = part.partition(b"\r\n\r\n")
            name = re.search(rb'name="(\w+)"', head)
            form[name[1].decode() if name else ""] = value.removesuffix(b"\r\n")
        if set(form) != {"advertiser_id", "calculate_type", "file_signature", "file"}:
            raise Rejected(400, "form_fields")
        signature = hashlib.md5(form["file"], usedforsecurity=False).hexdigest()
        if form["file_signature"].decode() != signature:
            raise Rejected(400, "file_signature")
        rows = form["file"].decode().split()
        if not all(HASH.fullmatch(row) for row in rows):
            raise Rejected(400, "no_hash")
        if set(rows) & self.refused:
            raise Rejected(400, "member_refused")
        path = f"file/{len(self.files)}"
        self.files[path] = rows
        return self._said(0, {"file_path": path})

    def do_update(self, asked: Asked) -> Reply:
        """Takes files in or out, or has nothing else than them."""
        body = asked.body
        if not set(body["file_paths"]) <= set(self.files):
            raise Rejected(400, "no_such_file")
        rows = [row for path in body["file_paths"] for row in self.files[path]]
        audience = f"{body['advertiser_id']}/{body['custom_audience_id']}"
        left = dict(self.held(audience)) if body["action"] != "REPLACE" else {}
        for row in rows:
            if body["action"] == "REMOVE":
                left.pop(row, None)
            else:
                left[row] = True
        if len(left) < self.minimum:
            raise Rejected(400, "audience_too_small")
        self.audiences[audience] = left
        return self._said(0)

    def too_many(self, seconds: float) -> Reply:
        """A code in a 200."""
        return self._said(40100)

    def broken(self) -> Reply:
        """A code in a 200."""
        return self._said(50000)

    def refusal(self, status: int, code: str) -> Reply:
        """A code in a 200."""
        return self._said(40105 if status == 401 else 40002)


class Pinterest(Vendor):
    """Customer lists: records as one text, and a list that comes back."""

    def do_change(self, asked: Asked) -> Reply:
        """Adds or removes records."""
        held, rows = self.held(asked.args[0]), asked.body["records"].split(",")
        if set(rows) & self.refused:
            raise Rejected(400, "member_refused")
        for row in rows:
            if asked.body["operation_type"] == "ADD":
                held[row] = True
            else:
                held.pop(row, None)
        return Reply(
            200,
            {
                "id": asked.args[0],
                "type": "customerlist",
                "status": "PROCESSING",
                "num_uploaded_user_records": len(held),
                "num_removed_user_records": 0,
            },
        )


class LinkedIn(Vendor):
    """Segments: a status for every element."""

    def do_users(self, asked: Asked) -> Reply:
        """Adds and removes."""
        held, elements = self.held(asked.args[0]), []
        for element in asked.body["elements"]:
            value = element["userIds"][0]["idValue"]
            if value in self.refused:
                elements.append({"status": 400})
                continue
            if element["action"] == "ADD":
                held[value] = True
            else:
                held.pop(value, None)
            elements.append({"status": 201})
        return Reply(200, {"elements": elements})


class Snap(Vendor):
    """Segments: success is said twice."""

    def _change(self, asked: Asked, is_added: bool) -> Reply:
        held = self.held(asked.args[0])
        rows = [row[0] for part in asked.body["users"] for row in part["data"]]
        if set(rows) & self.refused:
            parts = [{"sub_request_status": "ERROR"} for _ in asked.body["users"]]
            return Reply(200, {"request_status": "ERROR", "users": parts, "error_code": "E1001"})
        for row in rows:
            if is_added:
                held[row] = True
            else:
                held.pop(row, None)
        parts = [{"sub_request_status": "SUCCESS"} for _ in asked.body["users"]]
        return Reply(200, {"request_status": "SUCCESS", "users": parts})

    def do_add(self, asked: Asked) -> Reply:
        """Takes people in."""
        return self._change(asked, True)

    def do_take_out(self, asked: Asked) -> Reply:
        """Takes people out."""
        return self._change(asked, False)
