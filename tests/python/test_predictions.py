"""Training, scoring and roll-back, on a small world whose purchases follow a known process."""

import csv
import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from orchestration.predictions import lifetime
from orchestration.predictions.judging import (
    auc,
    calibration,
    calibration_error,
    gini,
    paired_gain,
    verdict,
)
from orchestration.predictions.registry import Registry
from orchestration.warehouse import PROJECT_DIR

fitting = pytest.importorskip("orchestration.predictions.fitting")
training = pytest.importorskip("orchestration.predictions.training")
lifetime_training = pytest.importorskip("orchestration.predictions.lifetime_training")

AS_OF = datetime(2026, 6, 30)
PEOPLE = 600
PREDICTIONS = "path:models/predictions"


def seed_features(entity: str = "person") -> list[str]:
    with (PROJECT_DIR / "seeds/rules/prediction_features.csv").open(encoding="utf-8") as file:
        return sorted(
            row["feature_name"] for row in csv.DictReader(file) if row["entity_code"] == entity
        )


def land_orders(world, people: int = PEOPLE) -> None:
    """Orders of people who buy at rates of their own and leave by chance, written over the world's
    orders; two years, so that a year can be held out."""
    random = np.random.default_rng(7)
    rows = []
    for person in range(people):
        first = date(2024, 7, 1) + timedelta(days=int(random.integers(0, 600)))
        rate, leaves, day = random.gamma(1.0, 1 / 30), random.beta(1, 4), float(0)
        mean = random.gamma(4, 12)
        for number in range(60):
            bought = first + timedelta(days=int(day))
            if bought >= AS_OF.date():
                break
            rows.append((person, number, bought, round(float(random.gamma(6, mean / 6)) + 1, 2)))
            if random.random() < leaves:
                break
            day += max(1.0, random.exponential(1 / max(rate, 1e-4)))
    with world.open() as warehouse:
        [(key, kind, value, source)] = warehouse.execute(
            "select identifier_key, identifier_type, identifier_value, source_name"
            " from canonical.orders where identifier_key is not null limit 1"
        )
        assert key and kind and value and source
        columns = "source_name, source_table, record_key, order_id, identifier_key, status_code,"
        columns += " channel_code, total_amount, discount_amount, refund_amount, is_test,"
        columns += " ordered_at, updated_at, received_at"
        warehouse.execute("delete from canonical.orders")
        warehouse.execute("delete from identity.int_identity__map_current")
        for start in range(0, len(rows), 500):
            values = ", ".join(
                f"('t', 'o', 'o:{person}|{number}', '{person}|{number}', 'k{person}', 'completed',"
                f" 'web', {amount}, 0, 0, false, timestamp '{bought} 10:00:00',"
                f" timestamp '{bought} 10:00:00', timestamp '{bought} 10:00:00')"
                for person, number, bought, amount in rows[start : start + 500]
            )
            warehouse.execute(f"insert into canonical.orders ({columns}) values {values}")
        values = ", ".join(
            f"('k{person}', 'email', '', 'e{person}', 'declared', 'p{person:05d}', 1, true,"
            " timestamp '2024-07-01', timestamp '2026-06-01', 1, false)"
            for person in range(people)
        )
        warehouse.execute(f"insert into identity.int_identity__map_current values {values}")


def land_accounts(world, accounts: int = 1200) -> None:
    """Companies that win a first deal the sooner the more people are known there and the more they
    lost before: two reasons, so that a model can beat the better one alone."""
    random = np.random.default_rng(11)
    known, people, deals = [], [], []
    for account in range(accounts):
        name, size, lost = f"a{account:04d}", int(random.integers(9)), int(random.integers(4))
        first = date(2025, 1, 1) + timedelta(days=int(random.integers(500)))
        known.append(f"('t', 'a', 'a:{name}', '{name}', '{name}', timestamp '{first}')")
        for member in random.choice(PEOPLE, size, replace=False):
            people.append(f"('{name}', 'p{member:05d}', 'stated', 1, timestamp '{first}')")
        daily = 0.03 / (1 + np.exp(7 - 0.7 * size - 1.8 * lost))
        won = first + timedelta(days=15 + int(random.exponential(1 / daily)))
        ends = [(first + timedelta(days=11), False)] * lost + [(won, True)] * (won < AS_OF.date())
        for number, (end, is_won) in enumerate(ends):
            created = end - timedelta(days=10)
            deals.append(
                f"('t', 'd', 'd:{name}|{number}', '{name}|{number}', '{name}', true, {is_won},"
                f" timestamp '{created}', date '{end}', timestamp '{created}')"
            )
    columns = "source_name, source_table, record_key,"
    with world.open() as warehouse:
        for table, listed, rows in (
            ("canonical.accounts", f"{columns} account_id, account_name, created_at", known),
            (
                "b2b.account_people",
                "account_id, profile_id, match_code, account_place, since_at",
                people,
            ),
            (
                "canonical.opportunities",
                f"{columns} opportunity_id, account_id, is_closed, is_won, created_at, closes_on,"
                " received_at",
                deals,
            ),
        ):
            warehouse.execute(f"delete from {table}")
            for start in range(0, len(rows), 500):
                values = ", ".join(rows[start : start + 500])
                warehouse.execute(f"insert into {table} ({listed}) values {values}")


