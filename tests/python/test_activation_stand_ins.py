"""Every vendor through the real engine, against its stand-in: in the end the vendor holds exactly
the wanted members, and a run without a change makes no request.

What is sent and what the stand-ins answer is held against the vendors' own descriptions, where
there is one beside the project.
"""

from __future__ import annotations

import json
import socket
from functools import cache
from typing import Any

import httpx
import jsonschema
import pytest
import yaml
from test_activation_vendors import CONTRACTS, without_nullable
from vendor_world import (
    CASES,
    TOKEN,
    Case,
    VendorWorld,
    new_world,
    no_search_for_pandas,  # noqa: F401 - a fixture of the whole module
)

from orchestration.activation.adapters import ADAPTERS
from orchestration.activation.stand_ins.contract import calls_of, overlays
from orchestration.activation.stand_ins.http_json import Fault
from orchestration.activation.stand_ins.server import VENDORS, Exchange, VendorServer

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # one description takes seconds otherwise
JOBS = ("google_data_manager", "klaviyo", "salesforce", "sendgrid")


def versions(*numbers: int, version: int = 1) -> dict[int, int]:
    return dict.fromkeys(numbers, version)


def live_through_it(world: VendorWorld) -> None:
    """Joins, changes, leaves and comes back."""
    (sync,) = world.syncs
    world.wanted[sync] = versions(*range(12))
    world.settle()
    world.wanted[sync] = {0: 1, **versions(*range(4, 9), version=2), **versions(*range(9, 15))}
    world.settle()
    world.wanted[sync] = versions(1, 5, version=3)
    world.settle()
    world.wanted[sync] = {}
    world.settle()


def test_every_adapter_has_a_stand_in() -> None:
    """Those without one speak no HTTP of a vendor's, or are tried elsewhere: http_json has
    the oldest stand-in, Slack's messages cannot be taken back."""
    assert set(VENDORS) == set(overlays()) == set(CASES) | {"slack"}
    assert set(ADAPTERS) - set(VENDORS) == {"file_drop", "http_json", "postgres_table"}


@pytest.mark.parametrize("transport", sorted(CASES))
def test_the_vendor_ends_with_the_wanted_members(transport: str) -> None:
    world = new_world(transport)
    world.vendor.job_delay = 1
    live_through_it(world)
    world.assert_contract()
    check_descriptions(world.journal.exchanges)


@pytest.mark.parametrize("transport", sorted(CASES))
def test_refused_members_are_found_and_let_in_later(transport: str) -> None:
    """A partial failure, in whatever way the vendor has of saying so."""
    world = new_world(transport)
    (sync,) = world.syncs
    world.wanted[sync] = versions(*range(12))
    world.vendor.refused = {world.case.key(2), world.case.key(7)}
    for _ in range(12):
        world.plan()
        if world.try_run() == "succeeded" and not world.open_batches():
            break
        world.time.sleep(3600)
    assert world.members() == world.keys() - world.vendor.refused
    letters = world.rows("select member_key from activation_ledger.sync_dead_letter")
    assert {row[0] for row in letters} == world.vendor.refused
    world.vendor.refused = set()
    world.settle()
    world.assert_contract()
    check_descriptions(world.journal.exchanges)


MATCHING = ("google_data_manager", "meta")


@pytest.mark.parametrize("transport", MATCHING)
def test_whoever_leaves_is_found_by_nothing_that_was_sent(transport: str) -> None:
    """By the address alone, people stayed there by their number, and an old number stayed for good
    when it changed. What was sent is known until then, and no longer."""
    world = new_world(transport)
    (sync,), audience = world.syncs, world.case.audience
    world.wanted[sync] = {1: 1, 2: 1, 3: 1}
    world.settle()
    kept = "select count(sent_json) from activation_ledger.sync_state"
    assert len(world.vendor.identifiers(audience)) == 6
    assert world.rows(kept) == [(3,)]
    world.wanted[sync] = {1: 1, 2: 2}
    world.settle()
    assert len(world.vendor.identifiers(audience)) == 4
    assert world.rows(kept) == [(2,)]
    world.wanted[sync] = {}
    world.settle()
    assert world.vendor.identifiers(audience) == set()
    assert world.rows(kept) == [(0,)]


