"""What a sync run is told from outside: its row of activation.destinations, and the environment.

Refuses to guess: a missing row or variable is an error that names it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.warehouse import Warehouse, schema_name


class SettingsError(Exception):
    """Something a person must set before the sync can run."""


def open_patience_seconds() -> float:
    """How long a sync waits for a warehouse that another process has open. Raises SettingsError."""
    said = os.environ.get("CDP_WAREHOUSE_WAIT_SECONDS", "60")
    if not said.isdecimal():
        raise SettingsError(
            f"CDP_WAREHOUSE_WAIT_SECONDS is {said!r}; set it to a whole number of seconds."
        )
    return float(said)


@dataclass(frozen=True)
class SyncSettings:
    """One row of activation.destinations, as far as sending needs it."""

    sync_name: str
    destination_code: str
    transport_code: str
    max_in_flight: int
    retry_days: int


@dataclass(frozen=True)
class Credentials:
    """Where the destination is and what opens it."""

    url: str
    token: str

    def __repr__(self) -> str:
        return "Credentials(hidden)"


@dataclass(frozen=True)
class EngineOptions:
    """How patiently to send. The lease must outlast a request, or a live run could lose it."""

    timeout_seconds: float = 30.0
    lease_seconds: float = 120.0
    max_attempts: int = 6
    backoff_seconds: float = 1.0
    max_backoff_seconds: float = 60.0
    max_wait_seconds: float = 900.0  # a destination that asks for more ends the run
    max_splits: int = 200  # requests spent on finding unacceptable members in one run
    poll_seconds: float = 30.0
    # A job that has not ended by then never will, and whoever is in it can be taken out no sooner.
    longest_job_hours: float = 72.0
    # How long the warehouse may stay open across requests that are answered quickly, and how long
    # others then get it: opening and closing a DuckDB file costs more than booking a batch.
    hold_seconds: float = 2.0
    longest_hold_seconds: float = 20.0  # where closing takes so long that two would be lost on it
    yield_seconds: float = 0.1
    memory_mebibytes: int = 192  # for DuckDB, however large an audience is

    def __post_init__(self) -> None:
        if self.lease_seconds <= self.timeout_seconds:
            raise ValueError("lease_seconds must be longer than timeout_seconds.")


def load_settings(warehouse: Warehouse, sync_name: str) -> SyncSettings:
    """The sync's row of activation.destinations. Raises SettingsError when there is none."""
    rows = warehouse.execute(
        "select sync_name, destination_code, transport_code, max_in_flight, retry_days"
        f" from {schema_name('activation')}.destinations where sync_name = ?",
        [sync_name],
    )
    if not rows:
        raise SettingsError(
            f"Sync {sync_name!r} is not declared: list it under cdp_syncs in dbt_project.yml, write"
            " its file in models/activation/destinations and build the model destinations."
        )
    return SyncSettings(*rows[0])


def load_credentials(
    destination_code: str, environment: Mapping[str, str] | None = None
) -> Credentials:
    """CDP_<DESTINATION>_URL and _TOKEN. Raises SettingsError that names what is missing."""
    environment = os.environ if environment is None else environment
    prefix = f"CDP_{destination_code.upper()}"
    names = [f"{prefix}_URL", f"{prefix}_TOKEN"]
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise SettingsError(
            f"Destination {destination_code} needs {' and '.join(missing)} in the environment."
        )
    return Credentials(url=environment[names[0]].rstrip("/"), token=environment[names[1]])
