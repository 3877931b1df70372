"""Fits BG/NBD and Gamma-Gamma on the warehouse's buyers, judges them on the last year, books them.

The fit of a year ago says what each buyer of then would spend in the year that followed. It is held
against the better of two rules (last year again; rate times mean order) by absolute error. Trees
that learned from the year before that are asked the same, of everything that is known of a buyer;
where they win, they say what a buyer spends, and BG/NBD how often and whether at all.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.pipeline import Pipeline

from orchestration.predictions.fitting import (
    ALGORITHMS,
    PERSON,
    TREE_ROWS,
    effects,
    export_sql,
    feature_names,
    score_ranges,
)
from orchestration.predictions.judging import calibration, gini, paired_gain
from orchestration.predictions.lifetime import (
    Fit,
    expected_amount,
    expected_purchases,
    fit_bg_nbd,
    fit_gamma_gamma,
)
from orchestration.predictions.registry import NotTrained, Registry, relation
from orchestration.warehouse import Warehouse

Array = np.ndarray
LIFETIME = "lifetime_value_365_days"
CLOSED_FORM = "bg_nbd_gamma_gamma"
LEARNED = "boosted_trees"
HORIZON_DAYS = 365
MIN_BUYERS = 100
MIN_REPEATERS = 30
DAYS_A_WEEK = 7


def read_buyers(
    warehouse: Warehouse, days_before: int, names: Sequence[str] = ()
) -> dict[str, Array]:
    """Buyers at a cut-off: id, repeats, recency and age in weeks, amounts, last year's spend, and
    the named features, a row each. They come by a hash of the person: the first are any."""
    found = warehouse.execute(
        "select profile_id, order_count - 1, last_order_date - first_order_date,"
        " days_since_first_order, repeat_amount, spend_amount, spend_365_amount, spend_rate_amount,"
        f" {', '.join(['cutoff_date', *names])}"
        f" from {relation('int_predictions__features')}"
        " where days_before = ? and is_buyer order by md5(profile_id), profile_id",
        [days_before],
    )
    columns = list(zip(*found, strict=True)) or [()] * (9 + len(names))
    numbers = [np.array(column, dtype=float) for column in columns[1:8]]
    return {
        "profile_id": np.array(columns[0], dtype=object),
        "repeats": numbers[0],
        "recency": numbers[1] / DAYS_A_WEEK,
        "age": numbers[2] / DAYS_A_WEEK,
        "repeat_amount": numbers[3],
        "spend": numbers[4],
        "last_year": numbers[5],
        "rate": numbers[6],
        "cutoff": np.array(columns[8], dtype=object),
        "features": np.array(columns[9:], dtype=np.float32).T.reshape(len(numbers[0]), len(names)),
    }


def spent_until(then: dict[str, Array], later: dict[str, Array]) -> Array:
    """What each buyer of a cut-off spent until a later one."""
    total = dict(zip(later["profile_id"], later["spend"], strict=True))
    return np.array([total.get(person, 0.0) for person in then["profile_id"]]) - then["spend"]


def fit_both(buyers: dict[str, Array]) -> tuple[Fit, Fit]:
    """Both models. Raises NotTrained when there are too few buyers, or no finite fit."""
    repeating = buyers["repeats"] > 0
    count, repeaters = len(repeating), int(repeating.sum())
    if count < MIN_BUYERS or repeaters < MIN_REPEATERS:
        raise NotTrained(
            "too_few_positives",
            f"{count} buyers of {MIN_BUYERS}, {repeaters} repeat buyers of {MIN_REPEATERS}",
        )
    mean = buyers["repeat_amount"][repeating] / buyers["repeats"][repeating]
    try:
        return (
            fit_bg_nbd(buyers["repeats"], buyers["recency"], buyers["age"]),
            fit_gamma_gamma(buyers["repeats"][repeating], mean),
        )
    except ValueError as failure:
        raise NotTrained("no_fit", str(failure)) from failure


def expected_spend(fits: tuple[Fit, Fit], buyers: dict[str, Array], days: float) -> Array:
    """What each buyer will spend within so many days."""
    purchases = expected_purchases(
        fits[0].parameters,
        days / DAYS_A_WEEK,
        buyers["repeats"],
        buyers["recency"],
        buyers["age"],
    )
    return purchases * expected_amount(
        fits[1].parameters, buyers["repeats"], buyers["repeat_amount"]
    )


def fit_spend(features: Array, spent: Array) -> Pipeline:
    """Trees that learn the mean: what many will spend together has to be right."""
    model = GradientBoostingRegressor(random_state=0, **ALGORITHMS[LEARNED])
    pipeline = Pipeline([("model", model)])
    return pipeline.fit(features[:TREE_ROWS].astype(np.float64), spent[:TREE_ROWS])


def learned_spend(pipeline: Pipeline, features: Array) -> Array:
    """What each buyer will spend, by trees: never less than nothing."""
    return np.maximum(pipeline.predict(features.astype(np.float64)), 0)


def learned_sql(pipeline: Pipeline, names: list[str]) -> str:
    """The same of a relation of features (`export_sql`)."""
    sql = export_sql(pipeline, names)
    return f"select {PERSON.key}, greatest(score, 0) as score from ({sql}) as learned"


def rules(buyers: dict[str, Array]) -> dict[str, Array]:
    """What people would say without a model."""
    return {
        "rule: spend_365_amount": buyers["last_year"],
        "rule: spend_rate_amount": buyers["rate"],
    }


def verdict(spent: Array, said: Array, rivals: dict[str, Array], gain_low: float) -> dict[str, str]:
    """Promoted when errors are surely smaller than the rule's and no rule puts people in a better
    order: amounts may be right on average while the best customers are not on top."""
    if gain_low <= 0:
        return {"status_code": "refused", "reason_code": "not_better_than_rule"}
    if gini(spent, said) < max(gini(spent, rival) for rival in rivals.values()):
        return {"status_code": "refused", "reason_code": "ranks_worse_than_rule"}
    return {"status_code": "promoted", "reason_code": "beats_rule_and_champion"}


def better_of(spent: Array, people: Array, said: dict[str, Array]) -> str:
    """The closed form, unless trees were asked too and are surely nearer, and rank no worse."""
    if LEARNED not in said:
        return CLOSED_FORM
    gain = paired_error_gain(people, spent, said[LEARNED], said[CLOSED_FORM])
    found = verdict(spent, said[LEARNED], {CLOSED_FORM: said[CLOSED_FORM]}, gain[1])
    return LEARNED if found["status_code"] == "promoted" else CLOSED_FORM


def what_it_was_judged_by(
    fits: tuple[Fit, Fit],
    day: date,
    spent: Array,
    said: Array,
    scorers: dict[str, Array],
) -> dict[str, list[dict[str, Any]]]:
    """Rows of the registry's detail tables: parameters, back-test per scorer, calibration."""
    return {
        "model_parameter": [
            {"parameter_name": name, "parameter_value": value}
            for fit in fits
            for name, value in fit.parameters.items()
        ],
        "model_backtest": [
            {
                "cutoff_date": day,
                "scorer_name": name,
                "row_count": len(spent),
                "positive_count": int((spent > 0).sum()),
                "metric": gini(spent, scores),
            }
            for name, scores in scorers.items()
        ],
        "model_calibration": calibration(said, spent, is_value=True),
    }


