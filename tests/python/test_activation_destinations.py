"""Destinations beyond the first ones: what they are sent, how their answers are read, and the wires
that carry what is no HTTP. Mailchimp, Salesforce and Slack have no description beside the project:
for them the tests hold what the prose says and are unverified."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import httpx
import pytest
import yaml
from test_activation_vendors import CONTRACTS, answered, codes, follow, make_batch

from orchestration.activation.adapters import (
    Answer,
    Batch,
    Item,
    Reading,
    Request,
    load_adapter,
)
from orchestration.activation.wires import S3Wire, open_client, signed


def text_answer(request: Request, text: str, status: int = 200) -> Answer:
    return Answer(status, {}, text.encode(), datetime(2026, 11, 1), request.memo)


# --- Salesforce ---------------------------------------------------------------------------------


def test_salesforce_opens_fills_and_closes_a_job() -> None:
    adapter = load_adapter("salesforce")
    batch = make_batch("salesforce", 2)
    opened = adapter.build(batch)
    assert opened.path == "/jobs/ingest" and json.loads(opened.body)["operation"] == "upsert"
    assert json.loads(opened.body)["externalIdFieldName"] == "Cdp_Id__c"
    filled = follow(adapter.read(batch, answered(opened, {"id": "750x"})))
    assert (filled.method, filled.path) == ("PUT", "/jobs/ingest/750x/batches")
    assert filled.headers["content-type"] == "text/csv"
    rows = list(csv.DictReader(io.StringIO(filled.body.decode())))
    assert rows[0] == {"Cdp_Id__c": "p0", "FirstName": "Ann", "In_Newsletter__c": "true"}
    closed = follow(adapter.read(batch, answered(filled, {}, 201)))
    assert (closed.method, json.loads(closed.body)) == ("PATCH", {"state": "UploadComplete"})
    accepted = adapter.read(batch, answered(closed, {"id": "750x", "state": "UploadComplete"}))
    assert (accepted.verdict, accepted.job_id) == ("accepted", "750x")


def test_salesforce_clears_what_is_empty() -> None:
    adapter = load_adapter("salesforce")
    sent = json.dumps({"Cdp_Id__c": "p0", "FirstName": None, "LastName": 'O"Neil, "Ann'})
    item = Item(1, "p0", "Cdp_Id__c", sent)
    batch = Batch("b", "Contact.In_Newsletter__c", "upsert", "k", (item,))
    filled = follow(adapter.read(batch, answered(adapter.build(batch), {"id": "7"})))
    (row,) = csv.DictReader(io.StringIO(filled.body.decode()))
    assert (row["FirstName"], row["LastName"]) == ("#N/A", 'O"Neil, "Ann')


def test_salesforce_clears_the_checkbox_of_records_that_it_finds() -> None:
    adapter = load_adapter("salesforce")
    batch = make_batch("salesforce", 4, "remove")
    asked = adapter.build(batch)
    query = unquote(asked.path.removeprefix("/query?q="))
    assert query == "select Id, Cdp_Id__c from Contact where Cdp_Id__c in ('p0','p1','p2','p3')"
    rows = [{"Id": f"003{n}", "Cdp_Id__c": f"P{n}"} for n in (3, 0, 1)]
    change = follow(adapter.read(batch, answered(asked, {"done": True, "records": rows})))
    assert (change.method, change.path) == ("PATCH", "/composite/sobjects")
    assert json.loads(change.body)["records"][0] == {
        "attributes": {"type": "Contact"},
        "id": "0033",
        "In_Newsletter__c": False,
    }
    no = {"success": False, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "p3"}]}
    gone = {"success": False, "errors": [{"statusCode": "ENTITY_IS_DELETED", "message": "p1"}]}
    reading = adapter.read(batch, answered(change, [no, {"success": True}, gone]))
    assert codes(reading) == ["confirmed", "confirmed", "confirmed", "retry"]
    assert adapter.read(batch, answered(change, [no])).verdict == "retry", "somebody is missing"
    assert adapter.read(batch, answered(asked, {"done": False, "records": []})).verdict == "retry"
    nobody = answered(asked, {"done": True, "records": []})
    assert codes(adapter.read(batch, nobody)) == ["confirmed"] * 4
    no_checkbox = replace(batch, audience_name="Contact")
    found = answered(adapter.build(no_checkbox), {"done": True, "records": rows})
    assert codes(adapter.read(no_checkbox, found)) == ["failed"] * 4


def test_salesforce_accounts_for_every_row_of_a_job() -> None:
    adapter = load_adapter("salesforce")
    batch = make_batch("salesforce", 3)
    asked = adapter.build_poll("750x")

    def polled(**body: Any) -> Reading:
        return adapter.read_poll(batch, answered(asked, {"id": "750x", **body}))

    assert polled(state="InProgress").verdict == "accepted"
    assert codes(polled(state="Failed")) == ["missing"] * 3
    done = {"state": "JobComplete", "numberRecordsFailed": 0}
    assert codes(polled(**done, numberRecordsProcessed=3)) == ["confirmed"] * 3
    assert codes(polled(**done, numberRecordsProcessed=2)) == ["missing"] * 3
    assert polled(state="JobComplete").verdict == "retry"
    failures = follow(polled(state="JobComplete", numberRecordsProcessed=3, numberRecordsFailed=2))
    assert failures.path == "/jobs/ingest/750x/failedResults"
    named = (
        '"sf__Id","sf__Error","Cdp_Id__c"\n'
        '"","INVALID_EMAIL_ADDRESS:Email: invalid email address: ann@mail.example:Email --","p1"\n'
        '"","UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--","p2"\n'
    )
    reading = adapter.read_poll(batch, text_answer(failures, named))
    assert codes(reading) == ["confirmed", "failed", "retry"]
    assert reading.rows[1].error_code == "invalid_email_address", "no address in a code"
    cut = adapter.read_poll(batch, text_answer(failures, named.rsplit("\n", 2)[0]))
    assert codes(cut) == ["missing", "failed", "missing"]


# --- TikTok -------------------------------------------------------------------------------------


def described(name: str) -> dict[str, Any]:
    file = CONTRACTS / "tiktok" / f"dmp_custom_audience_{name}.yml"
    if not file.exists():
        pytest.skip(f"no vendor description {file.name} beside the project")
    document = yaml.safe_load(file.read_text())
    (operations,) = document["paths"].values()
    content = operations["post"]["requestBody"]["content"]
    return {kind: media["schema"] for kind, media in content.items()}


def form_of(request: Request) -> dict[str, bytes]:
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    parts = request.body.split(b"--" + boundary)
    assert parts[0] == b"" and parts[-1] == b"--\r\n"
    found = {}
    for part in parts[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = re.search(rb'name="(\w+)"', head)
        assert name
        found[name[1].decode()] = value.removesuffix(b"\r\n")
    return found


def test_tiktok_uploads_hashes_as_described() -> None:
    schema = described("file_upload")["multipart/form-data"]
    request = load_adapter("tiktok").build(make_batch("tiktok", 3))
    form = form_of(request)
    assert set(schema["required"]) <= set(form) <= set(schema["properties"])
    kinds = [
        entry["key"] for entry in schema["properties"]["calculate_type"]["x-open-enum"]["enums"]
    ]
    assert form["calculate_type"].decode() in kinds
    assert form["file_signature"].decode() == hashlib.md5(form["file"]).hexdigest()  # noqa: S324
    assert form["file"].decode().split() == [
        hashlib.sha256(f"p{number}@mail.example".encode()).hexdigest() for number in range(3)
    ]


@pytest.mark.parametrize(("action", "word"), [("upsert", "APPEND"), ("remove", "REMOVE")])
def test_tiktok_changes_the_audience_as_described(action: str, word: str) -> None:
    schema = described("update")["application/json"]
    adapter = load_adapter("tiktok")
    batch = make_batch("tiktok", 2, action)
    uploaded = answered(adapter.build(batch), {"code": 0, "data": {"file_path": "f/1"}})
    change = follow(adapter.read(batch, uploaded))
    body = json.loads(change.body)
    assert set(schema["required"]) <= set(body) <= set(schema["properties"])
    assert body["action"] == word, "the vendor's default replaces the whole audience"
    assert codes(adapter.read(batch, answered(change, {"code": 0}))) == ["confirmed"] * 2


@pytest.mark.parametrize(
    ("code", "verdict"), [(40105, "stop"), (40100, "retry"), (50000, "retry"), (40002, "split")]
)
def test_tiktok_says_no_in_a_200(code: int, verdict: str) -> None:
    adapter = load_adapter("tiktok")
    batch = make_batch("tiktok", 2)
    assert adapter.read(batch, answered(adapter.build(batch), {"code": code})).verdict == verdict


# --- Mailchimp ----------------------------------------------------------------------------------


def converse(batch: Batch, answers: Callable[[Request], Answer]) -> tuple[Reading, list[Request]]:
    adapter = load_adapter("mailchimp")
    request, seen = adapter.build(batch), []
    while True:
        seen.append(request)
        reading = adapter.read(batch, answers(request))
        if reading.verdict != "next":
            return reading, seen
        request = follow(reading)


def test_mailchimp_never_sends_a_status_to_who_is_there() -> None:
    batch = make_batch("mailchimp", 3)
    reading, seen = converse(batch, lambda request: answered(request, {"id": "m"}))
    assert codes(reading) == ["confirmed"] * 3 and len(seen) == 6
    for request in seen:
        body = json.loads(request.body)
        if request.path.endswith("/tags"):
            assert body == {"tags": [{"name": "newsletter", "status": "active"}]}
        else:
            assert "status" not in body and body["status_if_new"] == "subscribed"
            name = hashlib.md5(body["email_address"].encode()).hexdigest()  # noqa: S324
            assert request.path == f"/lists/list1/members/{name}"
    check = load_adapter("mailchimp").check
    hostile = json.dumps({"email_address": "a@b.example", "status": "subscribed"})
    assert check(Item(1, "a@b.example", "email_address", hostile)) == "status_is_not_ours"


def test_mailchimp_leaves_refused_members_behind_and_unknown_ones_out() -> None:
    def answers(request: Request) -> Answer:
        if request.memo[1] == 1:
            said = {"title": "Member In Compliance State", "detail": "p1@mail.example has left"}
            return answered(request, said, 400)
        return answered(request, {"id": "m"})

    reading, seen = converse(make_batch("mailchimp", 3), answers)
    assert codes(reading) == ["confirmed", "failed", "confirmed"] and len(seen) == 5
    assert reading.rows[1].error_code == "member_in_compliance_state"
    gone, seen = converse(make_batch("mailchimp", 2, "remove"), lambda r: answered(r, {}, 404))
    assert codes(gone) == ["confirmed"] * 2
    assert all(json.loads(r.body)["tags"][0]["status"] == "inactive" for r in seen)


# --- Slack --------------------------------------------------------------------------------------


def test_slack_posts_a_line_for_each_member() -> None:
    adapter = load_adapter("slack")
    sent = [{"id": "1", "text": "Ann <b> & co"}, {"id": "2", "text": "Bob"}]
    items = tuple(Item(n, row["id"], "id", json.dumps(row)) for n, row in enumerate(sent))
    batch = Batch("b", "C1", "upsert", "k", items)
    request = adapter.build(batch)
    assert json.loads(request.body)["text"] == "Ann &lt;b&gt; &amp; co\nBob"
    assert codes(adapter.read(batch, answered(request, {"ok": True, "ts": "1.2"}))) == [
        "confirmed",
        "confirmed",
    ]
    for error, verdict in {
        "ratelimited": "retry",
        "internal_error": "retry",
        "msg_too_long": "split",
        "channel_not_found": "stop",
    }.items():
        said = answered(request, {"ok": False, "error": error})
        assert adapter.read(batch, said).verdict == verdict
    assert adapter.check(Item(1, "1", "id", json.dumps({"id": "1"}))) == "no_identifier"


# --- Wires --------------------------------------------------------------------------------------


def carried(transport: str, url: str, batch: Batch, token: str) -> Reading:
    """What the engine does with one request."""
    adapter = load_adapter(transport)
    request = adapter.build(batch)
    headers = {**request.headers, **adapter.sign(request, token)}
    with open_client() as client:
        response = client.request(
            request.method, url + request.path, content=request.body, headers=headers
        )
    return adapter.read(
        batch, Answer(response.status_code, {}, response.content, datetime(2026, 11, 1))
    )


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_file_is_dropped_once_however_often_it_is_sent(tmp_path: Path, suffix: str) -> None:
    sent = {"external_id": "p0", "name": 'Zoë, "Ann"\nÖz', "score": None}
    item = Item(1, "p0", "external_id", json.dumps(sent))
    batch = Batch("sync:00000001:1", f"to/partner people.{suffix}", "upsert", "k", (item,))
    for _ in range(2):
        assert codes(carried("file_drop", f"file://localhost{tmp_path}", batch, "-")) == [
            "confirmed"
        ]
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file == tmp_path / "to" / "partner people" / f"sync-00000001-1.{suffix}"
    rows = duckdb.sql(f"select * from '{file}'").fetchall()
    assert rows == [("upsert", "p0", sent["name"], None)]


def test_a_full_disk_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file where a folder should be")
    batch = make_batch("file_drop", 1)
    reading = carried("file_drop", f"file://localhost{tmp_path}/blocked", batch, "-")
    assert (reading.verdict, reading.is_in_doubt) == ("retry", True)


# The examples that the vendor publishes for its signature, version 4.
EXAMPLE = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:us-east-1"
NO_BODY = hashlib.sha256(b"").hexdigest()
EXAMPLES = {
    "GET /test.txt": "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    "GET /?lifecycle=": "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    "GET /?max-keys=2&prefix=J": "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
}


@pytest.mark.parametrize("call", sorted(EXAMPLES))
def test_signatures_are_the_published_ones(call: str) -> None:
    method, _, path = call.partition(" ")
    url = httpx.URL(f"https://examplebucket.s3.amazonaws.com{path}")
    headers = {"host": url.host, "x-amz-date": "20130524T000000Z"}
    if path == "/test.txt":
        headers["range"] = "bytes=0-9"
    found = signed(method, url, headers, NO_BODY, EXAMPLE)["authorization"]
    assert found.endswith(f"Signature={EXAMPLES[call]}")


def test_a_bucket_gets_the_file_signed_and_no_secret() -> None:
    seen: list[httpx.Request] = []

    def store(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    wire = S3Wire("https", httpx.MockTransport(store), lambda: datetime(2026, 11, 1, tzinfo=UTC))
    adapter, batch = load_adapter("file_drop"), make_batch("file_drop", 1)
    request = adapter.build(batch)
    with httpx.Client(mounts={"s3://": wire}) as client:
        for token in ("key:secret:eu-west-1", "not-a-token"):
            response = client.request(
                request.method,
                "s3://store.example:9000/bucket" + request.path,
                content=request.body,
                headers={**request.headers, **adapter.sign(request, token)},
            )
    assert response.status_code == 401, "a token of another form opens nothing"
    (put,) = seen
    assert str(put.url) == "https://store.example:9000/bucket/people/newsletter/sync-1-1.csv"
    assert put.headers["host"] == "store.example:9000" and "x-cdp-token" not in put.headers
    assert "/eu-west-1/s3/aws4_request" in put.headers["authorization"]
    assert "secret" not in str(put.headers)


@pytest.mark.postgres
def test_a_serving_table_holds_who_is_put_in(
    postgres: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg2

    monkeypatch.setenv("PGHOST", postgres["PGHOST"])
    token = f"{postgres.get('PGUSER', 'postgres')}:{postgres.get('PGPASSWORD', '')}"
    url = f"postgresql://env/{postgres.get('PGDATABASE', 'postgres')}"

    def batch(action: str, *people: dict[str, Any]) -> Batch:
        items = (Item(n, p["id"], "id", json.dumps(p)) for n, p in enumerate(people))
        return Batch("b", "serving_test.people", action, "k", tuple(items))

    def rows() -> list[tuple[Any, ...]]:
        opened = psycopg2.connect(
            dbname=postgres.get("PGDATABASE", "postgres"),
            user=postgres.get("PGUSER", "postgres"),
            password=postgres.get("PGPASSWORD", ""),
        )
        with closing(opened), opened.cursor() as cursor:
            cursor.execute("select id, name from serving_test.people order by id")
            return cursor.fetchall()

    ann, bob = {"id": "1", "name": "Ann"}, {"id": "2", "name": 'x"); drop table people; --'}
    for _ in range(2):
        reading = carried("postgres_table", url, batch("upsert", ann, bob), token)
        assert codes(reading) == ["confirmed"] * 2
    assert rows() == [("1", "Ann"), ("2", bob["name"])]
    # a field that is new becomes a column; the rest of the row is overwritten
    carried("postgres_table", url, batch("upsert", {**ann, "name": None, "tier": "gold"}), token)
    carried("postgres_table", url, batch("remove", {"id": "2"}, {"id": "3"}), token)
    assert rows() == [("1", None)]
    unwritable = batch("upsert", ann, {"id": "4", "name": "nul \x00"})
    assert carried("postgres_table", url, unwritable, token).verdict == "split"
    assert rows() == [("1", None)], "a batch is acted on whole or not at all"
    check = load_adapter("postgres_table").check
    hostile = Item(1, "1", "id", json.dumps({"id": "1", 'a" text; --': "x"}))
    assert check(hostile) == "field_is_no_column_name"
