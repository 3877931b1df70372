"""What every trained model shares: its definition and rows, fitting, SQL, and words for reasons.

Owns: the algorithms and how a fitted one becomes SQL. Refuses: judging, which training.py and
uplift.py do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import orbital
import orbital.types
from sklearn.base import is_regressor
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sqlglot import parse_one
from sqlglot.optimizer import optimize
from sqlglot.optimizer.merge_subqueries import merge_subqueries
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify

from orchestration.predictions.registry import NotTrained, Registry, relation
from orchestration.warehouse import Warehouse, schema_name

Array = np.ndarray
SURE = 1e-9  # nearer to 0 or 1 no score is told apart
ROWS_AT_MOST = 200_000
# A hundred shallow trees learn little from more; six fits of so many take under two minutes.
TREE_ROWS = 50_000
JUDGED_CUTOFFS = 2
EFFECT_ROWS = 2_000
EFFECT_BINS = 6
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
    rule_feature: str
    rule_direction: int


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


def feature_names(warehouse: Warehouse, entity: Entity) -> list[str]:
    """An entity's features, in order of their names."""
    table = f"{schema_name('rules')}.prediction_features"
    found = warehouse.execute(
        f"select feature_name from {table} where entity_code = ? order by 1", [entity.code]
    )
    return [row[0] for row in found]


def definitions(warehouse: Warehouse, algorithm: str = "classifier") -> list[Definition]:
    """The models to train by one kind of algorithm."""
    columns = (
        "model_name, entity_code, horizon_days, min_positives, min_negatives, min_history_days,"
        " history_feature, rule_feature, rule_direction"
        f" from {schema_name('rules')}.prediction_models"
        " where algorithm_code = ? order by 1"
    )
    return [
        Definition(name, ENTITIES[entity], *rest)
        for name, entity, *rest in warehouse.execute(f"select {columns}", [algorithm])
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


def require_history(warehouse: Warehouse, definition: Definition) -> None:
    """Raises NotTrained unless the first fact of the kind the model is about, among those it scores
    today, is old enough."""
    [(days,)] = warehouse.execute(
        f"select max({definition.history_feature}) from {relation(definition.entity.features)}"
        " where days_before = 0"
    )
    if (days or 0) < definition.min_history_days:
        raise NotTrained(
            "too_short_history", f"{days or 0:.0f} days of {definition.min_history_days}"
        )


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
    said = "variable" if is_regressor(pipeline) else "output_probability.1"
    sql = f'select "{key}" as {key}, "{said}" as score from ({sql}) as said'
    if isinstance(pipeline[-1], (GradientBoostingClassifier, GradientBoostingRegressor)):
        sql = one_select(sql, [key, *names])
    return re.sub(r"\bDOUBLE\b(?! PRECISION)", "DOUBLE PRECISION", sql)  # known to both engines


def one_select(sql: str, columns: list[str]) -> str:
    """The same without subqueries. In one of them Orbital works out each condition of each tree for
    everybody; without it a branch asks only those who reach it: a third less CPU. (A logistic
    score stands four times in its formula and is better worked out once.)"""
    exact = "duckdb, normalization_strategy=case_sensitive"
    merged = optimize(
        parse_one(sql, dialect=exact),
        schema={"FEATURES": dict.fromkeys(columns, "double")},
        dialect=exact,
        rules=(qualify, pushdown_projections, merge_subqueries),
    )
    return merged.sql(dialect="duckdb")


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
    """The champion's scores of rows, by the name of the rival it is; nothing without a champion.
    Not a number where it may have learned the label: the test would be of its memory."""
    version = registry.champion(definition.name)
    sql = registry.scoring_sql(definition.name, version)
    if not sql:
        return {}
    scores = scored_by_sql(registry.warehouse, sql, rows, names, definition.entity)
    known = registry.trained_as_of(definition.name, version).date()
    return {"champion": np.where([day >= known for day in rows.cutoffs], scores, np.nan)}


def logit(share: Array) -> Array:
    """Log-odds."""
    bounded = np.clip(share, SURE, 1 - SURE)
    return np.log(bounded / (1 - bounded))


def effects(
    answer: Callable[[Array], Array], features: Array, names: list[str]
) -> list[dict[str, Any]]:
    """What each range of each feature adds to the answer (log-odds, or an uplift) against its
    median, all else as it is: the same question asked of every algorithm."""
    some = features[:: max(1, len(features) // EFFECT_ROWS)]
    base = answer(some)
    found = []
    for place, name in enumerate(names):
        typical = float(np.median(some[:, place]))
        without = some.copy()
        without[:, place] = typical
        found += ranges(name, some[:, place], base - answer(without), typical)
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


def score_ranges(scores: Array) -> list[dict[str, Any]]:
    """The back-test's scores as ranges, for drift."""
    return ranges("score", scores, np.zeros(len(scores)), float(np.median(scores)))
