"""Registries, files and descriptions of activation say the same thing."""

from __future__ import annotations

import csv
import re

import yaml

from orchestration.activation.adapters import ADAPTERS
from orchestration.activation.ledger import TABLES
from orchestration.warehouse import PROJECT_DIR

DESTINATIONS = PROJECT_DIR / "models" / "activation" / "destinations"


def project_vars() -> dict[str, object]:
    return yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())["vars"]["cdp"]


def destination_rows() -> list[dict[str, str]]:
    with (PROJECT_DIR / "seeds" / "rules" / "destinations.csv").open() as lines:
        return list(csv.DictReader(lines))


def test_sync_files_registry_and_rows_agree() -> None:
    files = {path.stem.removeprefix("sync_") for path in DESTINATIONS.rglob("sync_*.sql")}
    registered = set(project_vars()["cdp_syncs"])
    rows = {row["sync_name"] for row in destination_rows()}
    assert files == registered == rows


def test_sync_files_live_in_their_destinations_folder() -> None:
    for row in destination_rows():
        folder = DESTINATIONS / row["destination_code"]
        assert (folder / f"sync_{row['sync_name']}.sql").exists()
        described = yaml.safe_load((folder / f"_{row['destination_code']}__models.yml").read_text())
        assert row["sync_name"] in {entry["name"] for entry in described["exposures"]}
        assert f"sync_{row['sync_name']}" in {entry["name"] for entry in described["models"]}


def test_transports_of_the_seed_are_the_adapters() -> None:
    seeds = yaml.safe_load(
        (PROJECT_DIR / "seeds" / "rules" / "_activation__seeds.yml").read_text()
    )["seeds"]
    columns = next(seed for seed in seeds if seed["name"] == "destinations")["columns"]
    transport = next(column for column in columns if column["name"] == "transport_code")
    values = transport["data_tests"][0]["accepted_values"]["arguments"]["values"]
    assert set(values) == set(ADAPTERS)


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
    """Nothing in the engine reads a table of the models but the three it needs."""
    code = "\n".join(
        path.read_text() for path in (PROJECT_DIR / "orchestration" / "activation").rglob("*.py")
    )
    read = set(re.findall(r"schema_name\(['\"](\w+)['\"]\)\}\.(\w+)", code))
    assert read == {
        ("activation", "sync_outbox"),
        ("privacy", "contact_permissions"),
        ("rules", "destinations"),
    }
