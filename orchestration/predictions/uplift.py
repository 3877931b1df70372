"""Uplift: what being sent to changes for whom, learned from those who were held out.

Two models, one of either arm; a person's uplift is the difference of what they say. Nobody is
judged by a model that saw them: people are dealt into parts by hash, and each part is scored by
models of the others. It is promoted when choosing people by it gains more than by lot and by the
rule, by a paired bootstrap over people.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from orchestration.predictions.fitting import (
    ALGORITHMS,
    ROWS_AT_MOST,
    Array,
    Definition,
    Rows,
    champion_scores,
    effects,
    export_sql,
    feature_names,
    fit,
    probability,
    require_history,
    score_ranges,
)
from orchestration.predictions.judging import (
    Ranking,
    calibration,
    calibration_error,
    effect_of,
    verdict,
)
from orchestration.predictions.registry import NotTrained, Registry, relation
from orchestration.warehouse import Warehouse

ALGORITHM = "two_models"
PARTS = 5


@dataclass(frozen=True)
class Trial:
    """Rows of people who were dealt an arm: held out or not, and how likely they were to be."""

    rows: Rows
    is_control: Array
    control_share: Array

    @property
    def effect(self) -> Array:
        """What each row says of the effect; outcomes less their mean, which changes no expectation
        and takes most of the noise of a small arm."""
        labels = self.rows.labels - self.rows.labels.mean()
        return effect_of(labels, self.is_control, self.control_share)

    @property
    def part(self) -> Array:
        """The part each person is dealt into."""
        return np.array(
            [
                int(hashlib.md5(person.encode(), usedforsecurity=False).hexdigest(), 16) % PARTS
                for person in self.rows.people
            ]
        )


def read_trial(warehouse: Warehouse, definition: Definition, names: list[str]) -> Trial:
    """Assignments whose horizon has passed, with the features of the last cut-off before them."""
    found = warehouse.execute(
        "select outcomes.profile_id, outcomes.days_before, features.cutoff_date, outcomes.outcome,"
        " outcomes.is_control, outcomes.control_share, "
        + ", ".join(f"features.{name}" for name in names)
        + f" from {relation('int_predictions__experiment_outcomes')} as outcomes"
        f" inner join {relation(definition.entity.features)} as features"
        " on outcomes.profile_id = features.profile_id"
        " and outcomes.days_before = features.days_before"
        " where outcomes.model_name = ? and outcomes.is_over and outcomes.is_eligible"
        " order by md5(outcomes.profile_id), outcomes.profile_id, outcomes.assignment_key"
        f" limit {ROWS_AT_MOST}",
        [definition.name],
    )
    columns = list(zip(*found, strict=True)) or [()] * (6 + len(names))
    rows = Rows(
        np.array(columns[0], dtype=object),
        np.array(columns[1], dtype=int),
        np.array(columns[2], dtype=object),
        np.array(columns[6:], dtype=np.float32).T.reshape(-1, len(names)),
        np.array(columns[3], dtype=int),
    )
    return Trial(rows, np.array(columns[4], dtype=bool), np.array(columns[5], dtype=float))


def require_arms(definition: Definition, trial: Trial) -> None:
    """Raises NotTrained unless both arms have enough of both outcomes."""
    if not trial.is_control.any():
        raise NotTrained(
            "no_control_group", f"{len(trial.rows.labels)} people sent to, nobody held out"
        )
    for arm, chosen in (("held out", trial.is_control), ("sent to", ~trial.is_control)):
        labels = trial.rows.labels[chosen]
        for code, found, least in (
            ("too_few_positives", int(labels.sum()), definition.min_positives),
            ("too_few_negatives", int((1 - labels).sum()), definition.min_negatives),
        ):
            if found < least:
                raise NotTrained(code, f"{found} of {least} among those {arm}")


def fit_arms(rows: Rows, is_control: Array) -> tuple[Pipeline, Pipeline]:
    """The model of those who may be sent to, and that of those held out."""
    sent, held = (rows.only(chosen) for chosen in (~is_control, is_control))
    return (
        fit("logistic", sent.features, sent.labels),
        fit("logistic", held.features, held.labels),
    )


def uplift(arms: tuple[Pipeline, Pipeline], features: Array) -> Array:
    """By how much being sent to raises the chance of the outcome."""
    return probability(arms[0], features) - probability(arms[1], features)


def unseen_uplift(trial: Trial) -> Array:
    """Everybody's uplift, as said by models that did not see them."""
    part, scores = trial.part, np.zeros(len(trial.rows.labels))
    for number in range(PARTS):
        asked = part == number
        arms = fit_arms(trial.rows.only(~asked), trial.is_control[~asked])
        if asked.any():
            scores[asked] = uplift(arms, trial.rows.features[asked])
    return scores


