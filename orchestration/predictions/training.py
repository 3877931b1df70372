"""Trains the models that seed prediction_models defines, and lets those that earn it score.

A version is judged at the two newest cut-offs whose horizon has passed, each time having learned
only from cut-offs whose own horizon had ended by then. It is promoted when its AUC beats the best
single feature and the champion, by a paired bootstrap over people, and at each of the two cut-offs.
Its scores are calibrated on cut-offs that it did not learn from and that were over by then.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from orchestration.predictions.clusters import CLUSTERS, train_clusters
from orchestration.predictions.fitting import (
    ALGORITHMS,
    JUDGED_CUTOFFS,
    PERSON,
    SURE,
    Array,
    Definition,
    Rows,
    champion_scores,
    definitions,
    effects,
    export_sql,
    feature_names,
    fit,
    logit,
    probability,
    read_rows,
    require_history,
    score_ranges,
)
from orchestration.predictions.judging import auc, calibration, calibration_error, paired_gain
from orchestration.predictions.lifetime_training import LIFETIME, train_lifetime
from orchestration.predictions.next_order import train_next_order
from orchestration.predictions.registry import NotTrained, Registry
from orchestration.predictions.uplift import train_uplift
from orchestration.warehouse import Warehouse

CALIBRATION_POSITIVES = 20  # and as many negatives; of fewer, a map would be noise


@dataclass(frozen=True)
class Calibration:
    """Platt's map of log-odds, slope and shift. It keeps the order."""

    slope: float = 1.0
    shift: float = 0.0

    def of(self, scores: Array) -> Array:
        """Calibrated scores."""
        if self == Calibration():
            return scores
        return 1 / (1 + np.exp(-(self.shift + self.slope * logit(scores))))

    def sql(self, scoring_sql: str, key: str = PERSON.key) -> str:
        """The same of a select of the key and score. Exponents make the numbers doubles."""
        if self == Calibration():
            return scoring_sql
        odds = f"{self.shift:.17e} + {self.slope:.17e} * ln(score / (1 - score))"
        return (
            f"select {key}, 1 / (1 + exp(-({odds}))) as score"
            f" from (select {key}, least(greatest(cast(score as double precision),"
            f" {SURE:.1e}), 1 - {SURE:.1e}) as score from ({scoring_sql}) as uncalibrated)"
            " as bounded"
        )


@dataclass(frozen=True)
class Judged:
    """One algorithm's scores at the judged cut-offs."""

    algorithm: str
    rows: Rows
    scores: Array


def require_enough(definition: Definition, rows: Rows) -> list[int]:
    """The cut-offs to judge at, as days before today. Raises NotTrained with the reason."""
    positives = int(rows.labels.sum())
    negatives = len(rows.labels) - positives
    if positives < definition.min_positives:
        raise NotTrained("too_few_positives", f"{positives} of {definition.min_positives}")
    if negatives < definition.min_negatives:
        raise NotTrained("too_few_negatives", f"{negatives} of {definition.min_negatives}")
    judged = []
    for days in sorted(set(rows.days_before.tolist())):
        learned = rows.labels[rows.days_before >= days + definition.horizon_days]
        asked = rows.labels[rows.days_before == days]
        if all(0 < part.sum() < len(part) for part in (learned, asked)):
            judged.append(days)
    if len(judged) < JUDGED_CUTOFFS:
        raise NotTrained("too_few_cutoffs", f"{len(judged)} of {JUDGED_CUTOFFS} with both outcomes")
    return judged[:JUDGED_CUTOFFS]