@pytest.mark.parametrize("transport", MATCHING)
def test_what_was_sent_since_the_build_waits_for_the_next(transport: str) -> None:
    """A plan that is older than what was sent would take somebody out by half of it, and the ledger
    would forget the rest."""
    world = new_world(transport)
    (sync,) = world.syncs
    world.wanted[sync] = {1: 1}
    world.settle()
    world.wanted[sync] = {}
    world.plan()
    with world.opened_by() as opened:
        opened.execute("update activation_ledger.sync_state set revision_count = 7")
    assert world.run().planned == 0
    assert world.members() == {world.case.key(1)}
    world.settle()


@pytest.mark.parametrize("transport", MATCHING)
def test_whoever_said_no_while_in_doubt_leaves_by_all_that_may_have_arrived(transport: str) -> None:
    world = new_world(transport)
    (sync,) = world.syncs
    world.wanted[sync] = {1: 1}
    world.plan()
    world.server.faults.append(Fault("lost_after"))

    def die(step: str) -> None:
        if step == "sent":
            world.is_dead = True

    assert world.try_run(on_step=die) == "Killed"
    if transport == "google_data_manager":
        assert world.vendor.job("job1")["is_done"], "the vendor works at what nobody asks about"
    assert len(world.vendor.identifiers(world.case.audience)) == 2
    world.wanted[sync] = {}
    for _ in range(3):
        world.time.sleep(26 * 3600)
        world.plan()
        world.run()
    assert world.vendor.identifiers(world.case.audience) == set()


def refused_after_a_doubtful_try(world: VendorWorld) -> None:
    """The answer to the first try is lost, and the second meets a vendor of another mind."""
    world.plan()
    world.server.faults.append(Fault("server_error_after", 1.0))
    world.run(on_step=lambda step: world.vendor.refused.add(world.case.key(1) * (step == "sent")))


@pytest.mark.parametrize("transport", ["linkedin", "meta"])
def test_whoever_is_refused_after_a_doubtful_try_is_not_taken_for_absent(transport: str) -> None:
    world = new_world(transport)
    (sync,) = world.syncs
    world.wanted[sync] = {1: 1}
    refused_after_a_doubtful_try(world)
    assert world.members() == {world.case.key(1)}, "the vendor has acted on the first try"
    world.vendor.refused = set()
    world.wanted[sync] = {}
    world.settle()


@pytest.mark.parametrize("transport", ["linkedin", "meta"])
def test_who_may_be_out_by_a_doubtful_try_is_put_in_again(transport: str) -> None:
    """The vendor took them out, said nothing, and would not when asked again."""
    world = new_world(transport)
    (sync,) = world.syncs
    world.wanted[sync] = {1: 1}
    world.settle()
    world.wanted[sync] = {}
    refused_after_a_doubtful_try(world)
    assert world.members() == set()
    world.vendor.refused = set()
    world.wanted[sync] = {1: 1}
    world.settle()


@pytest.mark.parametrize("transport", ["braze", "customer_io", "salesforce"])
def test_taking_out_somebody_who_was_erased_there_creates_nobody(transport: str) -> None:
    """Membership is an attribute there: to clear it by an upsert made the person anew."""
    world = new_world(transport)
    world.wanted[world.syncs[0]] = versions(*range(7))
    world.settle()
    erased = {world.case.key(2), world.case.key(5)}
    world.vendor.people -= erased
    for key in erased:
        del world.vendor.held(world.case.audience)[key]
    world.wanted[world.syncs[0]] = versions(0)
    world.settle()
    assert world.vendor.people == {world.case.key(n) for n in range(7)} - erased


@pytest.mark.parametrize("transport", sorted(set(CASES) - {"webhook"}))
def test_a_success_with_nothing_in_it_confirms_nobody(transport: str) -> None:
    """A webhook's receiver promises no body: there a bare success is the whole answer."""
    world = new_world(transport)
    world.wanted[world.syncs[0]] = versions(*range(7))
    world.server.faults.extend([Fault("hollow"), None, None, Fault("hollow")] * 2)
    world.settle()
    world.wanted[world.syncs[0]] = versions(1)
    world.server.faults.extend([Fault("hollow"), None, Fault("hollow")] * 2)
    world.settle()