def land_affinities(world) -> None:
    """People of two tastes, and some of whom too little is known."""
    random = np.random.default_rng(13)
    rows = []
    for person in range(PEOPLE):
        strengths = ([8, 1, 1], [1, 1, 8])[person % 2]
        for value, share in zip("xyz", random.dirichlet(strengths), strict=True):
            evidence = 1 if person % 10 == 0 else 5
            rows.append(f"('p{person:05d}', 'category', '{value}', {evidence}, {share:.6f}, 1)")
    with world.open() as warehouse:
        warehouse.execute("delete from profile.profile_affinities")
        warehouse.execute(
            "insert into profile.profile_affinities (profile_id, dimension_code, affinity_value,"
            f" evidence_count, affinity_score, affinity_rank) values {', '.join(rows)}"
        )


def built(world):
    land_orders(world)
    land_affinities(world)
    land_accounts(world)
    world.dbt("run", "-s", PREDICTIONS)
    return world


@pytest.fixture(scope="module")
def trained(duckdb_world, tmp_path_factory):
    """A copy of the small world with a known process of purchases, trained and scored."""
    import shutil

    from conftest import World

    folder = tmp_path_factory.mktemp("trained")
    with duckdb_world.open() as warehouse:
        warehouse.execute("force checkpoint")
    shutil.copy(duckdb_world.folder / "cdp.duckdb", folder / "cdp.duckdb")
    shutil.copytree(duckdb_world.folder / "target", folder / "target")
    world = World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))
    built(world)
    with world.open() as warehouse:
        world.report = {row["model_name"]: row for row in training.train_all(warehouse, AS_OF)}
        # Earned or not: what is compared below is how it scores.
        Registry(warehouse).decide("lifetime_value_365_days", 1, "somebody", "test", AS_OF)
    world.dbt("build", "-s", PREDICTIONS)
    return world


def cdnow() -> list[tuple[float, float, float, float, int]]:
    """Repeats, recency and age in weeks, repeat amount, purchases in the 39 weeks held out."""
    package = pytest.importorskip("lifetimes", reason="CDNOW comes with group bench")
    end = date(1997, 9, 30)
    days: dict[str, dict[date, float]] = {}
    path = Path(package.__file__).parent / "datasets" / "CDNOW_sample.txt"
    for line in path.read_text().splitlines():
        _, person, day, _, amount = line.split()
        bought = datetime.strptime(day, "%Y%m%d").date()
        held = days.setdefault(person, {})
        held[bought] = held.get(bought, 0) + float(amount)
    found = []
    for bought in days.values():
        known = sorted(day for day in bought if day <= end)
        found.append(
            (
                len(known) - 1,
                (known[-1] - known[0]).days / 7,
                (end - known[0]).days / 7,
                sum(bought[day] for day in known[1:]),
                len(bought) - len(known),
            )
        )
    return found


def test_cdnow_gives_the_published_parameters():
    repeats, recency, age, amount, later = np.array(cdnow(), dtype=float).T
    fit = lifetime.fit_bg_nbd(repeats, recency, age)
    published = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert fit.parameters == pytest.approx(published, rel=0.01)
    assert fit.log_likelihood == pytest.approx(-9582.4, abs=0.1)
    again = repeats > 0
    spend = lifetime.fit_gamma_gamma(repeats[again], amount[again] / repeats[again])
    assert spend.parameters == pytest.approx({"p": 6.25, "q": 3.74, "v": 15.44}, rel=0.01)
    said = lifetime.expected_purchases(fit.parameters, 39, repeats, recency, age)
    assert np.abs(said - later).mean() <= 0.79