class Unseen:
    """An algorithm's scores at past cut-offs, each by a model that knew nothing later than it."""

    def __init__(self, algorithm: str, rows: Rows, horizon: int) -> None:
        self.algorithm = algorithm
        self.rows = rows
        self.horizon = horizon
        self.scored: dict[int, Array] = {}

    def asked(self, days: int) -> Rows:
        """The rows of a cut-off."""
        return self.rows.only(self.rows.days_before == days)

    def scores(self, days: int) -> Array:
        """Scores of the rows of a cut-off; none where nothing older can be learned from."""
        if days not in self.scored:
            learned = self.rows.only(self.rows.days_before >= days + self.horizon)
            self.scored[days] = (
                probability(
                    fit(self.algorithm, learned.features, learned.labels),
                    self.asked(days).features,
                )
                if 0 < learned.labels.sum() < len(learned.labels)
                else np.empty(0)
            )
        return self.scored[days]

    def calibration(self, since: int) -> Calibration:
        """What the cut-offs of one horizon say, from the newest that was over at `since` (days
        before today): older ones are of another season, a single one says little of a long horizon.
        """
        known = sorted(days for days in set(self.rows.days_before.tolist()) if days >= since)
        scores, labels = [np.empty(0)], [np.empty(0)]
        for days in known:
            if days < known[0] + self.horizon and len(self.scores(days)):
                scores.append(self.scores(days))
                labels.append(self.asked(days).labels)
        return platt(np.concatenate(scores), np.concatenate(labels))

    def newest_calibration(self) -> Calibration:
        """What a model that learned from all rows is calibrated by."""
        return self.calibration(int(self.rows.days_before.min()))


def platt(scores: Array, labels: Array) -> Calibration:
    """The map that makes scores probabilities of the labels; of too few, or of scores that order
    badly, the one that changes nothing."""
    if min(labels.sum(), len(labels) - labels.sum()) < CALIBRATION_POSITIVES:
        return Calibration()
    found = LogisticRegression(C=1e6).fit(logit(scores).reshape(-1, 1), labels)
    slope, shift = float(found.coef_[0, 0]), float(found.intercept_[0])
    return Calibration(slope, shift) if slope > 0 else Calibration()


def back_test(unseen: Unseen, judged: list[int], is_calibrated: bool = False) -> Judged:
    """Scores at the judged cut-offs, calibrated by what was known at each."""
    parts = [unseen.asked(days) for days in judged]
    scores = [
        unseen.calibration(days + unseen.horizon).of(unseen.scores(days))
        if is_calibrated
        else unseen.scores(days)
        for days in judged
    ]
    columns = ("people", "days_before", "cutoffs", "features", "labels")
    joined = Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))
    return Judged(unseen.algorithm, joined, np.concatenate(scores))


def try_all(
    rows: Rows, judged: list[int], horizon: int
) -> tuple[Judged, Calibration, list[Judged]]:
    """The algorithm that orders best, its scores calibrated; the map for today's; the others."""
    tried = [Unseen(name, rows, horizon) for name in ALGORITHMS]
    trials = [back_test(unseen, judged) for unseen in tried]
    place = int(np.argmax([auc(trial.rows.labels, trial.scores) for trial in trials]))
    best = tried.pop(place)
    trials.pop(place)
    return back_test(best, judged, is_calibrated=True), best.newest_calibration(), trials


def best_rule(rows: Rows, names: list[str]) -> tuple[str, Array]:
    """The single feature that orders the judged rows best, with its scores. Chosen with hindsight,
    which favours the rule."""
    found = [
        (auc(rows.labels, sign * rows.features[:, place]), name, sign * rows.features[:, place])
        for place, name in enumerate(names)
        for sign in (1, -1)
    ]
    _, name, scores = max(found, key=lambda item: item[0])
    return name, scores


def log_odds(pipeline: Pipeline, calibrated: Calibration) -> Callable[[Array], Array]:
    """A model's calibrated log-odds of features, but for what is the same for all."""
    return lambda features: calibrated.slope * logit(probability(pipeline, features))


def gain_at_each(rows: Rows, ours: Array, theirs: Array) -> bool:
    """Whether we order better at every judged cut-off, not just over all of them."""
    return all(
        auc(rows.labels[at], ours[at]) > auc(rows.labels[at], theirs[at])
        for at in (rows.days_before == days for days in set(rows.days_before.tolist()))
    )


def verdict(judged: Judged, rivals: dict[str, Array]) -> dict[str, Any]:
    """Promoted or refused against the rule and the champion, with the smaller gain's interval."""
    rows, lowest = judged.rows, None
    reason, status = "beats_rule_and_champion", "promoted"
    for rival, scores in rivals.items():
        gain = paired_gain(rows.people, rows.labels, judged.scores, scores)
        if lowest is None or gain[1] < lowest[1]:
            lowest = gain
        if status == "promoted" and (gain[1] <= 0 or not gain_at_each(rows, judged.scores, scores)):
            status, reason = "refused", f"not_better_than_{rival}"
    return {
        "status_code": status,
        "reason_code": reason,
        "gain_low": lowest[1],
        "gain_high": lowest[2],
    }


