"""The contract overlay of a vendor: which calls there are and what a request must look like."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import yaml

from orchestration.activation.stand_ins.http_json import Rejected


@dataclass(frozen=True)
class Call:
    """One call of a vendor's interface."""

    name: str
    method: str
    pattern: re.Pattern[str]
    rules: dict[str, Any]
    validator: Any

    @property
    def is_silent(self) -> bool:
        """Whether the vendor's success has no body."""
        return bool(self.rules.get("silent"))


@cache
def overlays() -> dict[str, dict[str, Any]]:
    """Every vendor's rules."""
    path = Path(__file__).with_name("contracts.yml")
    found: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


@cache
def calls_of(vendor: str) -> tuple[Call, ...]:
    """The vendor's calls."""
    calls = []
    for name, rules in overlays()[vendor]["calls"].items():
        method, _, path = rules["request"].partition(" ")
        parts = re.split(r"\{\w+\}", path)
        pattern = re.compile("([^/]+)".join(re.escape(part) for part in parts))
        body = rules.get("body")
        validator = jsonschema.Draft202012Validator(body) if body else None
        calls.append(Call(name, method, pattern, rules, validator))
    return tuple(calls)


def find_call(vendor: str, method: str, path: str) -> tuple[Call, list[str]]:
    """The call that a request makes, and what its path names. Raises Rejected for no such call."""
    is_path_known = False
    for call in calls_of(vendor):
        if match := call.pattern.fullmatch(path):
            is_path_known = True
            if call.method == method:
                return call, [unquote(part) for part in match.groups()]
    raise Rejected(405 if is_path_known else 404, "no_such_call")


def check_door(vendor: str, headers: dict[str, str], token: str) -> None:
    """Raises Rejected unless the header that opens is as it must be."""
    for name, wanted in overlays()[vendor]["door"].items():
        said = headers.get(name, "")
        opens = said == wanted.format(token=token) if "{token}" in wanted else said
        if not opens or ("{token}" not in wanted and not re.fullmatch(wanted, said)):
            raise Rejected(401, "not_let_in")


def check_request(vendor: str, call: Call, headers: dict[str, str], raw: bytes) -> Any:
    """The body, read. Raises Rejected for what the contract does not allow."""
    for name, pattern in overlays()[vendor].get("headers", {}).items():
        if not re.search(pattern, headers.get(name, "")):
            raise Rejected(400, f"header_{name}")
    if len(raw) > call.rules.get("max_bytes", 16_000_000):
        raise Rejected(413, "too_many_bytes")
    content = headers.get("content-type", "").partition(";")[0]
    if call.validator is None:
        if "content" in call.rules and content != call.rules["content"]:
            raise Rejected(415, "wrong_content_type")
        return raw
    if content != call.rules.get("content", "application/json"):
        raise Rejected(415, "wrong_content_type")
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Rejected(400, "not_json") from error
    problem = jsonschema.exceptions.best_match(call.validator.iter_errors(body))
    if problem is not None:
        place = "/".join(str(part) for part in problem.absolute_path)
        raise Rejected(400, f"contract {call.name} {place} {problem.validator}")
    return body