def lifetimes_as_published(world, version: int = 1) -> np.ndarray:
    """SQL scores beside the closed forms: purchases, alive, amount; one row per buyer."""
    with world.open() as warehouse:
        parameters = Registry(warehouse).parameters("lifetime_value_365_days", version)
        rows = warehouse.execute(
            "select f.order_count - 1, f.last_order_date - f.first_order_date,"
            " f.days_since_first_order, f.repeat_amount, l.expected_order_count, l.alive_score,"
            " l.expected_order_amount from predictions.int_predictions__lifetimes as l"
            " inner join predictions.int_predictions__features as f"
            " on l.profile_id = f.profile_id and f.days_before = 0"
        )
    repeats, recency, age, amount, count, alive, mean = np.array(rows, dtype=float).T
    recency, age = recency / 7, age / 7
    expected = lifetime.expected_purchases(parameters, 365 / 7, repeats, recency, age)
    return np.array(
        [
            count - expected,
            alive - lifetime.alive(parameters, repeats, recency, age),
            mean - lifetime.expected_amount(parameters, repeats, amount),
        ]
    )


def scores_as_predicted(world, algorithm: str) -> np.ndarray:
    """SQL less predict_proba, on all rows of buy_30_days."""
    names = seed_features()
    with world.open() as warehouse:
        rows = fitting.read_rows(warehouse, "buy_30_days", names)
        pipeline = fitting.fit(algorithm, rows.features, rows.labels)
        calibrated = training.Calibration(slope=1.3, shift=-0.4)
        sql = calibrated.sql(fitting.export_sql(pipeline, names))
        said = fitting.scored_by_sql(warehouse, sql, rows, names)
    assert len(said) > PEOPLE
    return said - calibrated.of(fitting.probability(pipeline, rows.features))


@pytest.mark.slow
def test_sql_says_what_the_closed_forms_say(trained):
    differences = lifetimes_as_published(trained)
    assert differences.shape[1] == PEOPLE
    assert np.abs(differences).max() < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", sorted(fitting.ALGORITHMS))
def test_sql_says_what_predict_proba_says(trained, algorithm):
    assert np.abs(scores_as_predicted(trained, algorithm)).max() < 1e-6


@pytest.mark.slow
def test_a_future_row_changes_no_feature_of_the_past(trained, new_world):
    after = new_world(copy_of=trained)
    past, companies = (
        f"select * from predictions.{name} where days_before > 0 order by 1, 2"
        for name in ("int_predictions__features", "int_predictions__account_features")
    )
    before, before_at_companies = after.rows(past), after.rows(companies)
    with after.open() as warehouse:
        warehouse.execute(
            "insert into canonical.orders select * replace (order_id || 'f' as order_id,"
            " ordered_at + interval '700 days' as ordered_at) from canonical.orders"
            " where ordered_at > timestamp '2026-01-01'"
        )
        # Newer than the newest past cut-off, older than today: real orders, and refunds.
        warehouse.execute(
            "insert into canonical.orders select * replace (order_id || 'n' as order_id,"
            " timestamp '2026-06-20' as ordered_at) from canonical.orders"
        )
        warehouse.execute("update canonical.orders set refund_amount = total_amount")
        # Members, deals and leads, all newer than the newest past cut-off.
        warehouse.execute(
            "insert into b2b.account_people select * replace ('p00001' as profile_id,"
            " timestamp '2026-06-20' as since_at) from b2b.account_people"
            " where profile_id = 'p00002'"
        )
        warehouse.execute(
            "insert into canonical.opportunities select * replace (opportunity_id || 'n' as"
            " opportunity_id, 'k1' as identifier_key, timestamp '2026-06-20' as created_at,"
            " date '2026-06-21' as closes_on) from canonical.opportunities"
        )
        warehouse.execute(
            "insert into canonical.leads (source_name, source_table, record_key, lead_id,"
            " identifier_key, created_at) values ('t', 'l', 'l:1', '1', 'k1',"
            " timestamp '2026-06-20')"
        )
    after.dbt("run", "-s", "int_predictions__features", "int_predictions__account_features")
    assert after.rows(past) == before
    assert after.rows(companies) == before_at_companies
    todays_companies = companies.replace("days_before > 0", "days_before = 0")
    assert after.rows(todays_companies) != trained.rows(todays_companies)
    assert len(before) > PEOPLE
    today = "select sum(order_count) from predictions.int_predictions__features where days_before=0"
    assert after.rows(today) != trained.rows(today)


@pytest.mark.slow
def test_every_eligible_person_has_one_score_and_the_rule_is_marked(trained):
    marked = dict(
        trained.rows(
            "select model_name, count(distinct method_code) from predictions.profile_scores"
            " group by 1"
        )
    )
    assert set(marked.values()) == {1}
    ruled = trained.rows(
        "select count(*), count(score) from predictions.profile_scores where method_code = 'rule'"
    )
    assert ruled[0][0] > 0 and ruled[0][1] == 0
    refused = trained.rows("select model_name, reason_code from predictions.model_refusals")
    assert ("subscription_churn_30_days", "too_few_positives") in refused
    unexplained = trained.rows(
        "select count(*) from predictions.profile_scores as s where not exists (select 1 from"
        " predictions.profile_score_reasons as r where r.profile_id = s.profile_id"
        " and r.model_name = s.model_name)"
    )
    assert unexplained == [(0,)]


