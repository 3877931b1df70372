"""Part `demo` of `./run bench predictions`: the demo world's own models.

The world is landed, built and trained as the project does it. Each model says by how much it beats
its best single rule, chosen with hindsight (lower end of the paired bootstrap's interval), and how
far its chances are from what happened, beside how far right ones would be with so few people: the
mean of a normal's absolute value in each tenth. Shuffled: the same judgement of the same rows,
whose labels were dealt out anew.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.build import DBT, land, timed, warehouse_in
from benchmarks.results import figure
from orchestration.predictions import fitting, training
from orchestration.predictions.judging import verdict
from orchestration.warehouse import Warehouse

ROWS = 12_000  # of a model whose labels are shuffled: twenty draws in minutes


@contextmanager
def world(customers: int) -> Iterator[dict[str, str]]:
    """The environment of a demo world, built up to what models learn from."""
    with tempfile.TemporaryDirectory() as folder:
        known = warehouse_in(Path(folder))
        land(known, customers)
        timed([str(DBT), "--quiet", "seed", "--no-version-check"], known)
        run = [str(DBT), "--quiet", "run", "--no-version-check", "-s"]
        timed([*run, "+path:models/predictions"], known)
        yield known


def demo(customers: int, draws: int) -> list[dict]:
    """The figures of every model of a world of so many customers, and of shuffled labels."""
    with world(customers) as known:
        timed([sys.executable, "-m", "orchestration.predictions"], known)
        run = [str(DBT), "--quiet", "run", "--no-version-check", "-s"]
        timed([*run, "model_versions", "model_refusals", "model_calibrations"], known)
        with duckdb.connect(known["CDP_DUCKDB_PATH"]) as connection:
            return [
                *judged(connection, f"demo, {customers:,} customers"),
                shuffled(Warehouse("duckdb", connection), draws),
            ]


def judged(connection: duckdb.DuckDBPyConnection, world_name: str) -> list[dict]:
    """What training said of each model. One of too little data is counted, and has no figures."""
    versions = connection.execute(
        "select versions.model_name, versions.status_code, versions.gain_low,"
        " versions.calibration_error, sum(tenths.row_count * sqrt("
        " 2 * tenths.predicted_mean * (1 - tenths.predicted_mean) / pi() / tenths.row_count"
        " )) / sum(tenths.row_count)"
        " from predictions.model_versions as versions"
        " left join predictions.model_calibrations as tenths"
        " on versions.model_name = tenths.model_name"
        " and versions.version_number = tenths.version_number"
        " and versions.calibration_error is not null"
        " group by all order by versions.model_name"
    ).fetchall()
    [(refusals,)] = connection.execute("select count(*) from predictions.model_refusals").fetchall()
    promoted = sum(status == "promoted" for _, status, *_ in versions)
    figures = [
        figure(f"{world_name}: models judged", len(versions), "models", "higher"),
        figure(f"{world_name}: promoted", promoted, "models", "higher", len(versions)),
        figure(f"{world_name}: of too little data", refusals, "models", "lower"),
    ]
    for name, status, gain, error, chance in versions:
        model = f"{world_name}, {name} ({status})"
        if gain is not None:  # clusters have no rule
            figures.append(figure(f"{model}: gain on the rule, low", float(gain), "", "higher", 0))
        if error is not None and chance is not None:
            figures += [
                figure(f"{model}: calibration error", float(error), "", "lower", 0.03),
                figure(f"{model}: of it by chance", float(chance), "", "lower"),
            ]
    return figures


def shuffled(warehouse: Warehouse, draws: int) -> dict:
    """Of so many shuffles of labels, a model at a time, how many promote nothing."""
    found = []
    for definition in fitting.definitions(warehouse):
        names = fitting.feature_names(warehouse, definition.entity)
        rows = fitting.read_rows(warehouse, definition.name, names, definition.entity)
        try:
            training.require_enough(definition, rows)
        except fitting.NotTrained:
            continue
        found.append((definition, names, rows))
    refused = 0
    for draw in range(draws):
        definition, names, rows = found[draw % len(found)]
        random = np.random.default_rng(draw)
        rows = rows.only(np.sort(random.permutation(len(rows.labels))[:ROWS]))
        rows = replace(rows, labels=random.permutation(rows.labels))
        days = training.require_enough(replace(definition, min_positives=1, min_negatives=1), rows)
        best, _, _ = training.try_all(rows, days, definition.horizon_days)
        _, rule = training.best_rule(best.rows, names)
        said = verdict(
            best.rows.people,
            best.rows.labels,
            best.scores,
            {"rule": rule},
            cutoffs=best.rows.cutoffs,
        )
        refused += said["status_code"] == "refused"
    return figure(f"shuffled labels: refused of {draws}", refused, "", "higher", draws)