def metrics_at_each(rows: Rows, scorers: dict[str, Array]) -> list[dict[str, Any]]:
    """AUC of every scorer at every judged cut-off."""
    found = []
    for day in sorted(set(rows.cutoffs.tolist())):
        at = rows.cutoffs == day
        for name, scores in scorers.items():
            found.append(
                {
                    "cutoff_date": day,
                    "scorer_name": name,
                    "row_count": int(at.sum()),
                    "positive_count": int(rows.labels[at].sum()),
                    "metric": auc(rows.labels[at], scores[at]),
                }
            )
    return found


def train(
    registry: Registry, definition: Definition, rows: Rows, names: list[str], as_of: datetime
) -> dict[str, Any]:
    """Trains, judges and books one model; returns its model_version row. `rows` are all it may
    learn from, `names` the features. Raises NotTrained when `require_enough` does."""
    require_history(registry.warehouse, definition)
    judged = require_enough(definition, rows)
    best, calibrated, others = try_all(rows, judged, definition.horizon_days)
    rule, rule_scores = best_rule(best.rows, names)
    champion = champion_scores(registry, definition, best.rows, names)
    tenths = calibration(best.scores, best.rows.labels)
    pipeline = fit(best.algorithm, rows.features, rows.labels)
    settings = {**ALGORITHMS[best.algorithm], "calibration": vars(calibrated)}
    key = definition.entity.key
    version = {
        "model_name": definition.name,
        "algorithm_code": best.algorithm,
        "trained_as_of": as_of,
        "first_cutoff_date": min(rows.cutoffs),
        "last_cutoff_date": max(rows.cutoffs),
        "row_count": len(rows.labels),
        "positive_count": int(rows.labels.sum()),
        "parameters_json": json.dumps(settings, sort_keys=True),
        "scoring_sql": calibrated.sql(export_sql(pipeline, names, key), key),
        "model_metric": auc(best.rows.labels, best.scores),
        "rule_metric": auc(best.rows.labels, rule_scores),
        "calibration_error": calibration_error(tenths),
        **verdict(best, {"rule": rule_scores, **champion}),
    }
    scorers = {trial.algorithm: trial.scores for trial in [best, *others]}
    scorers |= {f"rule: {rule}": rule_scores, **champion}
    details = {
        "model_backtest": metrics_at_each(best.rows, scorers),
        "model_calibration": tenths,
        "model_effect": effects(log_odds(pipeline, calibrated), rows.features, names)
        + score_ranges(best.scores),
    }
    return {**version, "version_number": registry.book(version, details)}


def train_all(warehouse: Warehouse, as_of: datetime) -> list[dict[str, Any]]:
    """Trains every model that has enough data, and books a refusal for those that have not. Returns
    one line per model: model_name, status_code, reason_code."""
    registry = Registry(warehouse)
    report = []
    for definition in definitions(warehouse):
        names = feature_names(warehouse, definition.entity)
        try:
            rows = read_rows(warehouse, definition.name, names, definition.entity)
            report.append(train(registry, definition, rows, names, as_of))
        except NotTrained as refusal:
            report.append(refused(registry, definition.name, refusal, as_of))
    for algorithm, trained in (("regressor", train_next_order), ("uplift", train_uplift)):
        for definition in definitions(warehouse, algorithm):
            try:
                report.append(trained(registry, definition, as_of))
            except NotTrained as refusal:
                report.append(refused(registry, definition.name, refusal, as_of))
    for name, trained_by in ((LIFETIME, train_lifetime), (CLUSTERS, train_clusters)):
        try:
            report.append(trained_by(registry, as_of))
        except NotTrained as refusal:
            report.append(refused(registry, name, refusal, as_of))
    return report


def refused(registry: Registry, model: str, refusal: NotTrained, as_of: datetime) -> dict[str, Any]:
    """Books why a model was not trained; the last run's answer replaces the one before."""
    row = {
        "model_name": model,
        "trained_as_of": as_of,
        "reason_code": refusal.code,
        "reason_text": refusal.text,
    }
    registry.forget_refusal(model)
    registry.add("model_refusal", [row])
    return {**row, "status_code": "not_trained"}