@pytest.mark.slow
def test_companies_are_scored_by_the_model_that_beat_the_rule(trained):
    report = trained.report["account_conversion_90_days"]
    assert (report["status_code"], report["reason_code"]) == ("promoted", "beats_rule_and_champion")
    assert trained.report["lead_conversion_90_days"]["reason_code"] == "too_short_history"
    scored = trained.rows(
        "select count(*), count(score), min(method_code), max(method_code)"
        " from predictions.account_scores"
    )
    assert scored[0][0] == scored[0][1] > 100 and scored[0][2:] == ("model", "model")
    # Nobody with an open or won deal is asked about.
    asked = trained.rows(
        "select count(*) from predictions.account_scores as s inner join canonical.opportunities"
        " as o on s.account_id = o.account_id where o.is_won or not o.is_closed"
    )
    assert asked == [(0,)]
    definition = next(
        found for found in definitions_of(trained) if found.name == "account_conversion_90_days"
    )
    names = seed_features("account")
    with trained.open() as warehouse:
        rows = fitting.read_rows(warehouse, definition.name, names, definition.entity)
        for algorithm in fitting.ALGORITHMS:
            pipeline = fitting.fit(algorithm, rows.features, rows.labels)
            sql = fitting.export_sql(pipeline, names, "account_id")
            said = fitting.scored_by_sql(warehouse, sql, rows, names, definition.entity)
            assert np.abs(said - fitting.probability(pipeline, rows.features)).max() < 1e-6


@pytest.mark.slow
def test_days_to_the_next_order_are_judged_and_scored_in_sql(trained, new_world):
    next_order = pytest.importorskip("orchestration.predictions.next_order")
    report = trained.report["next_order_days"]
    assert report["status_code"] in ("promoted", "refused") and report["gain_low"] is not None
    judged = trained.rows(
        "select scorer_name, count(*), min(metric) from predictions.model_backtests"
        " where model_name = 'next_order_days' group by 1 order by 1"
    )
    assert [(name, cutoffs) for name, cutoffs, _ in judged] == [
        (next_order.ALGORITHM, 2),
        ("rule: everybodys_gap", 2),
        ("rule: everybodys_wait", 2),
        ("rule: own_gap", 2),
    ]
    world = new_world(copy_of=trained)
    names = seed_features()
    with world.open() as warehouse:
        [definition] = fitting.definitions(warehouse, "regressor")
        entity = replace(definition.entity, labels=next_order.LABELS)
        rows = fitting.read_rows(warehouse, definition.name, names, entity)
        registry = Registry(warehouse)
        said = fitting.scored_by_sql(
            warehouse, registry.scoring_sql(definition.name, 1), rows, names
        )
        expected = next_order.days(next_order.fit_days(rows), rows.features)
        # Earned or not: what is compared is how it scores. A sum of days is right to 1e-5 of one.
        registry.decide(definition.name, 1, "somebody", "test", AS_OF)
    assert np.abs(said - expected).max() < 1e-5
    assert rows.labels.min() >= 0 and rows.labels.max() < 90
    world.dbt("run", "-s", "model_champions", "int_predictions__model_scores", "profile_scores")
    world.dbt("run", "-s", "next_orders")
    [(people, first)] = world.rows(
        "select count(*), min(expected_order_date) from predictions.next_orders"
        " where basis_code = 'model'"
    )
    assert people == PEOPLE and first >= AS_OF.date()


@pytest.mark.slow
def test_sql_puts_everybody_in_the_nearest_cluster(trained):
    clusters = pytest.importorskip("orchestration.predictions.clusters")
    assert trained.report["interest_clusters"]["status_code"] == "promoted"
    with trained.open() as warehouse:
        people = clusters.read_people(warehouse)
        rows = clusters.champions(Registry(warehouse))
    assert {row["cluster_name"][0] for row in rows} == {"x", "z"}
    centroids = np.array([[row["centroid"][name] for name in people.attributes] for row in rows])
    said = clusters.assign(people.values, centroids)
    codes = [row["cluster_code"] for row in rows]
    expected = [(key, codes[place]) for key, place in zip(people.keys, said, strict=True)]
    told = trained.rows(
        "select profile_id, cluster_code from predictions.profile_interest_clusters order by 1"
    )
    assert told == expected and len(told) > 0.7 * PEOPLE


def definitions_of(world) -> list[fitting.Definition]:
    with world.open() as warehouse:
        return fitting.definitions(warehouse)


