"""Registries, files and descriptions of activation say the same thing."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from conftest import World

from orchestration.activation.adapters import ADAPTERS, load_adapter
from orchestration.activation.ledger import TABLES
from orchestration.warehouse import PROJECT_DIR

DESTINATIONS = PROJECT_DIR / "models" / "activation" / "destinations"
GOOD = """
description: Who they are.
owner: somebody@example.com
transport: http_json
segment: newsletter_active
mode: mirror
purpose: marketing
channel: email
weakest_identity: declared
key: external_id
fields:
  external_id: {attribute: profile_id}
  email: {identifier: email}
"""
# what is written into the good declaration, and what dbt says of it
WRONG = {
    "mode: delete": "mode: delete is none; allowed: mirror, upsert, append.",
    "transport: telex": "transport: telex is none; allowed: braze, customer_io, ",
    "transport: slack": "mode: slack cannot keep mirror; allowed: append.",
    "message: true": "message: needs an identifier as key, unhashed, by which the message finds",
    "cost: {per_request: 1}": "cost.currency: is missing.",
    "priorty: 1": "block: 'priorty' is no key here; did you mean priority? Allowed: ",
    "model: profiles": "block: says who is sent by one of two keys; allowed: segment, model.",
    "key: email_address": "key: email_address is no field; allowed: external_id, email.",
    "limits: {batch_rows: 20000}": "limits.batch_rows: 20000 is no number from 1 to 10000.",
    "guards: {max_removals: 3}": "guards: 'max_removals' is no key here; did you mean max_remove",
    "priority: {rank: 1}": "priority.among: is missing.",
    "cap: {members: 10, highest: shoe_size}": "cap.highest: shoe_size is no column of profiles; ",
    "cap: {members: 10, highest: first_name}": "cap.highest: first_name is a text; allowed: nu",
    "frequency_cap: {messages: 0, days: 7}": "frequency_cap.messages: 0 is no number from 1 to ",
    "retired: maybe": "retired: is true or false.",
    "weakest_identity:": "weakest_identity: is missing; allowed: description, ",
    "fields: {external_id: profile_id}": "fields.external_id: has one source; allowed: attribute, ",
    "fields: {external_id: {value: x}}": "key: is the same for everybody; take a field that",
    "fields: {external_id: {column: x}}": "fields.external_id: has one source; allowed: ",
    "fields: {external_id: {attribute: shoe_size}}": (
        "fields.external_id.attribute: shoe_size is no column of profiles; allowed: account_id, "
    ),
    # the newest address, however weakly it is proven
    "fields: {external_id: {attribute: profile_id}, email: {attribute: email}}": (
        "fields.email.attribute: email identifies the person; take it as {identifier: <type>}"
    ),
    "fields: {external_id: {identifier: email, hash: md5}}": (
        "fields.external_id.hash: md5 is none; allowed: sha256, meta, google, "
    ),
    "fields: {external_id: {attribute: last_name, hash: meta}}": (
        "fields.external_id.as: '' has no rule at meta; allowed: email, phone, first_name, "
    ),
    "fields: {external_id: {identifier: email, as: email}}": (
        "fields.external_id.as: says which rule of a hash holds, and there is no hash."
    ),
    # several users there may have one address, and a removal would reach one of them
    "transport: braze\nkey: email": "key: braze finds nobody by email; allowed: external_id.",
    "- nothing": "block: is no YAML with keys; check its indentation.",
}


def project_vars() -> dict[str, Any]:
    return yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())["vars"]["cdp"]


def compiler(tmp_path: Path) -> Callable[[str], str]:
    """A small project with one sync in it: what dbt makes of a declaration, or says of it."""
    project = tmp_path / "project"
    shutil.copytree(PROJECT_DIR / "macros", project / "macros")
    for name, columns in {
        "profiles": ["profile_id", "account_id", "first_name", "order_count", "email"],
        "segment_members": ["segment_name", "profile_id", "evidence_json"],
        "int_activation__contact_points_chosen": ["profile_id", "identifier_type"],
    }.items():
        path = project / "models" / f"{name}.sql"
        path.parent.mkdir(exist_ok=True)
        path.write_text("select 1 as one")
        kinds, pii = {"order_count": "bigint"}, {"email": {"pii": "email"}}
        described = [
            {"name": c, "data_type": kinds.get(c, "varchar"), "config": {"meta": pii.get(c, {})}}
            for c in columns
        ]
        model = {"name": name, "columns": described}
        (path.with_suffix(".yml")).write_text(json.dumps({"version": 2, "models": [model]}))
    variables = {"cdp_transports": project_vars()["cdp_transports"]}
    settings = {"name": "cdp", "profile": "cdp", "config-version": 2, "vars": {"cdp": variables}}
    (project / "dbt_project.yml").write_text(json.dumps(settings))

    def compile_one(block: str) -> str:
        file = project / "models" / "sync_shop__people.sql"
        file.write_text("{% call cdp.sync() %}\n" + block + "\n{% endcall %}\n")
        world = World(
            tmp_path, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=":memory:", DBT_PROJECT_DIR=str(project)
        )
        found = world.dbt("compile", "-s", "sync_shop__people", expect_success=False)
        if found.exception:
            return str(found.exception)
        result = found.result[0]
        return result.message if result.message else result.node.compiled_code

    return compile_one


def test_a_wrong_declaration_is_told_by_file_place_and_what_is_allowed(tmp_path: Path) -> None:
    compile_one = compiler(tmp_path)
    compiled = compile_one(GOOD)
    assert "select * from final" in compiled and "point_email" in compiled
    former = GOOD.replace("http_json", "braze").replace("key: external_id", "key: email")
    assert "select * from final" in compile_one(former + "retired: true"), "who is there gets out"
    for wrong, expected in WRONG.items():
        key = wrong.split(":")[0]
        lines = yaml.safe_load(GOOD) if ":" in wrong else {}
        lines.pop(key, None)
        block = yaml.safe_dump(lines, sort_keys=False) + wrong if lines else wrong
        said = " ".join(compile_one(block).split())
        assert f"models/sync_shop__people.sql: {expected}" in said, f"{wrong}: {said}"


def test_sync_files_and_registry_agree() -> None:
    files = {path.stem.removeprefix("sync_") for path in DESTINATIONS.rglob("sync_*.sql")}
    assert files == set(project_vars()["cdp_syncs"])
    for path in DESTINATIONS.rglob("sync_*.sql"):
        assert path.parent.name == path.stem.removeprefix("sync_").split("__")[0]


def test_exposures_name_the_fields_that_leave() -> None:
    """dbt cannot write an exposure from a declaration; this keeps the two together."""
    for path in DESTINATIONS.rglob("sync_*.sql"):
        name = path.stem.removeprefix("sync_")
        block = re.search(r"{% call cdp.sync\(\) %}(.*){% endcall %}", path.read_text(), re.S)
        assert block, path
        described = yaml.safe_load((path.parent / f"_{path.parent.name}__models.yml").read_text())
        exposure = next(entry for entry in described["exposures"] if entry["name"] == name)
        assert exposure["config"]["meta"]["fields"] == list(yaml.safe_load(block[1])["fields"])
        assert f"ref('{path.stem}')" in exposure["depends_on"]


def test_transports_of_the_registry_are_the_adapters() -> None:
    transports = project_vars()["cdp_transports"]
    assert set(transports) == set(ADAPTERS)
    for name, said in transports.items():
        fields = getattr(load_adapter(name), "FINDS_BY", ())
        assert tuple(said.get("finds_by", ())) == tuple(fields), name
        assert set(said.get("finds_alone_by", ())) <= set(fields), name


def test_described_ledger_is_the_ledger_the_engine_creates() -> None:
    sources = yaml.safe_load(
        (PROJECT_DIR / "models" / "activation" / "_activation__sources.yml").read_text()
    )["sources"]
    described = {
        entry["name"]: {column["name"]: column["data_type"] for column in entry["columns"]}
        for entry in sources[0]["tables"]
    }
    assert described == TABLES


def test_only_the_outbox_is_sent_from() -> None:
    """Nothing in the engine reads a table of the models but the five it needs."""
    code = "\n".join(
        path.read_text() for path in (PROJECT_DIR / "orchestration" / "activation").rglob("*.py")
    )
    read = set(re.findall(r"schema_name\(['\"](\w+)['\"]\)\}\.(\w+)", code))
    assert read == {
        ("activation", "destinations"),
        ("activation", "sync_guards"),
        ("activation", "sync_keys_closed"),
        ("activation", "sync_outbox"),
        ("privacy", "contact_permissions"),
    }


def test_an_exclusion_of_a_segment_that_is_not_there_stops_the_build(
    new_world: Callable[..., World],
) -> None:
    """It kept nobody out, without a word."""
    world = new_world()
    world.dbt("seed", "-s", "contact_exclusions", "identifier_rules", "countries")
    check = ("test", "-s", "assert_activation__exclusions_name_what_exists")
    world.dbt(*check)
    with world.open() as warehouse:
        warehouse.execute(
            "update rules.contact_exclusions set segment_name = 'detractor'"
            " where exclusion_name = 'detractors_adverts'"
        )
    assert not world.dbt(*check, expect_success=False).success
