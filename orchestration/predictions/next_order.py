"""In how many days people order next, if they do within the horizon: trees that learn the median.

Judged like the others at the two newest past cut-offs, each time by what was known then. It is
promoted when its days are nearer than those of the best simple rule and of the champion, by a
paired bootstrap over people, and at each cut-off.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.pipeline import Pipeline

from orchestration.predictions.fitting import (
    ALGORITHMS,
    JUDGED_CUTOFFS,
    TREE_ROWS,
    Array,
    Definition,
    Rows,
    champion_scores,
    effects,
    export_sql,
    feature_names,
    read_rows,
    require_history,
    score_ranges,
)
from orchestration.predictions.judging import calibration, verdict
from orchestration.predictions.registry import NotTrained, Registry

ALGORITHM = "boosted_medians"
SETTINGS = {**ALGORITHMS["boosted_trees"], "loss": "absolute_error"}
LABELS = "int_predictions__next_order_labels"


def fit_days(rows: Rows) -> Pipeline:
    """The fitted pipeline; of many rows the first: read_rows orders by a hash of the person."""
    model = GradientBoostingRegressor(random_state=0, **SETTINGS)
    features = rows.features[:TREE_ROWS].astype(np.float64)
    return Pipeline([("model", model)]).fit(features, rows.labels[:TREE_ROWS])


def days(pipeline: Pipeline, features: Array) -> Array:
    """Days of rows."""
    return pipeline.predict(features.astype(np.float64))


def known_at(rows: Rows, cutoff: int, horizon: int) -> Rows:
    """What was known at a cut-off, so many days before today."""
    return rows.only(rows.days_before >= cutoff + horizon)


def judged_cutoffs(definition: Definition, rows: Rows) -> list[int]:
    """The cut-offs to judge at. Raises NotTrained."""
    found = [
        cutoff
        for cutoff in sorted(set(rows.days_before.tolist()))
        if len(known_at(rows, cutoff, definition.horizon_days).labels) >= definition.min_positives
    ]
    if len(rows.labels) < definition.min_positives:
        raise NotTrained("too_few_positives", f"{len(rows.labels)} of {definition.min_positives}")
    if len(found) < JUDGED_CUTOFFS:
        raise NotTrained("too_few_cutoffs", f"{len(found)} of {JUDGED_CUTOFFS}")
    return found[:JUDGED_CUTOFFS]


def rules(learned: Rows, asked: Rows, names: list[str]) -> dict[str, Array]:
    """What people would say without a model: as long as everybody waits, or the rest of the gap."""
    column = {name: asked.features[:, names.index(name)] for name in names}
    silent = column["days_since_last_order"]
    has_gap = column["order_count"] > 1
    usual = float(np.median(column["mean_gap_days"][has_gap])) if has_gap.any() else 0.0
    own = np.where(has_gap, column["mean_gap_days"], usual)
    return {
        "rule: everybodys_wait": np.full(len(silent), float(np.median(learned.labels))),
        "rule: own_gap": np.maximum(own - silent, 0),
        "rule: everybodys_gap": np.maximum(usual - silent, 0),
    }


def back_test(
    definition: Definition, rows: Rows, names: list[str]
) -> tuple[Rows, dict[str, Array]]:
    """The judged rows, and what the model and each rule said of them at the time."""
    chosen = np.empty(0, dtype=int)
    said: dict[str, list[Array]] = {}
    for cutoff in judged_cutoffs(definition, rows):
        learned = known_at(rows, cutoff, definition.horizon_days)
        at = np.flatnonzero(rows.days_before == cutoff)
        asked = rows.only(at)
        answers = {ALGORITHM: days(fit_days(learned), asked.features)}
        for name, answer in {**answers, **rules(learned, asked, names)}.items():
            said.setdefault(name, []).append(answer)
        chosen = np.concatenate([chosen, at])
    return rows.only(chosen), {name: np.concatenate(parts) for name, parts in said.items()}


def errors_at_each(rows: Rows, errors: dict[str, Array]) -> list[dict[str, Any]]:
    """Mean error in days of every scorer at every judged cut-off."""
    return [
        {
            "cutoff_date": day,
            "scorer_name": name,
            "row_count": int((rows.cutoffs == day).sum()),
            "positive_count": int((rows.cutoffs == day).sum()),
            "metric": float(error[rows.cutoffs == day].mean()),
        }
        for day in sorted(set(rows.cutoffs.tolist()))
        for name, error in errors.items()
        if np.isfinite(error[rows.cutoffs == day]).all()
    ]


def train_next_order(registry: Registry, definition: Definition, as_of: datetime) -> dict[str, Any]:
    """Trains, judges and books one model; returns its model_version row. Raises NotTrained."""
    names = feature_names(registry.warehouse, definition.entity)
    rows = read_rows(
        registry.warehouse, definition.name, names, replace(definition.entity, labels=LABELS)
    )
    require_history(registry.warehouse, definition)
    judged, said = back_test(definition, rows, names)
    said |= champion_scores(registry, definition, judged, names)
    errors = {name: np.abs(told - judged.labels) for name, told in said.items()}
    rule = min((name for name in errors if "rule" in name), key=lambda name: errors[name].mean())
    rivals = {"rule": errors[rule]}
    rivals |= {name: error for name, error in errors.items() if name == "champion"}
    pipeline = fit_days(rows)
    version = {
        "model_name": definition.name,
        "algorithm_code": ALGORITHM,
        "trained_as_of": as_of,
        "first_cutoff_date": min(rows.cutoffs),
        "last_cutoff_date": max(rows.cutoffs),
        "row_count": len(rows.labels),
        "positive_count": len(rows.labels),
        "parameters_json": json.dumps(SETTINGS, sort_keys=True),
        "scoring_sql": export_sql(pipeline, names, definition.entity.key),
        "model_metric": float(errors[ALGORITHM].mean()),
        "rule_metric": float(errors[rule].mean()),
        **verdict(judged.people, judged.labels, errors[ALGORITHM], rivals, "error", judged.cutoffs),
    }
    details = {
        "model_backtest": errors_at_each(judged, errors),
        "model_calibration": calibration(said[ALGORITHM], judged.labels),
        "model_effect": effects(lambda features: days(pipeline, features), rows.features, names)
        + score_ranges(said[ALGORITHM]),
    }
    return {**version, "version_number": registry.book(version, details)}
