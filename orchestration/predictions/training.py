"""Trains the models that seed prediction_models defines, and lets those that earn it score.

A version is judged at the two newest cut-offs whose horizon has passed, each time having learned
only from cut-offs whose own horizon had ended by then. It is promoted when its AUC beats the best
single feature and the champion, by a paired bootstrap over people, and at each of the two cut-offs.
Its scores are calibrated on cut-offs that it did not learn from and that were over by then.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import orbital
import orbital.types
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from orchestration.predictions.clusters import CLUSTERS, train_clusters
from orchestration.predictions.judging import auc, calibration, calibration_error, paired_gain
from orchestration.predictions.lifetime_training import LIFETIME, train_lifetime
from orchestration.predictions.registry import NotTrained, Registry, relation
from orchestration.warehouse import Warehouse, schema_name

Array = np.ndarray
SURE = 1e-9  # nearer to 0 or 1 no score is told apart
ROWS_AT_MOST = 200_000
# A hundred shallow trees learn little from more; six fits of so many take under two minutes.
TREE_ROWS = 50_000
EFFECT_ROWS = 2_000
EFFECT_BINS = 6
JUDGED_CUTOFFS = 2
CALIBRATION_POSITIVES = 20  # and as many negatives; of fewer, a map would be noise
ALGORITHMS = {
    "logistic": {"C": 1.0, "max_iter": 1000},
    # Few, shallow trees: as SQL they stay readable for the engine (about 90 kB), and calibrated.
    "boosted_trees": {"n_estimators": 100, "max_depth": 3, "learning_rate": 0.05, "subsample": 0.5},
}


@dataclass(frozen=True)
class Entity:
    """What a model scores: its code in the seeds, its key, and the models with its rows."""

    code: str
    key: str
    features: str
    labels: str


ENTITIES = {
    entity.code: entity
    for entity in (
        Entity("person", "profile_id", "int_predictions__features", "int_predictions__labels"),
        Entity(
            "account",
            "account_id",
            "int_predictions__account_features",
            "int_predictions__account_labels",
        ),
    )
}
PERSON = ENTITIES["person"]


@dataclass(frozen=True)
class Definition:
    """A model's row of seed prediction_models, as far as training needs it."""

    name: str
    entity: Entity
    horizon_days: int
    min_positives: int
    min_negatives: int
    min_history_days: int
    history_feature: str


@dataclass(frozen=True)
class Rows:
    """Labelled rows: keys of people or accounts, days before today, cut-offs, features, labels."""

    people: Array
    days_before: Array
    cutoffs: Array
    features: Array
    labels: Array

    def only(self, chosen: Array) -> Rows:
        """Some of the rows."""
        return Rows(
            self.people[chosen],
            self.days_before[chosen],
            self.cutoffs[chosen],
            self.features[chosen],
            self.labels[chosen],
        )


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


def feature_names(warehouse: Warehouse, entity: Entity) -> list[str]:
    """An entity's features, in order of their names."""
    table = f"{schema_name('rules')}.prediction_features"
    found = warehouse.execute(
        f"select feature_name from {table} where entity_code = ? order by 1", [entity.code]
    )
    return [row[0] for row in found]


def definitions(warehouse: Warehouse) -> list[Definition]:
    """The models to train."""
    columns = (
        "model_name, entity_code, horizon_days, min_positives, min_negatives, min_history_days,"
        " history_feature"
        f" from {schema_name('rules')}.prediction_models"
        " where algorithm_code = 'classifier' order by 1"
    )
    return [
        Definition(name, ENTITIES[entity], *rest)
        for name, entity, *rest in warehouse.execute(f"select {columns}")
    ]


def read_rows(
    warehouse: Warehouse, model_name: str, names: list[str], entity: Entity = PERSON
) -> Rows:
    """A model's labelled rows; of more than fit, the people whose hash is lowest."""
    key = entity.key
    found = warehouse.execute(
        f"select labels.{key}, labels.days_before, labels.cutoff_date, labels.outcome, "
        + ", ".join(f"features.{name}" for name in names)
        + f" from {relation(entity.labels)} as labels"
        f" inner join {relation(entity.features)} as features"
        f" on labels.{key} = features.{key}"
        " and labels.days_before = features.days_before"
        " where labels.model_name = ?"
        f" order by md5(labels.{key}), labels.{key}, labels.days_before"
        f" limit {ROWS_AT_MOST}",
        [model_name],
    )
    columns = list(zip(*found, strict=True)) or [()] * (4 + len(names))
    return Rows(
        np.array(columns[0], dtype=object),
        np.array(columns[1], dtype=int),
        np.array(columns[2], dtype=object),
        np.array(columns[4:], dtype=np.float32).T.reshape(-1, len(names)),
        np.array(columns[3], dtype=int),
    )


def require_enough(definition: Definition, rows: Rows, history_days: float) -> list[int]:
    """The cut-offs to judge at, as days before today. Raises NotTrained with the reason."""
    positives = int(rows.labels.sum())
    negatives = len(rows.labels) - positives
    if history_days < definition.min_history_days:
        raise NotTrained(
            "too_short_history", f"{history_days:.0f} days of {definition.min_history_days}"
        )
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