@pytest.mark.parametrize("transport", JOBS)
def test_a_job_that_broke_off_is_sent_again(transport: str) -> None:
    """After a restart: the run that opened the job has long ended."""
    world = new_world(transport)
    world.wanted[world.syncs[0]] = versions(*range(7))
    world.vendor.broken_jobs = 2
    world.plan()
    assert world.run().accepted == 7
    assert world.members() == set()
    world.settle()


@pytest.mark.parametrize("transport", sorted(CASES))
def test_hostile_values_arrive_as_they_are(transport: str) -> None:
    hostile = "x\"'),(\\\r\n;,=cmd|'/c'!A1 {{ }} <b> \u202e %s ? 正 \U0001f600"
    plain = CASES[transport]

    def key(number: int) -> str:
        known = plain.key(number)
        return f"{hostile}{number}" if known.startswith("p") and "@" not in known else known

    def rest(number: int, version: int) -> dict[str, str]:
        free = ("first_name", "firstname", "name", "plan", "FNAME", "FirstName")
        sent = plain.rest(number, version)
        return {name: hostile if name in free else value for name, value in sent.items()}

    world = VendorWorld(Case(plain.transport, plain.audience, plain.key_field, key, rest))
    world.wanted[world.syncs[0]] = versions(*range(7))
    world.settle()
    world.wanted[world.syncs[0]] = versions(3)
    world.settle()
    world.assert_contract()


def test_slack_gets_every_line() -> None:
    case = Case("slack", "C1", "id", lambda n: f"{n}", lambda n, v: {"text": f"Line {n}"})
    world = VendorWorld(case)
    world.wanted[world.syncs[0]] = versions(*range(7))
    world.server.faults.extend([Fault("server_error"), Fault("rate_limited", 3), Fault("hollow")])
    world.plan()
    assert world.run().confirmed == 7
    assert world.members() == {f"Line {number}" for number in range(7)}
    world.assert_contract()


def test_the_server_listens_on_a_port() -> None:
    """The same apps over a real connection, with answers that are lost and late."""
    world = new_world("mailchimp")
    world.server.start()
    try:
        world.client = httpx.Client(timeout=0.5)
        world.url = world.server.url
        world.wanted[world.syncs[0]] = versions(*range(7))
        world.server.faults.extend([None, Fault("lost_after"), None, Fault("slow_after", 1.0)])
        world.settle()
        world.assert_contract()
    finally:
        world.client.close()
        world.server.stop()


# --- The stand-ins themselves -------------------------------------------------------------------


def test_half_a_request_of_a_client_that_died_is_none() -> None:
    server = VendorServer(TOKEN)
    server.start()
    try:
        port = int(server.url.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port)) as half:
            half.sendall(
                b"POST /hubspot/crm/v3/objects/contacts/batch/upsert HTTP/1.1\r\nHost: x\r\n"
                b"content-type: application/json\r\ncontent-length: 100\r\n\r\n{"
            )
            half.shutdown(socket.SHUT_WR)
            assert half.recv(1) == b"", "the server closes it without an answer"
        assert server.journals["hubspot"].requests == 0
    finally:
        server.stop()


@pytest.mark.parametrize("transport", sorted(VENDORS))
def test_a_stand_in_refuses_what_its_vendor_would(transport: str) -> None:
    """A stranger, an unknown path, a field too many: none gets in, whatever the status says."""
    server = VendorServer(TOKEN)
    world_case = CASES.get(transport)
    call = calls_of(transport)[0]
    path = f"/{transport}" + call.rules["request"].partition(" ")[2].replace("{", "").replace(
        "}", ""
    )
    headers = {"content-type": call.rules.get("content", "application/json")}
    for body in (b"{}", b'{"surprise": 1}', b"[", b""):
        server.respond(call.method, path, headers, body)
    server.respond("POST", f"/{transport}/nowhere", headers, b"{}")
    assert len(server.journals[transport].violations) == 5
    assert world_case is None or server.vendors[transport].members(world_case.audience) == set()


@pytest.mark.parametrize("transport", sorted(CASES))
def test_a_closed_object_is_closed(transport: str) -> None:
    """A request of ours with one field more than the contract has is refused."""
    world = new_world(transport)
    world.wanted[world.syncs[0]] = versions(1)
    world.plan()
    sent: list[bytes] = []

    def spoil(request: httpx.Request) -> httpx.Response:
        body = request.read()
        if body[:1] == b"{":
            body = b'{"surprise": 1, ' + body[1:]
            sent.append(body)
        headers = {k: v for k, v in request.headers.items() if k != "content-length"}
        spoilt = httpx.Request(request.method, request.url, headers=headers, content=body)
        return world.server._carry(spoilt)

    world.client = httpx.Client(transport=httpx.MockTransport(spoil))
    world.try_run()
    assert world.journal.violations or not sent
    assert world.members() == set() or not sent


