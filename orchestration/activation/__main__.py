"""`python -m orchestration.activation run <sync> [--dry-run]`, `approve` for held removals, and
`repair` for a destination that lost or got members behind our back."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from dataclasses import asdict

import duckdb
import psycopg2.errors

from orchestration.activation.adapters import load_adapter
from orchestration.activation.engine import (
    LeaseHeld,
    SyncStopped,
    can_mirror,
    run_sync,
    utc_now,
)
from orchestration.activation.ledger import approve_removals, doubt_members, request_mirror
from orchestration.activation.settings import SettingsError, load_settings
from orchestration.activation.wires import open_client
from orchestration.warehouse import WarehouseUnavailable, open_warehouse

_LACKING = (
    duckdb.BinderException,
    duckdb.CatalogException,
    psycopg2.errors.UndefinedColumn,
    psycopg2.errors.UndefinedTable,
)


def main() -> int:
    """Runs the command; 0 when everything went out, 1 when the run stopped, 2 when it could not."""
    parser = argparse.ArgumentParser(prog="orchestration.activation")
    commands = parser.add_subparsers(dest="command", required=True)
    sending = commands.add_parser("run", help="send what the outbox holds")
    sending.add_argument("sync")
    sending.add_argument("--dry-run", action="store_true", help="build requests and send none")
    approve = commands.add_parser("approve", help="let held removals go out with the next plan")
    approve.add_argument("sync")
    approve.add_argument("audience")
    approve.add_argument("--up-to", type=int, required=True, help="number of removals")
    approve.add_argument("--by", required=True, help="who decides")
    approve.add_argument("--reason", required=True)
    repair = commands.add_parser("repair", help="send everybody again with the next plan")
    repair.add_argument("sync")
    repair.add_argument(
        "--mirror",
        action="store_true",
        help="and take out whom we do not know; with --by and --reason",
    )
    repair.add_argument("--by", help="who decides")
    repair.add_argument("--reason")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if arguments.command == "approve":
        with open_warehouse() as warehouse:
            approve_removals(
                warehouse,
                arguments.sync,
                arguments.audience,
                arguments.up_to,
                arguments.by,
                arguments.reason,
                utc_now(),
            )
        return 0
    if arguments.command == "repair":
        return repair_sync(arguments.sync, arguments.mirror, arguments.by, arguments.reason)
    return run(arguments.sync, arguments.dry_run)


def repair_sync(sync_name: str, mirror: bool, by: str | None, reason: str | None) -> int:
    """Books a repair and says what will happen; the exit code as main says."""
    if mirror and not (by and reason):
        sys.stderr.write("A mirror removes members: say who decides and why, --by and --reason.\n")
        return 2
    try:
        with open_warehouse() as warehouse:
            settings = load_settings(warehouse, sync_name)
            is_possible = can_mirror(load_adapter(settings.transport_code))
            if mirror and is_possible and by and reason:
                count = request_mirror(warehouse, sync_name, by, reason, utc_now())
            else:
                count = doubt_members(warehouse, sync_name)
    except (SettingsError, WarehouseUnavailable) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{count} members will be sent again with the next plan\n")
    if mirror and is_possible:
        sys.stdout.write("the run that has confirmed them all takes out the rest\n")
    elif mirror:
        sys.stdout.write(
            f"{settings.transport_code} cannot be told to drop the rest: nobody is removed\n"
        )
    return 0


def run(sync_name: str, dry_run: bool) -> int:
    """Sends one sync and writes its report; the exit code as main says."""
    try:
        with open_client() as client:
            report = run_sync(sync_name, dry_run=dry_run, client=client)
    except (SettingsError, LeaseHeld, WarehouseUnavailable) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except _LACKING as error:
        sys.stderr.write("The warehouse lacks a part of the plan; build it: ./run dbt build\n")
        sys.stderr.write(f"({str(error).splitlines()[0]})\n")
        return 2
    except SyncStopped as stopped:
        report = stopped.report
    sys.stdout.write(json.dumps(asdict(report)) + "\n")
    return 1 if report.status == "failed" else 0


if __name__ == "__main__":
    sys.exit(main())