@pytest.mark.slow
def test_a_row_rolls_back(trained, new_world):
    world = new_world(copy_of=trained)
    promoted = [
        name
        for name, row in trained.report.items()
        if row["status_code"] == "promoted" and row.get("scoring_sql") and "account" not in name
    ]
    assert promoted, "the process is known and a model beats its rule"
    with world.open() as warehouse:
        registry = Registry(warehouse)
        with pytest.raises(ValueError, match="versions 1 to 1, not 9"):
            registry.decide(promoted[0], 9, "somebody", "typo", AS_OF)
        registry.decide(promoted[0], 0, "somebody", "test", AS_OF)
    world.dbt("run", "-s", "model_champions", "int_predictions__model_scores", "profile_scores")
    methods = world.rows(
        "select distinct method_code from predictions.profile_scores"
        f" where model_name = '{promoted[0]}'"
    )
    assert methods == [("rule",)]


@pytest.mark.slow
def test_a_champion_is_judged_by_what_it_did_not_learn_from(trained, new_world):
    world = new_world(copy_of=trained)
    name = "buy_30_days"
    assert trained.report[name]["status_code"] == "promoted"

    def retrained(champions_day: datetime) -> tuple[str, list[int]]:
        """Why the next version was refused, and of which cut-offs the champion was asked."""
        with world.open() as warehouse:
            schema = Registry(warehouse).schema
            warehouse.execute(
                f"update {schema}.model_version set trained_as_of = ?"
                " where model_name = ? and version_number = 1",
                [champions_day, name],
            )
            [definition] = [one for one in fitting.definitions(warehouse) if one.name == name]
            names = fitting.feature_names(warehouse, definition.entity)
            rows = fitting.read_rows(warehouse, name, names, definition.entity)
            report = training.train(Registry(warehouse), definition, rows, names, AS_OF)
        asked = world.rows(
            f"select cutoff_date from {schema}.model_backtest where scorer_name = 'champion'"
            f" and model_name = '{name}' and version_number = {report['version_number']}"
        )
        return report["reason_code"], sorted((AS_OF.date() - day).days for (day,) in asked)

    assert retrained(AS_OF) == ("champion_too_new", [])
    assert retrained(AS_OF - timedelta(days=30)) == ("not_better_than_champion", [30])
    assert retrained(AS_OF - timedelta(days=90))[1] == [30, 60]


@pytest.mark.slow
def test_champions_are_checked_for_age_drift_and_calibration(trained, new_world, monkeypatch):
    from conftest import environment

    from orchestration import checks
    from orchestration.warehouse import open_warehouse

    world = new_world(copy_of=trained)
    # dbt in this process holds the file for writing.
    monkeypatch.setattr(checks, "open_warehouse", lambda read_only: open_warehouse())

    def passed() -> dict[str, bool]:
        with environment(**world.variables):
            return {result.check_name: result.passed for result in checks.model_health()}

    with world.open() as warehouse:
        warehouse.execute("update prediction_registry.model_version set calibration_error = .02")
        warehouse.execute("update predictions.model_drift set is_shifted = false")
    world.dbt("run", "-s", "model_health")
    champions = world.rows("select count(*) from predictions.model_champions")
    assert world.rows("select count(*) from predictions.model_health") == champions
    assert passed() == {"is_fresh": True, "is_steady": True, "is_calibrated": True}
    with world.open() as warehouse:
        warehouse.execute("update prediction_registry.model_version set calibration_error = .04")
        warehouse.execute(
            "update predictions.model_drift set is_shifted = true where feature_name = 'score'"
        )
    world.variables["CDP_AS_OF"] = "2026-07-20 00:00:00"
    world.dbt("run", "-s", "model_health")
    assert passed() == {"is_fresh": False, "is_steady": False, "is_calibrated": False}


@pytest.mark.slow
def test_shuffled_labels_promote_nothing(trained, new_world):
    world = new_world(copy_of=trained)
    names = seed_features()
    with world.open() as warehouse:
        rows = fitting.read_rows(warehouse, "buy_30_days", names)
        definition = next(
            found for found in fitting.definitions(warehouse) if found.name == "buy_30_days"
        )
        statuses = []
        for draw in range(2):
            labels = np.random.default_rng(draw).permutation(rows.labels)
            shuffled = fitting.Rows(
                rows.people, rows.days_before, rows.cutoffs, rows.features, labels
            )
            found = training.train(Registry(warehouse), definition, shuffled, names, AS_OF)
            statuses.append(found["status_code"])
    assert statuses == ["refused"] * 2


FEATURES = "predictions.int_predictions__features"


