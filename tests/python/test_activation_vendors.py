"""Every vendor's adapter: what it sends is what the vendor's description asks for, and its reading
accounts for every member.

Braze, Customer.io, HubSpot, LinkedIn, Meta and Snap have no public description of these
bodies: for them the tests hold what the prose documentation says and are unverified.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import jsonschema
import pytest

from orchestration.activation.adapters import (
    ADAPTERS,
    Adapter,
    Answer,
    Batch,
    Item,
    Reading,
    Request,
    load_adapter,
)
from orchestration.warehouse import PROJECT_DIR

CONTRACTS = PROJECT_DIR.parent / "shared" / "contracts"
if not CONTRACTS.exists():
    CONTRACTS = PROJECT_DIR.parent.parent / "shared" / "contracts"
NOW = datetime(2026, 11, 1, 12, 0, 0)
HASH = "0123456789abcdef" * 4
ADVERTISING = ("google_data_manager", "linkedin", "meta", "pinterest", "snap", "tiktok")
# transport: audience, key field, payload of a member beside its key
MEMBERS: dict[str, tuple[str, str, dict[str, str]]] = {
    "braze": ("newsletter", "external_id", {"first_name": "Ann"}),
    "customer_io": ("newsletter", "id", {"plan": "gold"}),
    "file_drop": ("people/newsletter.csv", "external_id", {"first_name": "Ann"}),
    "google_data_manager": ("123/456", "emailAddress", {"phoneNumber": HASH}),
    "hubspot": ("17", "email", {"firstname": "Ann"}),
    "http_json": ("newsletter", "external_id", {}),
    "intercom": ("tag1", "external_id", {"email": "ann@mail.example"}),
    "iterable": ("17", "email", {"plan": "gold"}),
    "klaviyo": ("LiSt1", "email", {"first_name": "Ann", "plan": "gold"}),
    "linkedin": ("seg1", "SHA256_EMAIL", {}),
    "mailchimp": ("list1/newsletter", "email_address", {"FNAME": "Ann"}),
    "meta": ("238", "EMAIL", {"FN": HASH}),
    "pinterest": ("643", "record", {}),
    "postgres_table": ("serving.people", "external_id", {"first_name": "Ann"}),
    "salesforce": ("Contact.In_Newsletter__c", "Cdp_Id__c", {"FirstName": "Ann"}),
    "sendgrid": ("9f1c3d80-0f35-4c92-9f4c-0b7cf2d2ab54", "email", {"first_name": "Ann"}),
    "slack": ("C1", "external_id", {"text": "Ann is back"}),
    "snap": ("seg1", "EMAIL_SHA256", {}),
    "tiktok": ("12/34", "EMAIL_SHA256", {}),
    "webhook": ("newsletter", "external_id", {}),
}


def make_batch(transport: str, count: int, action: str = "upsert") -> Batch:
    audience, key_field, rest = MEMBERS[transport]
    items = []
    for number in range(count):
        key = f"p{number}@mail.example" if "mail" in key_field.lower() else f"p{number}"
        if transport in ADVERTISING:
            key = hashlib.sha256(key.encode()).hexdigest()
        sent = {key_field: key, **(rest if action == "upsert" else {})}
        items.append(Item(number, key, key_field, json.dumps(sent)))
    return Batch("sync:1:1", audience, action, "key", tuple(items))


def answered(request: Request, body: object, status: int = 200, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, json.dumps(body).encode(), NOW, request.memo)


def codes(reading: Reading) -> list[str]:
    assert reading.verdict == "rows"
    return [row.code for row in reading.rows]


def follow(reading: Reading) -> Request:
    assert reading.verdict == "next"
    assert reading.next_request is not None
    return reading.next_request


def contract(path: str) -> dict[str, Any]:
    file = CONTRACTS / path
    if not file.exists():
        pytest.skip(f"no vendor description {path} beside the project")
    return json.loads(file.read_text())


def without_nullable(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable` in JSON Schema's words."""
    if isinstance(schema, list):
        return [without_nullable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: without_nullable(part) for name, part in schema.items()}
    if found.pop("nullable", False) is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found


