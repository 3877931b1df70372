"""The registry of models: the tables of the schema `prediction_registry` and who writes them.

models/predictions/_predictions__sources.yml describes each column; the tables are made from it, so
that what dbt reads and what training writes cannot part.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import yaml

from orchestration.warehouse import PROJECT_DIR, Warehouse, schema_name

SOURCES = PROJECT_DIR / "models" / "predictions" / "_predictions__sources.yml"
NO_VERSION = 0


class NotTrained(Exception):
    """Too little data for a model: reason code, and the numbers behind it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def relation(name: str) -> str:
    """A model of this domain as the warehouse names it."""
    return f"{schema_name('predictions')}.{name}"


def training_as_of() -> datetime:
    """The moment the warehouse was built for."""
    given = os.environ.get("CDP_AS_OF")
    return datetime.fromisoformat(given) if given else datetime.now(UTC).replace(tzinfo=None)


@cache
def tables() -> dict[str, dict[str, str]]:
    """Each registry table's columns with their types."""
    declared = yaml.safe_load(SOURCES.read_text(encoding="utf-8"))["sources"][0]["tables"]
    return {
        table["name"]: {column["name"]: column["data_type"] for column in table["columns"]}
        for table in declared
    }


class Registry:
    """The registry in one open warehouse; creates its tables when they are not there."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.schema = schema_name("prediction_registry")
        warehouse.execute(f"create schema if not exists {self.schema}")
        for name, columns in tables().items():
            listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            warehouse.execute(f"create table if not exists {self.schema}.{name} ({listed})")

    def add(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Adds rows; a column that a row does not give stays empty. Raises KeyError for a column
        the table does not have."""
        columns = list(tables()[table])
        marks = ", ".join("?" for _ in columns)
        for row in rows:
            if unknown := set(row) - set(columns):
                raise KeyError(f"{table} has no column {sorted(unknown)[0]}")
            self.warehouse.execute(
                f"insert into {self.schema}.{table} values ({marks})",
                [row.get(column) for column in columns],
            )

    def highest(self, table: str, column: str, model_name: str) -> int:
        """The highest number a model has in a table, 0 for none."""
        [(found,)] = self.warehouse.execute(
            f"select max({column}) from {self.schema}.{table} where model_name = ?", [model_name]
        )
        return found or 0

    def champion(self, model_name: str) -> int:
        """The version that scores now, 0 for none."""
        found = self.warehouse.execute(
            f"select version_number from {self.schema}.model_promotion where model_name = ?"
            " order by decision_number desc limit 1",
            [model_name],
        )
        return found[0][0] if found else NO_VERSION

    def scoring_sql(self, model_name: str, version: int) -> str | None:
        """The SQL of a version."""
        found = self.warehouse.execute(
            f"select scoring_sql from {self.schema}.model_version"
            " where model_name = ? and version_number = ?",
            [model_name, version],
        )
        return found[0][0] if found else None

    def trained_as_of(self, model_name: str, version: int) -> datetime:
        """The moment whose data a version was trained on."""
        [(found,)] = self.warehouse.execute(
            f"select trained_as_of from {self.schema}.model_version"
            " where model_name = ? and version_number = ?",
            [model_name, version],
        )
        return found

    def parameters(self, model_name: str, version: int) -> dict[str, float]:
        """The fitted parameters of a version."""
        return dict(
            self.warehouse.execute(
                f"select parameter_name, parameter_value from {self.schema}.model_parameter"
                " where model_name = ? and version_number = ?",
                [model_name, version],
            )
        )

    def forget_refusal(self, model_name: str) -> None:
        """Takes away the reason why a model was not trained the last time."""
        self.warehouse.execute(
            f"delete from {self.schema}.model_refusal where model_name = ?", [model_name]
        )

    def decide(
        self, model_name: str, version: int, decided_by: str, reason: str, as_of: datetime
    ) -> None:
        """Lets a version score from the next run on; version 0 goes back to the rule. Raises
        ValueError for a version that was never trained."""
        known = self.highest("model_version", "version_number", model_name)
        if not 0 <= version <= known:
            raise ValueError(f"{model_name} has versions 1 to {known}, not {version}.")
        row = {
            "model_name": model_name,
            "decision_number": self.highest("model_promotion", "decision_number", model_name) + 1,
            "version_number": version,
            "decided_by": decided_by,
            "reason_text": reason,
            "decided_as_of": as_of,
        }
        self.add("model_promotion", [row])

    def book(
        self, version: Mapping[str, Any], details: Mapping[str, Iterable[Mapping[str, Any]]]
    ) -> int:
        """Writes a version with its detail rows, and the promotion when it was earned. Returns its
        number."""
        name = version["model_name"]
        number = self.highest("model_version", "version_number", name) + 1
        sql = version.get("scoring_sql")
        with self.warehouse.transaction():
            self.forget_refusal(name)
            self.add(
                "model_version",
                [
                    {
                        **version,
                        "version_number": number,
                        "scoring_sql_hash": sql and hashlib.sha256(sql.encode()).hexdigest(),
                    }
                ],
            )
            for table, rows in details.items():
                self.add(
                    table, [{**row, "model_name": name, "version_number": number} for row in rows]
                )
            if version["status_code"] == "promoted":
                self.decide(
                    name, number, "training", version["reason_code"], version["trained_as_of"]
                )
        return number