def test_unverified_rules_say_so() -> None:
    """A vendor without a description of its own cannot have verified rules only."""
    for vendor, rules in overlays().items():
        is_described = any("spec" in call for call in rules["calls"].values())
        if not is_described and vendor != "webhook":  # ours
            assert rules.get("unverified"), vendor


# --- The vendors' own descriptions --------------------------------------------------------------


@cache
def document(file: str) -> dict[str, Any]:
    text = (CONTRACTS / file).read_text(encoding="utf-8")
    read = json.loads(text) if file.endswith(".json") else yaml.load(text, LOADER)  # noqa: S506
    if "schemas" in read:  # Google's discovery form
        return {"definitions": {name: discovered(part) for name, part in read["schemas"].items()}}
    return without_nullable(read)


def discovered(part: Any) -> Any:
    """Google's discovery form in JSON Schema's words, closed."""
    if isinstance(part, list):
        return [discovered(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    found = {
        name: discovered(value)
        for name, value in part.items()
        if name not in ("id", "enumDescriptions", "format", "description", "readOnly")
    }
    if isinstance(found.get("$ref"), str):
        found["$ref"] = f"#/definitions/{found['$ref']}"
    if isinstance(found.get("properties"), dict):
        found["additionalProperties"] = False
    return found


@cache
def validator(file: str, place: str) -> Any:
    """A validator of what is at the JSON pointer of the description."""
    return jsonschema.Draft202012Validator({**document(file), "$ref": place})


def pointer(*parts: str) -> str:
    return "#/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)


def places(exchange: Exchange, spec: dict[str, str]) -> tuple[str | None, str | None]:
    """Where the description has the request's body and the answer's."""
    read = document(spec["file"])
    if "path" not in spec:
        request = spec.get("schema")
        kind = "definitions"
        return request and pointer(kind, request), pointer(kind, spec["answer"])
    method = exchange.call.method.lower()
    operation = read["paths"][spec["path"]][method]
    body = operation.get("requestBody")
    kind = exchange.call.rules.get("content", "application/json")
    base = ("paths", spec["path"], method)
    request = None
    if body and kind != "multipart/form-data":
        steps = (*base, "requestBody")
        if "$ref" in body:
            steps = tuple(body["$ref"].removeprefix("#/").split("/"))
        request = pointer(*steps, "content", kind, "schema")
    answers = operation["responses"]
    assert str(exchange.status) in answers, f"{exchange.call.name} never answers {exchange.status}"
    content = answers[str(exchange.status)].get("content", {})
    answer_kind = next(iter(content), None)
    if answer_kind is None:
        return request, None
    steps = (*base, "responses", str(exchange.status), "content", answer_kind, "schema")
    return request, pointer(*steps)


def check_descriptions(exchanges: list[Exchange]) -> None:
    """Requests and answers against the vendor's description. Without descriptions beside the
    project there is nothing to hold them against; the last test of this file skips and says so.
    """
    if not CONTRACTS.exists():
        return
    for exchange in exchanges[:40]:
        spec = exchange.call.rules.get("spec")
        if spec is None or exchange.status >= 300:
            continue
        request, answer = places(exchange, spec)
        if request and exchange.request:
            validator(spec["file"], request).validate(json.loads(exchange.request))
        if answer and exchange.answer:
            validator(spec["file"], answer).validate(json.loads(exchange.answer))


def test_descriptions_are_still_where_the_overlay_says() -> None:
    """So that a description that moved is no silent pass."""
    if not CONTRACTS.exists():
        pytest.skip("no vendor descriptions beside the project")
    for vendor in overlays():
        for call in calls_of(vendor):
            spec = call.rules.get("spec")
            if spec is None:
                continue
            read = document(spec["file"])
            if "path" in spec:
                assert call.method.lower() in read["paths"][spec["path"]], call.name
            else:
                assert {spec[n] for n in ("schema", "answer") if n in spec} <= set(
                    read["definitions"]
                )