def check_body(document: dict[str, Any], schema: dict[str, Any], request: Request) -> None:
    wanted = without_nullable({**document, **schema})
    jsonschema.Draft202012Validator(wanted).validate(json.loads(request.body))


def adapters() -> list[str]:
    return sorted(ADAPTERS)


def test_every_adapter_is_tested() -> None:
    assert set(MEMBERS) == set(ADAPTERS)


@pytest.mark.parametrize(
    ("transport", "sent", "code"),
    [
        ("google_data_manager", {"emailAddress": "ann@mail.example"}, "not_hashed"),
        ("google_data_manager", {"emailAddress": HASH, "phoneNumber": "+4930555"}, "not_hashed"),
        ("google_data_manager", {"emailAddress": HASH.upper()}, "not_hashed"),
        ("google_data_manager",
         {"emailAddress": HASH, "givenName": HASH, "familyName": HASH, "regionCode": "DE",
          "postalCode": "10115"}, None),
        ("linkedin", {"SHA256_EMAIL": "ann@mail.example"}, "not_hashed"),
        ("meta", {"EMAIL": "ann@mail.example"}, "not_hashed"),
        ("meta", {"EXTERN_ID": "p1", "FN": "ann"}, "not_hashed"),
        ("meta", {"EXTERN_ID": "p1", "MADID": "6032d997-3ab0-4de0-aa16-8af0e5b482fb"}, None),
        ("meta", {"EMAIL": hashlib.sha256(b"").hexdigest()}, "hash_of_nothing"),
        ("pinterest", {"record": "ann@mail.example"}, "not_hashed"),
        ("pinterest", {"record": HASH}, None),
        ("snap", {"PHONE_SHA256": "4930555"}, "not_hashed"),
        ("tiktok", {"EMAIL_SHA256": "ann@mail.example"}, "not_hashed"),
    ],
)  # fmt: skip
def test_no_advertising_network_is_handed_an_address(
    transport: str, sent: dict[str, str], code: str | None
) -> None:
    key_field = next(iter(sent))
    item = Item(1, sent[key_field], key_field, json.dumps(sent))
    assert load_adapter(transport).check(item) == code


@pytest.mark.parametrize("transport", adapters())
@pytest.mark.parametrize("action", ["upsert", "remove"])
def test_request_is_repeatable_signed_and_free_of_empty_fields(transport: str, action: str) -> None:
    if (transport, action) == ("slack", "remove"):
        return  # it only appends; a declaration that wants more does not compile
    adapter = load_adapter(transport)
    batch = make_batch(transport, 3, action)
    assert [adapter.check(item) for item in batch.items] == [None] * 3
    request = adapter.build(batch)
    assert request == adapter.build(batch)
    assert adapter.sign(replace(request, sent_at=NOW), "a:b")
    assert HASH not in request.path


@pytest.mark.parametrize("transport", adapters())
def test_success_without_a_readable_body_confirms_nobody(transport: str) -> None:
    adapter = load_adapter(transport)
    batch = make_batch(transport, 2)
    request = adapter.build(batch)
    if transport in (
        "webhook",
        "customer_io",
        "file_drop",
    ):  # a plain 2xx is their documented success
        assert codes(adapter.read(batch, answered(request, {}))) == ["confirmed"] * 2
        return
    assert adapter.read(batch, answered(request, {"thanks": True})).verdict == "retry"


