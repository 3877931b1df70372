"""`./run bench predictions [--quick]`: CDNOW against what is published, and scoring against Python.

CDNOW (2,357 customers of 1997, the copy in package lifetimes): fitted until 1997-09-30, judged on
the 39 weeks that follow, by the fits and the metrics that training uses; and landed as raw orders,
built and trained by the project as it is, whose scores are judged on the same weeks.
Scoring: people with random features (1,000,000; --quick: 50,000), SQL against reading, predicting
and writing back. Demo: each model of a world of 60,000 customers (--quick: 2,000) against its best
rule, its calibration, and how many of 20 shuffles of the labels promote nothing.
Recommendations: seconds and memory for 1,000,000 people and 50,000 products, pairs against the
plain co-occurrence join (--quick: 20,000 and 2,000). --only PART: one of these (cdnow, shipped,
scoring, demo, recommendations). Figures of other sizes and parts are kept as the results file
has them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

import duckdb
import lifetimes
import numpy as np
import pandas as pd

from benchmarks.build import DBT, timed, warehouse_in
from benchmarks.demo_predictions import demo
from benchmarks.recommendations import recommendations
from benchmarks.results import figure, publish
from orchestration.predictions import fitting
from orchestration.predictions.judging import Ranking, auc, gini
from orchestration.predictions.lifetime import (
    expected_amount,
    expected_purchases,
    fit_bg_nbd,
    fit_gamma_gamma,
)

CALIBRATED_UNTIL = date(1997, 9, 30)
AFTER_SPLIT = date(1997, 10, 1)
HOLD_OUT_WEEKS = 39
PUBLISHED = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426, "p": 6.25, "q": 3.74, "v": 15.44}


def purchases() -> dict[str, dict[date, float]]:
    """Amounts by customer and day."""
    path = Path(lifetimes.__file__).parent / "datasets" / "CDNOW_sample.txt"
    found: dict[str, dict[date, float]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        _, person, day, _, amount = line.split()
        bought = datetime.strptime(day, "%Y%m%d").date()
        held = found.setdefault(person, {})
        held[bought] = held.get(bought, 0.0) + float(amount)
    return found


def summary(days: dict[date, float]) -> tuple[float, ...]:
    """Repeats, recency, age (weeks), repeat amount, amount; purchases and amount held out."""
    known = sorted(day for day in days if day <= CALIBRATED_UNTIL)
    later = [amount for day, amount in days.items() if day > CALIBRATED_UNTIL]
    return (
        len(known) - 1,
        (known[-1] - known[0]).days / 7,
        (CALIBRATED_UNTIL - known[0]).days / 7,
        sum(days[day] for day in known[1:]),
        sum(days[day] for day in known),
        len(later),
        sum(later),
    )


def cdnow() -> list[dict]:
    """Parameters against the published ones; the hold-out against the best simple rules."""
    columns = np.array([summary(days) for days in purchases().values()], dtype=float).T
    repeats, recency, age, repeat_amount, amount, later, spent = columns
    counting = fit_bg_nbd(repeats, recency, age)
    again = repeats > 0
    spending = fit_gamma_gamma(repeats[again], repeat_amount[again] / repeats[again])
    fitted = counting.parameters | spending.parameters
    expected = expected_purchases(fitted, HOLD_OUT_WEEKS, repeats, recency, age)
    value = expected * expected_amount(fitted, repeats, repeat_amount)
    came_back = (later > 0).astype(int)
    rows = [
        figure(
            f"CDNOW {name}: off the published", abs(fitted[name] / known - 1), "x", "lower", 0.01
        )
        for name, known in PUBLISHED.items()
    ]
    return [
        *rows,
        figure("CDNOW log-likelihood", counting.log_likelihood, "", "higher", -9582.5),
        figure("CDNOW hold-out purchases: MAE", np.abs(expected - later).mean(), "", "lower", 0.79),
        figure("CDNOW BG/NBD buys again: AUC", auc(came_back, expected), "", "higher"),
        figure("CDNOW BG/NBD x Gamma-Gamma spend: Gini", gini(spent, value), "", "higher"),
    ]


def land_orders(path: Path) -> None:
    """The purchases until the split, as a shop's raw orders."""
    rows = [
        (int(person) * 1000 + number, int(person), f"{day} 12:00:00", amount)
        for person, days in purchases().items()
        for number, (day, amount) in enumerate(sorted(days.items()))
        if day <= CALIBRATED_UNTIL
    ]
    # DuckDB reads the frame by its name.
    landed = pd.DataFrame(rows, columns=["id", "customer_id", "bought_at", "amount"])  # noqa: F841
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw_shopify")
        connection.execute(
            'create table raw_shopify."order" as select id, customer_id,'
            " cast(amount as numeric(18, 2)) as total_price, 'paid' as financial_status,"
            " cast(bought_at as timestamp) as created_at, cast(bought_at as timestamp)"
            " as updated_at, cast(bought_at as timestamp) as _fivetran_synced from landed"
        )


