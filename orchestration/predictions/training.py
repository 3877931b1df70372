"""Trains the models that seed prediction_models defines, and lets those that earn it score.

A version is judged at the two newest cut-offs whose horizon has passed, each time having learned
only from cut-offs whose own horizon had ended by then. It is promoted when its AUC beats the best
single feature and the champion, by a paired bootstrap over people, and at each of the two cut-offs;
a champion is asked only of cut-offs after it was trained, so one younger than that keeps its place.
Its scores are calibrated by what was over by then: a cut-off of last month that it did not learn
from, or, where the horizon is longer, the season of the year before.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
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
from orchestration.predictions.judging import auc, calibration, calibration_error, verdict
from orchestration.predictions.lifetime_training import LIFETIME, train_lifetime
from orchestration.predictions.next_order import train_next_order
from orchestration.predictions.registry import NotTrained, Registry
from orchestration.predictions.uplift import train_uplift
from orchestration.warehouse import Warehouse

MONTH_DAYS = 30
YEAR_DAYS = 365
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
        self.fits: dict[int, Pipeline | None] = {}
        self.scored: dict[int, Array] = {}

    def asked(self, days: int) -> Rows:
        """The rows of a cut-off."""
        return self.rows.only(self.rows.days_before == days)

    def known(self, days: int) -> Rows:
        """The rows whose horizon was over at a cut-off."""
        return self.rows.only(self.rows.days_before >= days + self.horizon)

    def fitted(self, days: int) -> Pipeline | None:
        """The model of a cut-off, today's at 0; none where nothing older can be learned from."""
        if days not in self.fits:
            known = self.known(days)
            has_both = 0 < known.labels.sum() < len(known.labels)
            self.fits[days] = (
                fit(self.algorithm, known.features, known.labels) if has_both else None
            )
        return self.fits[days]

    def scores(self, days: int) -> Array:
        """Scores of the rows of a cut-off; none where it has no model."""
        if days not in self.scored:
            model = self.fitted(days)
            self.scored[days] = (
                probability(model, self.asked(days).features) if model else np.empty(0)
            )
        return self.scored[days]

    def calibration(self, days: int) -> Calibration:
        """What scores of a cut-off, today's at 0, are calibrated by: the newest cut-off that is
        over, if that was within a month. Of a longer horizon that is of another season: it says how
        far scores are to be spread, and the same season of the year before where they lie."""
        newest = min(self.known(days).days_before, default=None)
        if newest is None:
            return Calibration()
        unseen = self.scores(newest)
        found = platt(unseen, self.asked(newest).labels) if len(unseen) else Calibration()
        return found if newest <= days + MONTH_DAYS else self.season(days, found.slope)

    def season(self, days: int, slope: float) -> Calibration:
        """By how much log-odds at the cut-off a year before a cut-off differ from those of its
        model, which knows no seasons. Drawn to the mean by how much cut-offs differ beyond chance,
        so that where there are no seasons there is no shift."""
        known, model = self.known(days), self.fitted(days)
        if model is None:
            return Calibration()
        said = slope * logit(probability(model, known.features))
        shifts = {}
        for cutoff in sorted(set(known.days_before.tolist())):
            at = known.days_before == cutoff
            if 0 < known.labels[at].sum() < at.sum():
                shifts[cutoff] = shift_of(said[at], known.labels[at])
        found, variances = np.array(list(shifts.values())).T
        weights = 1 / variances
        mean = float(np.average(found, weights=weights))
        if days + YEAR_DAYS not in shifts:
            return Calibration(slope, mean)
        shift, variance = shifts[days + YEAR_DAYS]
        spread = np.average((found - mean) ** 2, weights=weights)
        real = max(spread - (len(found) - 1) / weights.sum(), 0.0)
        return Calibration(slope, float(mean + (shift - mean) * real / (real + variance)))


def shift_of(log_odds: Array, labels: Array) -> tuple[float, float]:
    """What has to be added to log-odds for the mean chance to be that of the labels, and the
    variance that chance gives it."""
    found = brentq(lambda shift: expit(log_odds + shift).mean() - labels.mean(), -50, 50)
    chance = expit(log_odds + found)
    return float(found), float(1 / (chance * (1 - chance)).sum())


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
        unseen.calibration(days).of(unseen.scores(days)) if is_calibrated else unseen.scores(days)
        for days in judged
    ]
    columns = ("people", "days_before", "cutoffs", "features", "labels")
    joined = Rows(*(np.concatenate([getattr(part, name) for part in parts]) for name in columns))
    return Judged(unseen.algorithm, joined, np.concatenate(scores))


def try_all(rows: Rows, judged: list[int], horizon: int) -> tuple[Judged, Unseen, list[Judged]]:
    """The algorithm that orders best, its scores calibrated; its models; the others."""
    tried = [Unseen(name, rows, horizon) for name in ALGORITHMS]
    trials = [back_test(unseen, judged) for unseen in tried]
    place = int(np.argmax([auc(trial.rows.labels, trial.scores) for trial in trials]))
    best = tried.pop(place)
    trials.pop(place)
    return back_test(best, judged, is_calibrated=True), best, trials


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


def metrics_at_each(rows: Rows, scorers: dict[str, Array]) -> list[dict[str, Any]]:
    """AUC of every scorer at every judged cut-off of which it has scores."""
    found = []
    for day in sorted(set(rows.cutoffs.tolist())):
        at = rows.cutoffs == day
        for name, scores in scorers.items():
            if np.isfinite(scores[at]).all():
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
    best, unseen, others = try_all(rows, require_enough(definition, rows), definition.horizon_days)
    asked = best.rows
    rule, rule_scores = best_rule(asked, names)
    champion = champion_scores(registry, definition, asked, names)
    rivals = {"rule": rule_scores, **champion}
    tenths = calibration(best.scores, asked.labels)
    # Everything that may be learned from is over today.
    pipeline, calibrated = unseen.fitted(0), unseen.calibration(0)
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
        "model_metric": auc(asked.labels, best.scores),
        "rule_metric": auc(asked.labels, rule_scores),
        "calibration_error": calibration_error(tenths),
        **verdict(asked.people, asked.labels, best.scores, rivals, cutoffs=asked.cutoffs),
    }
    scorers = {trial.algorithm: trial.scores for trial in [best, *others]}
    scorers |= {f"rule: {rule}": rule_scores, **champion}
    details = {
        "model_backtest": metrics_at_each(asked, scorers),
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