def fit(algorithm: str, features: Array, labels: Array) -> Pipeline:
    """A fitted pipeline. Trees get unscaled 32-bit features: they compare in 32 bits; and the first
    rows only, which read_rows orders by a hash of the person."""
    settings = ALGORITHMS[algorithm]
    if algorithm == "logistic":
        steps = [("scale", StandardScaler()), ("model", LogisticRegression(**settings))]
    else:
        steps = [("model", GradientBoostingClassifier(random_state=0, **settings))]
        features, labels = features[:TREE_ROWS], labels[:TREE_ROWS]
    # Logistic regression computes in 64 bits, like the warehouse; the values are 32-bit ones.
    return Pipeline(steps).fit(features.astype(np.float64), labels)


def probability(pipeline: Pipeline, features: Array) -> Array:
    """Scores of rows."""
    return pipeline.predict_proba(features.astype(np.float64))[:, 1]


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


def export_sql(pipeline: Pipeline, names: list[str], key: str = PERSON.key) -> str:
    """The pipeline as a select of the key and score from relation "FEATURES". One text serves
    both engines: exponents make its numbers doubles on DuckDB, and PostgreSQL reads them too."""
    parsed = orbital.parse_pipeline(
        pipeline,
        features={
            key: orbital.types.StringColumnType(passthrough=True),
            **{name: orbital.types.DoubleColumnType() for name in names},
        },
    )
    sql = orbital.export_sql(
        "FEATURES",
        parsed,
        dialect="duckdb",
        projection=orbital.ResultsProjection([key]),
    )
    sql = re.sub(r"\bDOUBLE\b(?! PRECISION)", "DOUBLE PRECISION", sql)  # the name both engines know
    return f'select "{key}" as {key}, "output_probability.1" as score from ({sql}) as said'


def scored_by_sql(
    warehouse: Warehouse, sql: str, rows: Rows, names: list[str], entity: Entity = PERSON
) -> Array:
    """What a stored SQL says of rows of the past: the champion's side of the comparison."""
    past = (
        f"(select {entity.key} || '|' || cast(days_before as varchar) as {entity.key}, "
        + ", ".join(names)
        + f" from {relation(entity.features)})"
    )
    said = dict(warehouse.execute(sql.replace('"FEATURES"', past)))
    keys = zip(rows.people, rows.days_before, strict=True)
    return np.array([float(said[f"{person}|{days}"]) for person, days in keys])


def champion_scores(
    registry: Registry, definition: Definition, rows: Rows, names: list[str]
) -> dict[str, Array]:
    """The champion's scores of rows, by the name of the rival it is; nothing without a champion."""
    sql = registry.scoring_sql(definition.name, registry.champion(definition.name))
    if not sql:
        return {}
    return {"champion": scored_by_sql(registry.warehouse, sql, rows, names, definition.entity)}


def logit(share: Array) -> Array:
    """Log-odds."""
    bounded = np.clip(share, SURE, 1 - SURE)
    return np.log(bounded / (1 - bounded))


def effects(
    pipeline: Pipeline, calibrated: Calibration, rows: Rows, names: list[str]
) -> list[dict[str, Any]]:
    """What each range of each feature adds to the log-odds against its median, all else as it is:
    the same question asked of every algorithm."""
    some = rows.features[:: max(1, len(rows.features) // EFFECT_ROWS)]
    base = logit(probability(pipeline, some))
    found = []
    for place, name in enumerate(names):
        typical = float(np.median(some[:, place]))
        without = some.copy()
        without[:, place] = typical
        added = calibrated.slope * (base - logit(probability(pipeline, without)))
        found += ranges(name, some[:, place], added, typical)
    return found


def ranges(name: str, values: Array, added: Array, typical: float) -> list[dict[str, Any]]:
    """A feature's ranges: bounds, mean effect, share of the rows."""
    inner = np.unique(np.quantile(values, np.linspace(0, 1, EFFECT_BINS + 1)[1:-1]))
    inner = inner[inner > values.min()]
    place = np.searchsorted(inner, values, side="right")
    rows = []
    for number in range(len(inner) + 1):
        inside = place == number
        rows.append(
            {
                "feature_name": name,
                "bin_number": number + 1,
                "lower_bound": float(inner[number - 1]) if number else None,
                "upper_bound": float(inner[number]) if number < len(inner) else None,
                "effect": float(added[inside].mean()) if inside.any() else 0.0,
                "typical_value": typical,
                "training_share": float(inside.mean()),
            }
        )
    return rows


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


def score_ranges(scores: Array) -> list[dict[str, Any]]:
    """The back-test's scores as ranges, for drift."""
    return ranges("score", scores, np.zeros(len(scores)), float(np.median(scores)))


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
    judged = require_enough(definition, rows, history_of(registry.warehouse, definition))
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
        "model_effect": effects(pipeline, calibrated, rows, names) + score_ranges(best.scores),
    }
    return {**version, "version_number": registry.book(version, details)}


def history_of(warehouse: Warehouse, definition: Definition) -> float:
    """Days since the first fact of the kind the model is about, among those it scores today."""
    [(days,)] = warehouse.execute(
        f"select max({definition.history_feature}) from {relation(definition.entity.features)}"
        " where days_before = 0"
    )
    return float(days or 0)


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