@pytest.mark.parametrize("transport", adapters())
@pytest.mark.parametrize(("status", "verdict"), [(429, "retry"), (500, "retry"), (401, "stop")])
def test_refusals_by_status(transport: str, status: int, verdict: str) -> None:
    adapter = load_adapter(transport)
    batch = make_batch(transport, 2)
    answer = answered(adapter.build(batch), {}, status, retry_after="7")
    assert adapter.read(batch, answer).verdict == verdict


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize(
    "transport", ["google_data_manager", "http_json", "klaviyo", "salesforce", "sendgrid"]
)
def test_a_job_that_the_vendor_forgot_leaves_everybody_unanswered(
    transport: str, status: int
) -> None:
    adapter = load_adapter(transport)
    batch = make_batch(transport, 2)
    reading = adapter.read_poll(batch, answered(adapter.build_poll("j1"), {}, status))
    assert codes(reading) == ["missing"] * 2


def body_schema(
    document: dict[str, Any], path: str, method: str, content_type: str
) -> dict[str, Any]:
    content = document["paths"][path][method]["requestBody"]
    if "$ref" in content:
        content = document["components"]["requestBodies"][content["$ref"].rpartition("/")[2]]
    return content["content"][content_type]["schema"]


@pytest.mark.parametrize(
    ("transport", "action", "file", "path", "method"),
    [
        (
            "klaviyo",
            "upsert",
            "klaviyo/profiles.json",
            "/api/profile-bulk-import-jobs",
            "post",
        ),
        *[
            (
                "sendgrid",
                "upsert",
                "sendgrid/tsg_mc_contacts_v3.json",
                "/v3/marketing/contacts",
                "put",
            )
        ],
        (
            "sendgrid",
            "remove",
            "sendgrid/tsg_mc_contacts_v3.json",
            "/v3/marketing/contacts/search/emails",
            "post",
        ),
        (
            "pinterest",
            "upsert",
            "pinterest/openapi.json",
            "/ad_accounts/{ad_account_id}/customer_lists/{customer_list_id}",
            "patch",
        ),
        (
            "pinterest",
            "remove",
            "pinterest/openapi.json",
            "/ad_accounts/{ad_account_id}/customer_lists/{customer_list_id}",
            "patch",
        ),
    ],
)
def test_body_meets_the_vendors_description(
    transport: str, action: str, file: str, path: str, method: str
) -> None:
    document = contract(file)
    request = load_adapter(transport).build(make_batch(transport, 3, action))
    assert request.method == method.upper()
    schema = body_schema(document, path, method, request.headers["content-type"])
    check_body(document, schema, request)


@pytest.mark.parametrize(("action", "name"), [("upsert", "Subscribe"), ("remove", "Unsubscribe")])
def test_iterable_body_meets_its_description(action: str, name: str) -> None:
    document = contract("iterable/api-docs.json")
    request = load_adapter("iterable").build(make_batch("iterable", 3, action))
    check_body(document, {"$ref": f"#/definitions/{name}Request"}, request)


@pytest.mark.parametrize(("action", "name"), [("upsert", "Ingest"), ("remove", "Remove")])
def test_google_body_has_only_described_fields(action: str, name: str) -> None:
    schemas = contract("google-data-manager/datamanager.v1.json")["schemas"]
    request = load_adapter("google_data_manager").build(
        make_batch("google_data_manager", 3, action)
    )

    def walk(value: Any, schema: dict[str, Any]) -> None:
        if "$ref" in schema:
            schema = schemas[schema["$ref"]]
        if isinstance(value, list):
            for part in value:
                walk(part, schema["items"])
        elif isinstance(value, dict):
            for field, part in value.items():
                walk(part, schema["properties"][field])
        else:
            assert value in schema.get("enum", [value])

    walk(json.loads(request.body), schemas[f"{name}AudienceMembersRequest"])


# --- What the vendors answer ---------------------------------------------------------------------


def adapter_and_batch(transport: str, action: str = "upsert") -> tuple[Adapter, Batch, Request]:
    adapter = load_adapter(transport)
    batch = make_batch(transport, 3, action)
    return adapter, batch, adapter.build(batch)


