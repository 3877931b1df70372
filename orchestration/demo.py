"""`./run`: the demo world from landed tables to synced audiences, in one process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestration.warehouse import (
    PROJECT_DIR,
    WarehouseUnavailable,
    open_warehouse,
    target_name,
)

DEMO_AS_OF = "2026-06-30 00:00:00"
DEMO_TOKEN = "demo-token"  # noqa: S105 - opens nothing but the stand-in on this machine
DESTINATIONS = ("DEMO_ADS", "DEMO_HELP_DESK", "DEMO_HTTP")


@contextmanager
def output_to(path: Path) -> Iterator[None]:
    """Sends what steps print to a file; progress lines still reach the person."""
    path.parent.mkdir(exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    with path.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(saved[0], 1)
            os.dup2(saved[1], 2)


def say_failures(result: Any) -> None:
    """Tells which steps of a run failed, each with what stopped it."""
    from orchestration.progress import say

    for event in result.filter_events(lambda event: event.is_step_failure):
        failure = event.step_failure_data.error
        say(f"failed: {event.step_key}: {(failure.cause or failure).message.strip()}")
    say("The run failed; logs/run.log and ./run ui tell more.")


def main() -> int:
    """Runs the whole job and prints the summary; 1 when a step failed."""
    os.environ.setdefault("CDP_PROGRESS", "1")
    os.environ["CDP_DEMO"] = "1"
    os.environ.setdefault("CDP_AS_OF", DEMO_AS_OF)

    # Imported late: the definitions read the environment set above.
    import dagster as dg

    from orchestration.demo_destinations import CONTRACTS, DemoDestinations
    from orchestration.progress import say
    from orchestration.summary import print_summary

    with open_warehouse():
        pass  # Better to hear now than in the middle that another process has it.
    say("reading the project")
    from orchestration.definitions import defs

    # What a destination holds came from one warehouse.
    store = PROJECT_DIR / "warehouse" / f"stand_in_{target_name()}.json"
    store.parent.mkdir(exist_ok=True)
    stand_in = DemoDestinations(token=DEMO_TOKEN, store=store).start()
    try:
        for name in DESTINATIONS:
            os.environ |= {f"CDP_{name}_URL": stand_in.url, f"CDP_{name}_TOKEN": DEMO_TOKEN}
        with dg.DagsterInstance.get() as instance:
            with output_to(PROJECT_DIR / "logs" / "run.log"):
                result = defs.resolve_job_def("cdp_daily").execute_in_process(
                    instance=instance, raise_on_error=False
                )
            if not result.success:
                say_failures(result)
                return 1
        arrived = {audience: len(stand_in.members(audience)) for audience in CONTRACTS}
    finally:
        stand_in.stop()
    say("done")
    print_summary(sys.stdout, arrived)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WarehouseUnavailable as error:
        sys.exit(str(error))