def what_was_said(then: dict[str, Array], before: dict[str, Array]) -> dict[str, Array]:
    """What each algorithm would have said a year ago. Trees are asked where enough bought a year
    before that. Raises NotTrained."""
    if len(then["repeats"]) == 0:
        raise NotTrained("too_short_history", f"no buyers {HORIZON_DAYS} days ago")
    said = {CLOSED_FORM: expected_spend(fit_both(then), then, HORIZON_DAYS)}
    if len(before["repeats"]) >= MIN_BUYERS:
        rehearsed = fit_spend(before["features"], spent_until(before, then))
        said[LEARNED] = learned_spend(rehearsed, then["features"])
    return said


def learned_from(
    before: dict[str, Array], then: dict[str, Array], spent: Array, names: list[str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Trees that learned from both years, which are over today: what is different of their
    model_version row, and their model_effect rows."""
    features = np.concatenate([before["features"], then["features"]])
    pipeline = fit_spend(features, np.concatenate([spent_until(before, then), spent]))
    columns = {
        "first_cutoff_date": before["cutoff"][0],
        "last_cutoff_date": then["cutoff"][0],
        "row_count": len(features),
        "parameters_json": json.dumps(ALGORITHMS[LEARNED], sort_keys=True),
        "scoring_sql": learned_sql(pipeline, names),
    }
    return columns, effects(lambda rows: learned_spend(pipeline, rows), features, names)


def train_lifetime(registry: Registry, as_of: datetime) -> dict[str, Any]:
    """Fits, judges and books; returns the model_version row. Raises NotTrained."""
    names = feature_names(registry.warehouse, PERSON)
    now = read_buyers(registry.warehouse, 0)
    then, before = (
        read_buyers(registry.warehouse, days, names) for days in (HORIZON_DAYS, 2 * HORIZON_DAYS)
    )
    said = what_was_said(then, before)
    spent = spent_until(then, now)
    fits = fit_both(now)
    algorithm = better_of(spent, then["profile_id"], said)
    best = said[algorithm]
    candidates = rules(then)
    rule = min(candidates, key=lambda name: float(np.abs(candidates[name] - spent).mean()))
    gain = paired_error_gain(then["profile_id"], spent, best, candidates[rule])
    day = then["cutoff"][0]
    version = {
        "model_name": LIFETIME,
        "algorithm_code": algorithm,
        "trained_as_of": as_of,
        "first_cutoff_date": day,
        "last_cutoff_date": now["cutoff"][0],
        "row_count": len(now["repeats"]),
        "positive_count": int((now["repeats"] > 0).sum()),
        "parameters_json": "{}",
        "model_metric": gini(spent, best),
        "rule_metric": gini(spent, candidates[rule]),
        "gain_low": gain[1],
        "gain_high": gain[2],
        **verdict(spent, best, candidates, gain[1]),
    }
    details = what_it_was_judged_by(fits, day, spent, best, {**said, **candidates})
    if algorithm == LEARNED:
        columns, effects_found = learned_from(before, then, spent, names)
        version |= columns
        details["model_effect"] = effects_found + score_ranges(best)
    return {**version, "version_number": registry.book(version, details)}


def paired_error_gain(
    people: Array, spent: Array, ours: Array, theirs: Array
) -> tuple[float, float, float]:
    """How much smaller our mean absolute error is than theirs, and the ends of its interval."""
    return paired_gain(people, spent, np.abs(ours - spent), np.abs(theirs - spent), "error")