def lay_clickers(warehouse) -> None:
    """Buyers by BG/NBD whose next year depends on what they click today, which BG/NBD cannot see:
    1,000 more where they click. Who clicks is drawn anew each year."""
    columns = warehouse.execute(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = 'predictions' and table_name = 'int_predictions__features'"
        " order by ordinal_position"
    )
    empty = {"date": None, "boolean": False, "character varying": "", "varchar": ""}
    dice, rows = random.Random(5), []
    for person in range(400):
        first = AS_OF.date() - timedelta(dice.randint(800, 1500))
        wait, leaves = 1 / dice.gammavariate(1, 1 / 60), dice.betavariate(1, 4)
        mean, ordered = dice.gammavariate(4, 15), [first]
        while dice.random() > leaves and len(ordered) < 60:
            ordered.append(ordered[-1] + timedelta(max(1, int(dice.expovariate(1 / wait)))))
        amounts = [dice.gammavariate(6, mean / 6) for _ in ordered]
        clicked = 0
        for days in (730, 365, 0):
            cutoff, clicks = AS_OF.date() - timedelta(days), dice.randint(0, 1)
            count = sum(day < cutoff for day in ordered)
            spend = sum(amounts[:count])
            said = {
                "profile_id": f"buyer {person}",
                "days_before": days,
                "cutoff_date": cutoff,
                "first_order_date": first,
                "last_order_date": ordered[count - 1],
                "spend_amount": spend + 1000 * clicked,
                "repeat_amount": spend - amounts[0],
                "is_buyer": True,
                "order_count": count,
                "days_since_first_order": (cutoff - first).days,
                "spend_rate_amount": spend * 365 / (cutoff - first).days,
                "email_click_90_count": clicks,
            }
            rows.append([said.get(name, empty.get(kind.lower(), 0)) for name, kind in columns])
            clicked += clicks
    warehouse.execute(f"delete from {FEATURES}")
    marks = ", ".join("?" for _ in columns)
    for row in rows:
        warehouse.execute(f"insert into {FEATURES} values ({marks})", row)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_learned_lifetime_value_scores_where_it_wins(engine, request, new_world):
    if engine == "duckdb":
        world = new_world(copy_of=request.getfixturevalue("duckdb_world"))
    else:
        world = request.getfixturevalue("new_postgres_world")()
    names = seed_features()
    scored = ("int_predictions__model_scores", "int_predictions__lifetimes", "profile_scores")
    spend = (
        "select profile_id, expected_spend_amount from predictions.int_predictions__lifetimes"
        " order by md5(profile_id), profile_id"
    )
    with world.open() as warehouse:
        lay_clickers(warehouse)
        found = lifetime_training.train_lifetime(Registry(warehouse), AS_OF)
        assert (found["algorithm_code"], found["status_code"]) == ("boosted_trees", "promoted")
        years = [lifetime_training.read_buyers(warehouse, days, names) for days in (730, 365, 0)]
    world.dbt("run", "-s", "model_champions", *scored, "profile_score_reasons")

    spent = [lifetime_training.spent_until(*years[:2]), lifetime_training.spent_until(*years[1:])]
    features = np.concatenate([years[0]["features"], years[1]["features"]])
    pipeline = lifetime_training.fit_spend(features, np.concatenate(spent))
    said = lifetime_training.learned_spend(pipeline, years[2]["features"])
    rows = world.rows(spend)
    assert [row[0] for row in rows] == list(years[2]["profile_id"])
    learned = np.array([row[1] for row in rows], dtype=float)
    assert learned == pytest.approx(said, rel=1e-6)  # leaves are 32-bit numbers
    listed = world.rows(
        "select count(*), count(distinct profile_id), count(score_high), min(method_code)"
        f" from predictions.profile_scores where model_name = '{lifetime_training.LIFETIME}'"
    )
    assert listed == [(400, 400, 400, "model")]
    reasons = world.rows(
        "select feature_name from predictions.profile_score_reasons"
        f" where model_name = '{lifetime_training.LIFETIME}' and reason_number = 1"
        " group by feature_name order by count(*) desc limit 1"
    )
    assert reasons == [("email_click_90_count",)]

    # Of one year alone nobody can learn and be judged: the closed form says all of it.
    with world.open() as warehouse:
        warehouse.execute(f"delete from {FEATURES} where days_before = 730")
        found = lifetime_training.train_lifetime(Registry(warehouse), AS_OF)
        Registry(warehouse).decide(lifetime_training.LIFETIME, 2, "somebody", "test", AS_OF)
    assert (found["version_number"], found["algorithm_code"]) == (2, "bg_nbd_gamma_gamma")
    world.dbt("run", "-s", "model_champions", *scored)
    assert np.abs(lifetimes_as_published(world, 2)).max() < 1e-6
    closed = world.rows(
        "select max(abs(expected_spend_amount - expected_order_count * expected_order_amount))"
        " from predictions.int_predictions__lifetimes"
    )
    assert closed[0][0] < 1e-9


