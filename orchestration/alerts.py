"""Tells people when a run fails, and when the next run of the same things is well again.

Owns: which runs are worth a message, and what it says. A message names the job, the run and the
steps, never what an exception quotes: that may be somebody's address. It is posted as
{"text": ...}, which Slack and most others take, to CDP_ALERT_URL; unset, nothing is posted.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import dagster as dg
import httpx
from dagster import DagsterRun, DagsterRunStatus, RunsFilter

ENDED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE]
LOOK_BACK_RUNS = 50  # of the same job; a run of the same things is among them or long ago


def post(text: str) -> None:
    """Sends a message to the address in the environment, if one is set."""
    if address := os.environ.get("CDP_ALERT_URL"):
        httpx.post(address, json={"text": text}, timeout=10.0).raise_for_status()


def run_before(instance: dg.DagsterInstance, run: DagsterRun) -> DagsterRun | None:
    """The run that ended before this one and was asked for the same things."""
    runs = instance.get_runs(
        RunsFilter(job_name=run.job_name, statuses=ENDED), limit=LOOK_BACK_RUNS
    )
    ids = [each.run_id for each in runs]  # newest first
    older = runs[ids.index(run.run_id) + 1 :] if run.run_id in ids else runs
    return next((each for each in older if each.asset_selection == run.asset_selection), None)


def failure_text(run: DagsterRun, steps: Sequence[str]) -> str:
    """What a failure's message says. Pure."""
    failed = ", ".join(sorted(steps)) or "before its first step"
    return f"FAILED {run.job_name} run {run.run_id}: {failed}"


def recovery_text(run: DagsterRun, before: DagsterRun | None) -> str | None:
    """What a good run's message says: nothing, unless the run before it failed. Pure."""
    if before is None or before.status != DagsterRunStatus.FAILURE:
        return None
    return f"RECOVERED {run.job_name} run {run.run_id}: run {before.run_id} had failed"


@dg.run_failure_sensor(name="alert_when_a_run_fails", default_status=dg.DefaultSensorStatus.STOPPED)
def alert_when_a_run_fails(context: dg.RunFailureSensorContext) -> None:
    """Every failed run, with the steps that failed."""
    steps = [event.step_key for event in context.get_step_failure_events() if event.step_key]
    post(failure_text(context.dagster_run, steps))


@dg.run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    name="alert_when_a_run_recovers",
    default_status=dg.DefaultSensorStatus.STOPPED,
)
def alert_when_a_run_recovers(context: dg.RunStatusSensorContext) -> None:
    """A run that went well after one of the same things that did not."""
    run = context.dagster_run
    if text := recovery_text(run, run_before(context.instance, run)):
        post(text)