def uplift_sql(arms: tuple[Pipeline, Pipeline], names: list[str], key: str) -> str:
    """The same as a select of the key and score from relation "FEATURES"."""
    sent, held = (export_sql(arm, names, key) for arm in arms)
    return (
        f"select sent.{key}, sent.score - held.score as score from ({sent}) as sent"
        f" inner join ({held}) as held on sent.{key} = held.{key}"
    )


def metrics_at_each(trial: Trial, scorers: dict[str, Array]) -> list[dict[str, Any]]:
    """Qini of every scorer at every cut-off."""
    return [
        {
            "cutoff_date": day,
            "scorer_name": name,
            "row_count": int(at.sum()),
            "positive_count": int(trial.rows.labels[at].sum()),
            "metric": Ranking(scores[at]).qini(trial.effect[at], np.ones(at.sum())),
        }
        for day in sorted(set(trial.rows.cutoffs.tolist()))
        for at in [trial.rows.cutoffs == day]
        for name, scores in scorers.items()
        if np.isfinite(scores[at]).all()
    ]


def train_uplift(registry: Registry, definition: Definition, as_of: datetime) -> dict[str, Any]:
    """Trains, judges and books one model; returns its model_version row. Raises NotTrained."""
    names = feature_names(registry.warehouse, definition.entity)
    trial = read_trial(registry.warehouse, definition, names)
    require_history(registry.warehouse, definition)
    require_arms(definition, trial)
    rows, everybody = trial.rows, np.ones(len(trial.rows.labels))
    scores = unseen_uplift(trial)
    rule = definition.rule_direction * rows.features[:, names.index(definition.rule_feature)]
    champion = champion_scores(registry, definition, rows, names)
    rivals = {"chance": 0 * scores, "rule": rule, **champion}
    arms = fit_arms(rows, trial.is_control)
    tenths = calibration(scores, trial.effect)
    version = {
        "model_name": definition.name,
        "algorithm_code": ALGORITHM,
        "trained_as_of": as_of,
        "first_cutoff_date": min(rows.cutoffs),
        "last_cutoff_date": max(rows.cutoffs),
        "row_count": len(rows.labels),
        "positive_count": int(rows.labels.sum()),
        "parameters_json": json.dumps(ALGORITHMS["logistic"], sort_keys=True),
        "scoring_sql": uplift_sql(arms, names, definition.entity.key),
        "model_metric": Ranking(scores).qini(trial.effect, everybody),
        "rule_metric": Ranking(rule).qini(trial.effect, everybody),
        "calibration_error": calibration_error(tenths),
        **verdict(rows.people, trial.effect, scores, rivals, "qini"),
    }
    scorers = {ALGORITHM: scores, f"rule: {definition.rule_feature}": rule, **champion}
    details = {
        "model_backtest": metrics_at_each(trial, scorers),
        "model_calibration": tenths,
        "model_effect": effects(lambda features: uplift(arms, features), rows.features, names)
        + score_ranges(scores),
    }
    return {**version, "version_number": registry.book(version, details)}