@pytest.mark.slow
@pytest.mark.postgres
def test_postgres_scores_as_duckdb_does(new_postgres_world, trained):
    world = built(new_postgres_world())
    features = (
        "select * from predictions.int_predictions__features order by profile_id, days_before"
    )
    assert world.rows(features) == trained.rows(features)
    companies = "select * from predictions.int_predictions__account_features order by 1, 2"
    assert world.rows(companies) == trained.rows(companies)
    with trained.open() as warehouse:
        registered = {
            table: warehouse.execute(f"select * from prediction_registry.{table}")
            for table in (
                "model_version",
                "model_parameter",
                "model_effect",
                "model_calibration",
                "model_promotion",
                "interest_centroid",
            )
        }
    with world.open() as warehouse:
        registry = Registry(warehouse)
        for table, rows in registered.items():
            columns = training_columns(table)
            registry.add(table, [dict(zip(columns, row, strict=True)) for row in rows])
    world.dbt("run", "-s", PREDICTIONS)
    assert np.abs(lifetimes_as_published(world)).max() < 1e-6
    for algorithm in fitting.ALGORITHMS:
        assert np.abs(scores_as_predicted(world, algorithm)).max() < 1e-6
    for table in (
        "profile_scores",
        "account_scores",
        "profile_score_reasons",
        "profile_interest_clusters",
        "model_drift",
    ):
        ours = trained.contents("predictions", table)
        assert len(ours) > 1 and ours == world.contents("predictions", table), table


def training_columns(table: str) -> list[str]:
    from orchestration.predictions.registry import tables

    return list(tables()[table])


# --- Judging ------------------------------------------------------------------------------------


def test_auc_counts_ties_half():
    assert auc(np.array([0, 1, 0, 1]), np.array([1.0, 1.0, 0.0, 2.0])) == 0.875
    assert auc(np.array([1, 1]), np.array([1.0, 2.0])) == 0.5


def test_gini_shares_value_among_ties_in_whatever_order_rows_come():
    value, score = np.array([0.0, 0.0, 0.0, 8.0]), np.array([1.0, 2.0, 2.0, 2.0])
    assert gini(value, score) == pytest.approx(1 / 3)
    assert gini(value[::-1], score[::-1]) == pytest.approx(1 / 3)
    assert gini(value, value) == 1 and gini(value, -value) == -1
    assert gini(value, np.ones(4)) == 0


def test_paired_gain_of_equals_is_nothing_and_of_better_is_something():
    random = np.random.default_rng(1)
    label = random.integers(0, 2, 600)
    people = np.arange(600)
    good, noise = label + random.normal(0, 1, 600), random.normal(0, 1, 600)
    assert paired_gain(people, label, good, good) == (0, 0, 0)
    assert paired_gain(people, label, good, noise)[1] > 0


def test_a_rival_is_beaten_on_the_rows_it_can_be_asked_of():
    random = np.random.default_rng(1)
    label, people, cutoffs = random.integers(0, 2, 900), np.arange(900), np.arange(900) // 300
    good, noise = label + random.normal(0, 1, 900), random.normal(0, 1, 900)

    def reason(rivals, cutoffs=None):
        return verdict(people, label, good, rivals, cutoffs=cutoffs)["reason_code"]

    unknown = np.full(900, np.nan)
    assert reason({"rule": noise}) == "beats_rule_and_champion"
    assert reason({"rule": noise, "champion": unknown}) == "champion_too_new"
    assert reason({"rule": good, "champion": unknown}) == "not_better_than_rule"
    known_later = np.where(cutoffs == 2, noise, np.nan)
    assert reason({"rule": noise, "champion": known_later}) == "beats_rule_and_champion"
    better_once = np.where(cutoffs == 1, 10.0 * label, noise)
    assert reason({"rule": noise, "champion": better_once}, cutoffs) == "not_better_than_champion"


def test_calibration_error_sees_a_score_twice_too_high():
    random = np.random.default_rng(2)
    chance = random.uniform(0, 0.5, 20_000)
    label = (random.uniform(size=20_000) < chance).astype(int)
    assert calibration_error(calibration(chance, label)) < 0.02
    assert calibration_error(calibration(2 * chance, label)) > 0.2


def test_a_lifetime_model_must_not_rank_worse_than_a_rule():
    spent = np.arange(10.0)
    rivals = {"good": spent, "bad": -spent}
    swapped = spent[[0, 1, 2, 3, 4, 5, 6, 7, 9, 8]]

    def reason(said, low):
        return lifetime_training.verdict(spent, said, rivals, low)["reason_code"]

    assert reason(2 * spent, 0.1) == "beats_rule_and_champion"
    assert reason(swapped, 0.1) == "ranks_worse_than_rule"
    assert reason(2 * spent, 0.0) == "not_better_than_rule"