def test_meta_reads_its_codes_and_cuts_invalid_batches() -> None:
    adapter, batch, request = adapter_and_batch("meta")
    assert json.loads(request.body)["payload"]["schema"] == ["EMAIL", "FN"]
    fine = answered(request, {"num_received": 3, "num_invalid_entries": 0})
    assert codes(adapter.read(batch, fine)) == ["confirmed"] * 3
    bad = answered(request, {"num_received": 3, "num_invalid_entries": 1})
    assert adapter.read(batch, bad).verdict == "split"
    usage = json.dumps({"1": [{"estimated_time_to_regain_access": 3}]})
    throttled = answered(request, {"error": {"code": 80003}}, 400, x_business_use_case_usage=usage)
    assert adapter.read(batch, throttled).retry_after == 180
    flagged = answered(request, {"error": {"code": 100, "error_subcode": 1713230}}, 400)
    assert adapter.read(batch, flagged).verdict == "stop"


def test_google_job_names_its_failures() -> None:
    adapter, batch, request = adapter_and_batch("google_data_manager")
    accepted = adapter.read(batch, answered(request, {"requestId": "r 1"}))
    assert (accepted.verdict, accepted.job_id) == ("accepted", "r 1")
    poll = adapter.build_poll("r 1")
    status: dict[str, Any] = {"requestStatus": "PROCESSING"}
    body = {"requestStatusPerDestination": [status]}
    assert adapter.read_poll(batch, answered(poll, body)).verdict == "accepted"
    status["requestStatus"] = "PARTIAL_SUCCESS"
    assert codes(adapter.read_poll(batch, answered(poll, body))) == ["missing"] * 3
    status["errorInfo"] = {"errorCounts": [{"reason": "NO_CONSENT", "recordIndices": ["1"]}]}
    found = codes(adapter.read_poll(batch, answered(poll, body)))
    assert found == ["confirmed", "failed", "confirmed"]


def test_klaviyo_job_errors_are_fetched_and_placed() -> None:
    adapter, batch, request = adapter_and_batch("klaviyo")
    assert adapter.read(batch, answered(request, {"data": {"id": "j1"}}, 202)).job_id == "j1"
    ended = {"data": {"id": "j1", "attributes": {"status": "complete", "failed_count": 1}}}
    errors = follow(adapter.read_poll(batch, answered(adapter.build_poll("j1"), ended)))
    pointer = {"source": {"pointer": "/data/attributes/profiles/data/2/attributes/email"}}
    found = adapter.read_poll(batch, answered(errors, {"data": [{"attributes": pointer}]}))
    assert codes(found) == ["confirmed", "confirmed", "failed"]


@pytest.mark.parametrize("known", [0, 2])
def test_klaviyo_takes_out_by_profile_id_and_never_unsubscribes(known: int) -> None:
    adapter, batch, request = adapter_and_batch("klaviyo", "remove")
    profiles = [{"id": f"k{number}"} for number in range(known)]
    reading = adapter.read(batch, answered(request, {"data": profiles}))
    if known:
        removal = follow(reading)
        assert removal.method == "DELETE"
        assert removal.path == "/api/lists/LiSt1/relationships/profiles"
        reading = adapter.read(batch, Answer(204, {}, b"", NOW, removal.memo))
    assert codes(reading) == ["confirmed"] * 3


def test_sendgrid_takes_out_by_contact_id() -> None:
    adapter, batch, request = adapter_and_batch("sendgrid", "remove")
    found = {"result": {"p0@mail.example": {"contact": {"id": "c0"}}}}
    removal = follow(adapter.read(batch, answered(request, found)))
    assert removal.path.endswith("/contacts?contact_ids=c0")
    accepted = adapter.read(batch, answered(removal, {"job_id": "j"}, 202))
    assert (accepted.verdict, accepted.job_id) == ("accepted", "j")
    assert codes(adapter.read(batch, answered(request, {}, 404))) == ["confirmed"] * 3