def shipped() -> list[dict]:
    """What the project says of CDNOW at the split, against the best simple rules of the people it
    scores. Too little history for a year's value: there its own rule ranks, and says so."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.duckdb"
        land_orders(path)
        known = {**warehouse_in(Path(folder)), "CDP_AS_OF": f"{AFTER_SPLIT} 00:00:00"}
        timed([str(DBT), "--quiet", "seed", "--no-version-check"], known)
        run = [str(DBT), "--quiet", "run", "--no-version-check", "-s"]
        timed([*run, "+path:models/predictions"], known)
        timed([sys.executable, "-m", "orchestration.predictions"], known)
        timed([*run, "path:models/predictions"], known)
        with duckdb.connect(str(path)) as connection:
            scored = connection.execute(
                "select s.model_name, s.method_code, cast(o.identifier_value as integer),"
                " cast(s.rank_share as double) from predictions.profile_scores as s"
                " inner join identity.identity_map as m on s.profile_id = m.profile_id"
                " inner join (select distinct identifier_key, identifier_value"
                " from canonical.orders) as o on m.identifier_key = o.identifier_key"
                " where s.model_name in ('buy_30_days', 'lifetime_value_365_days')"
            ).fetchall()
            tried = connection.execute(
                "select scorer_name, avg(metric) from predictions.model_backtests"
                " where model_name = 'buy_30_days' group by scorer_name order by scorer_name"
            ).fetchall()
    truth = {int(person): summary(days) for person, days in purchases().items()}
    said = {
        model: {person: rank for name, _, person, rank in scored if name == model}
        for model in ("buy_30_days", "lifetime_value_365_days")
    }
    methods = {model: method for model, method, *_ in scored}
    people = sorted(said["buy_30_days"])
    buys, worth = (np.array([ranks[person] for person in people]) for ranks in said.values())
    repeats, recency, age, repeat_amount, amount, later, spent = np.array(
        [truth[person] for person in people]
    ).T
    came_back = (later > 0).astype(int)
    recent = auc(came_back, recency - age)
    rules = {
        "orders / age x mean order": amount / age,
        "repeats / age x mean repeat": repeat_amount / age,
    }
    best = max(gini(spent, rule) for rule in rules.values())
    buys_method, worth_method = (methods[model] for model in said)
    return [
        figure("CDNOW shipped: people scored", len(people), "people", "higher"),
        figure(
            f"CDNOW shipped, buys again ({buys_method}): AUC",
            auc(came_back, buys),
            "",
            "higher",
            round(recent, 3),
        ),
        figure("CDNOW shipped, buys again: AUC of recency", recent, "", "higher"),
        *(
            figure(f"CDNOW back-test of buy_30_days, {name}: AUC", float(metric), "", "higher")
            for name, metric in tried
        ),
        figure(
            f"CDNOW shipped, spend ({worth_method}): Gini",
            gini(spent, worth),
            "",
            "higher",
            round(best, 3),
        ),
        *(
            part
            for name, rule in rules.items()
            for part in (
                figure(f"CDNOW spend, {name}: Gini", gini(spent, rule), "", "higher"),
                figure(
                    f"CDNOW spend, {name}: Gini not divided by the perfect order's",
                    Ranking(rule).captured(spent, np.ones(len(spent))),
                    "",
                    "higher",
                ),
            )
        ),
    ]


def random_rows(count: int, names: list[str]) -> fitting.Rows:
    """People with skewed features, and labels that depend on some of them."""
    random = np.random.default_rng(0)
    features = random.exponential(20, (count, len(names))).astype(np.float32)
    chance = 1 / (1 + np.exp(features[:, 0] / 20 - features[:, 1] / 30 + 1))
    labels = (random.uniform(size=count) < chance).astype(int)
    people = np.array([f"p{number:07d}" for number in range(count)], dtype=object)
    days = np.tile([30, 60, 90, 120], count // 4 + 1)[:count]
    return fitting.Rows(people, days, days.astype(object), features, labels)


def scoring(count: int, names: list[str]) -> list[dict]:
    """Seconds to score a table in SQL over the seconds of the round trip through Python."""
    rows = random_rows(min(count, 200_000), names)
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(str(Path(folder) / "scores.duckdb"))
        listed = ", ".join(
            f"cast(cast(20 * -ln(1 - (hash(n * 31 + {place}) % 1000000) / 1000000.0) as real)"
            f" as double) as {name}"
            for place, name in enumerate(names)
        )
        connection.execute(
            f"create table features as select 'p' || n as profile_id, {listed}"
            f" from range({count}) as numbers(n)"
        )
        for algorithm, target in (("logistic", 1.0), ("boosted_trees", 2.0)):
            started = time.monotonic()
            pipeline = fitting.fit(algorithm, rows.features, rows.labels)
            fitted = time.monotonic() - started
            sql = fitting.export_sql(pipeline, names).replace('"FEATURES"', "features")
            started = time.monotonic()
            connection.execute(f"create or replace table by_sql as {sql}")
            by_sql = time.monotonic() - started
            by_python = round_trip(connection, pipeline, names)
            [(off,)] = connection.execute(
                "select max(abs(s.score - p.score)) from by_sql as s"
                " inner join by_python as p on s.profile_id = p.profile_id"
            ).fetchall()
            size = f"{algorithm}, {count:,} people"
            figures += [
                figure(f"{size}: SQL", by_sql, "s", "lower"),
                figure(f"{size}: Python round trip", by_python, "s", "lower"),
                figure(f"{size}: SQL / Python", by_sql / by_python, "x", "lower", target),
                figure(f"{size}: largest difference x 1e6", off * 1e6, "", "lower", 1.0),
                figure(f"{algorithm}: one fit of {len(rows.labels):,} rows", fitted, "s", "lower"),
            ]
        connection.close()
    return figures


def round_trip(
    connection: duckdb.DuckDBPyConnection, pipeline: fitting.Pipeline, names: list[str]
) -> float:
    """Seconds to read features, predict, and write scores back."""
    started = time.monotonic()
    read = connection.execute("select * from features").fetchnumpy()
    matrix = np.column_stack([read[name] for name in names])
    scores = pipeline.predict_proba(matrix)[:, 1]
    # DuckDB reads the frame by its name.
    written = pd.DataFrame({"profile_id": read["profile_id"], "score": scores})  # noqa: F841
    connection.execute("create or replace table by_python as select * from written")
    return time.monotonic() - started


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.predictions", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    names = [f"feature_{number:02d}" for number in range(21)]
    parts = {
        "cdnow": cdnow,
        "shipped": shipped,
        "scoring": lambda: scoring(50_000 if options.quick else 1_000_000, names),
        "demo": lambda: demo(2_000 if options.quick else 60_000, 20),
        "recommendations": lambda: recommendations(
            *((20_000, 2_000) if options.quick else (1_000_000, 50_000))
        ),
    }
    parser.add_argument("--only", choices=parts)
    options = parser.parse_args()
    for part, measure in parts.items():
        if options.only in (None, part):
            publish("predictions", measure(), keep=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