def test_platt_takes_half_of_a_score_twice_too_high_and_leaves_noise_alone():
    random = np.random.default_rng(3)
    chance = random.uniform(0.02, 0.45, 20_000)
    label = (random.uniform(size=20_000) < chance).astype(int)
    scores = training.platt(2 * chance, label).of(2 * chance)
    assert calibration_error(calibration(scores, label)) < 0.03
    assert auc(label, scores) == pytest.approx(auc(label, chance))
    unchanged = training.Calibration()
    assert training.platt(1 - chance, label) == unchanged
    assert training.platt(chance[:20], label[:20]) == unchanged
    assert unchanged.sql("select 1") == "select 1"


def test_a_calibration_knows_nothing_of_its_cut_offs_own_horizon():
    random = np.random.default_rng(4)
    count = 8_000
    days = np.repeat([30, 60, 90, 120], count // 4)
    features = random.normal(0, 1, (count, 1)).astype(np.float32)
    label = (random.uniform(size=count) < 1 / (1 + np.exp(1 - features[:, 0]))).astype(int)
    people = np.arange(count).astype(str).astype(object)

    def said(labels):
        rows = fitting.Rows(people, days, days.astype(object), features, labels)
        return training.back_test(training.Unseen("logistic", rows, 30), [30, 60], True).scores

    asked_first = np.where(days == 30, 1 - label, label)
    assert np.array_equal(said(label), said(asked_first))
    assert not np.array_equal(said(label), said(np.where(days == 60, 1 - label, label)))


def test_a_long_horizon_is_calibrated_by_the_season_of_the_year_before():
    count = 2_000
    days = np.repeat([*range(90, 366, 30), 395, 425, 455, 485], count)
    people = np.arange(len(days)).astype(str).astype(object)

    def tried(swing: float, flipped: int = 0) -> tuple[training.Calibration, float, float]:
        """What scores at 90 are calibrated by, and their error without it and with it."""
        random = np.random.default_rng(6)
        features = random.normal(0, 1, (len(days), 1)).astype(np.float32)
        odds = features[:, 0] + swing * np.cos(2 * np.pi * (days - 90) / 365)
        label = (random.uniform(size=len(days)) < 1 / (1 + np.exp(-odds))).astype(int)
        label = np.where(days == flipped, 1 - label, label)
        rows = fitting.Rows(people, days, days.astype(object), features, label)
        unseen = training.Unseen("logistic", rows, 90)
        found, asked = unseen.calibration(90), unseen.asked(90).labels
        without, left = (
            calibration_error(calibration(scores, asked))
            for scores in (unseen.scores(90), found.of(unseen.scores(90)))
        )
        return found, without, left

    found, without, left = tried(0.5)
    assert found.slope == pytest.approx(1, abs=0.1) and left < without / 2
    assert abs(tried(0.0)[0].shift) < 0.03
    # What was not over at the cut-off is not known.
    assert all(tried(0.5, flipped=later)[0] == found for later in (90, 120, 150))
    assert tried(0.5, flipped=455)[0] != found


def test_a_long_horizon_is_spread_as_the_newest_cut_off_that_is_over_says(monkeypatch):
    random = np.random.default_rng(7)
    days = np.repeat([*range(90, 366, 30), 395, 425, 455, 485], 10_000)
    features = random.normal(0, 1, (len(days), 1)).astype(np.float32)
    label = (random.uniform(size=len(days)) < 1 / (1 + np.exp(-2 * features[:, 0]))).astype(int)
    people = np.arange(len(days)).astype(str).astype(object)
    rows = fitting.Rows(people, days, days.astype(object), features, label)
    # A model that says half of what it should, as one that has learned too little does.
    shy = fitting.probability
    monkeypatch.setattr(
        training, "probability", lambda *known: 1 / (1 + np.exp(-fitting.logit(shy(*known)) / 2))
    )
    unseen = training.Unseen("logistic", rows, 90)
    found, asked = unseen.calibration(90), unseen.asked(90).labels
    assert found.slope == pytest.approx(2, abs=0.2)
    assert calibration_error(calibration(unseen.scores(90), asked)) > 0.05
    assert calibration_error(calibration(found.of(unseen.scores(90)), asked)) < 0.02


def test_every_feature_has_words_and_every_word_a_feature():
    macro = (PROJECT_DIR / "macros/predictions/feature_names.sql").read_text(encoding="utf-8")
    listed = {part for part in macro.split("'")[1::2]} - {"person", "account"}
    assert listed == {*seed_features(), *seed_features("account")}