@pytest.mark.parametrize("status", [200, 404])
def test_who_sendgrid_left_in_the_list_is_not_out(status: int) -> None:
    """A removal is a job too: when it was accepted, it was booked as done. Whether such a job can
    be asked about is not described; the contacts can."""
    adapter, batch, _ = adapter_and_batch("sendgrid", "remove")
    poll = adapter.build_poll("j")
    assert adapter.read_poll(batch, answered(poll, {"status": "pending"})).verdict == "accepted"
    look_up = follow(adapter.read_poll(batch, answered(poll, {"status": "completed"}, status)))
    assert json.loads(look_up.body) == {"emails": [item.member_key for item in batch.items]}
    contacts = {
        "p0@mail.example": {"contact": {"id": "c0", "list_ids": ["other"]}},
        "p1@mail.example": {"contact": {"id": "c1", "list_ids": [batch.audience_name]}},
        "p2@mail.example": {"error": "contact not found"},
    }
    found = adapter.read_poll(batch, answered(look_up, {"result": contacts}))
    assert codes(found) == ["confirmed", "missing", "confirmed"]


@pytest.mark.parametrize(
    ("transport", "body", "status"),
    [
        (
            "iterable",
            {"failCount": 1, "failedUpdates": {"invalidEmails": ["P1@mail.example"]}},
            200,
        ),
        ("braze", {"message": "success", "errors": [{"index": 1, "type": "bad"}]}, 201),
        ("customer_io", {"errors": [{"batch_index": 1, "reason": "bad"}]}, 207),
        ("linkedin", {"elements": [{"status": 201}, {"status": 400}, {"status": 201}]}, 200),
    ],
)
def test_failures_inside_a_success_are_found(transport: str, body: Any, status: int) -> None:
    adapter, batch, request = adapter_and_batch(transport)
    found = codes(adapter.read(batch, answered(request, body, status)))
    assert found == ["confirmed", "failed", "confirmed"]


@pytest.mark.parametrize(
    ("transport", "body", "verdict"),
    [
        ("hubspot", {"results": [], "errors": [{"category": "OBJECT_NOT_FOUND"}]}, "rows"),
        ("hubspot", {"results": [], "errors": [{"category": "INTERNAL_ERROR"}]}, "retry"),
        ("sendgrid", {"result": {"a@b.example": {"error": "contact not found"}}}, "rows"),
        ("sendgrid", {"result": {"a@b.example": {"error": "search timed out"}}}, "retry"),
    ],
)
def test_who_could_not_be_looked_up_is_not_out(
    transport: str, body: dict[str, Any], verdict: str
) -> None:
    """They were booked as removed, and stayed."""
    adapter, batch, request = adapter_and_batch(transport, "remove")
    assert adapter.read(batch, answered(request, body, 207)).verdict == verdict


def test_who_iterable_does_not_know_is_out_and_not_in() -> None:
    """Whoever was erased there stayed booked as a member, and was taken out again every day."""
    named = {"notFoundEmails": ["p0@mail.example"], "forgottenEmails": ["p2@mail.example"]}
    said = {"failCount": 2, "failedUpdates": named}
    for action, gone in (("remove", "confirmed"), ("upsert", "failed")):
        adapter, batch, request = adapter_and_batch("iterable", action)
        found = codes(adapter.read(batch, answered(request, said)))
        assert found == [gone, "confirmed", gone]


def test_hubspot_joins_only_those_it_upserted() -> None:
    adapter, batch, request = adapter_and_batch("hubspot")
    results = [{"id": f"{n}", "properties": {"email": f"p{n}@mail.example"}} for n in (0, 2)]
    joining = follow(adapter.read(batch, answered(request, {"results": results}, 207)))
    assert json.loads(joining.body)["recordIdsToAdd"] == ["0", "2"]
    found = codes(adapter.read(batch, answered(joining, {})))
    assert found == ["confirmed", "failed", "confirmed"]


def test_intercom_walks_through_every_member() -> None:
    adapter, batch, request = adapter_and_batch("intercom")
    calls = 0
    while True:
        calls += 1
        step = request.memo[0]
        body: Any = {"data": []} if step == "look_up" else {"id": "c1"}
        if step == "tag":
            body = {"type": "tag", "id": batch.audience_name}
        status = 422 if step == "contact" and request.memo[1] == 1 else 200
        reading = adapter.read(batch, answered(request, body, status))
        if reading.verdict != "next":
            break
        request = follow(reading)
    assert codes(reading) == ["confirmed", "failed", "confirmed"]
    assert calls == 8


def test_intercom_takes_the_tag_off_every_contact_of_an_address() -> None:
    """A lead and a user of one address: only the first one was untagged."""
    adapter = load_adapter("intercom")
    batch = make_batch("intercom", 1, "remove")
    request, untagged = adapter.build(batch), []
    found = {"data": [{"id": "lead"}, {"id": "user"}]}
    reading = adapter.read(batch, answered(request, found))
    while reading.verdict == "next":
        request = follow(reading)
        untagged.append(request.path)
        body = {"type": "tag", "id": batch.audience_name}
        reading = adapter.read(
            batch, answered(request, body, 404 if "lead" in request.path else 200)
        )
    assert untagged == ["/contacts/lead/tags/tag1", "/contacts/user/tags/tag1"]
    assert codes(reading) == ["confirmed"]


def test_klaviyo_leaves_no_profile_of_a_key_in_the_list() -> None:
    """Profiles may share a number: those on the second page stayed."""
    adapter, batch, request = adapter_and_batch("klaviyo", "remove")
    page = {"data": [{"id": "k1"}], "links": {"next": "https://a.klaviyo.com/api/profiles?page=2"}}
    assert adapter.read(batch, answered(request, page)).verdict == "split"
    page["links"] = {"next": None}
    assert adapter.read(batch, answered(request, page)).verdict == "next"


def test_webhook_signature_covers_time_key_and_body() -> None:
    """As a receiver would check it, from the headers and the body alone."""
    adapter, _, request = adapter_and_batch("webhook")
    sent = replace(request, sent_at=NOW)
    head = adapter.sign(sent, "secret")
    assert head["x-timestamp"] == "1793534400"
    text = f"1793534400.{request.headers['idempotency-key']}.".encode() + request.body
    assert head["x-signature"] == hmac.new(b"secret", text, hashlib.sha256).hexdigest()
    for changed in (
        replace(sent, body=request.body + b" "),
        replace(sent, sent_at=NOW + timedelta(seconds=1)),
        replace(sent, headers={**request.headers, "idempotency-key": "other"}),
    ):
        assert adapter.sign(changed, "secret")["x-signature"] != head["x-signature"]
    assert adapter.sign(sent, "other")["x-signature"] != head["x-signature"]
    with pytest.raises(ValueError, match="time of sending"):
        adapter.sign(request, "secret")


@pytest.mark.parametrize("transport", ["customer_io", "hubspot", "intercom", "sendgrid"])
def test_an_empty_success_is_no_success(transport: str) -> None:
    """Where the vendor promises a body, a 2xx with nothing in it is asked again."""
    adapter = load_adapter(transport)
    memo = {
        "hubspot": ((), {}),
        "intercom": ("tag", 0, {}),
        "sendgrid": ("remove", 0, ()),
    }.get(transport)
    answer = Answer(200, {}, b"", NOW, memo)
    reading = adapter.read(make_batch(transport, 2), answer)
    assert (reading.verdict, reading.is_in_doubt) == ("retry", True)


def test_hubspot_asks_again_for_records_it_has_lost() -> None:
    adapter, batch, request = adapter_and_batch("hubspot")
    rows = [
        {"id": str(place), "properties": {"email": item.member_key}}
        for place, item in enumerate(batch.items)
    ]
    join = follow(adapter.read(batch, answered(request, {"results": rows})))
    said = answered(join, {"recordsIdsAdded": ["0", "2"], "recordIdsMissing": ["1"]})
    assert codes(adapter.read(batch, said)) == ["confirmed", "retry", "confirmed"]
