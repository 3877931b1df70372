"""Training, scoring and roll-back, on a small world whose purchases follow a known process."""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from orchestration.predictions import lifetime
from orchestration.predictions.judging import auc, calibration, calibration_error, paired_gain
from orchestration.predictions.registry import Registry
from orchestration.warehouse import PROJECT_DIR

training = pytest.importorskip("orchestration.predictions.training")

AS_OF = datetime(2026, 6, 30)
PEOPLE = 600
PREDICTIONS = "path:models/predictions"


def seed_features() -> list[str]:
    with (PROJECT_DIR / "seeds/rules/prediction_features.csv").open(encoding="utf-8") as file:
        return sorted(row["feature_name"] for row in csv.DictReader(file))


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
        warehouse.execute("delete from identity.identity_map")
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
            " timestamp '2024-07-01', timestamp '2026-06-01')"
            for person in range(people)
        )
        warehouse.execute(f"insert into identity.identity_map values {values}")


def built(world):
    land_orders(world)
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


def lifetimes_as_published(world) -> np.ndarray:
    """SQL scores beside the closed forms: purchases, alive, amount; one row per buyer."""
    with world.open() as warehouse:
        parameters = Registry(warehouse).parameters("lifetime_value_365_days", 1)
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
        rows = training.read_rows(warehouse, "buy_30_days", names)
        pipeline = training.fit(algorithm, rows.features, rows.labels)
        calibrated = training.Calibration(slope=1.3, shift=-0.4)
        sql = calibrated.sql(training.export_sql(pipeline, names))
        said = training.scored_by_sql(warehouse, sql, rows, names)
    assert len(said) > PEOPLE
    return said - calibrated.of(training.probability(pipeline, rows.features))


@pytest.mark.slow
def test_sql_says_what_the_closed_forms_say(trained):
    differences = lifetimes_as_published(trained)
    assert differences.shape[1] == PEOPLE
    assert np.abs(differences).max() < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("algorithm", sorted(training.ALGORITHMS))
def test_sql_says_what_predict_proba_says(trained, algorithm):
    assert np.abs(scores_as_predicted(trained, algorithm)).max() < 1e-6


@pytest.mark.slow
def test_a_future_row_changes_no_feature_of_the_past(trained, new_world):
    after = new_world(copy_of=trained)
    past = "select * from predictions.int_predictions__features where days_before > 0 order by 1, 2"
    before = after.rows(past)
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
    after.dbt("run", "-s", "int_predictions__features")
    assert after.rows(past) == before
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
def test_a_row_rolls_back(trained, new_world):
    world = new_world(copy_of=trained)
    promoted = [
        name
        for name, row in trained.report.items()
        if row["status_code"] == "promoted" and row.get("scoring_sql")
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
def test_shuffled_labels_promote_nothing(trained, new_world):
    world = new_world(copy_of=trained)
    names = seed_features()
    with world.open() as warehouse:
        rows = training.read_rows(warehouse, "buy_30_days", names)
        definition = next(
            found for found in training.definitions(warehouse) if found.name == "buy_30_days"
        )
        statuses = []
        for draw in range(2):
            labels = np.random.default_rng(draw).permutation(rows.labels)
            shuffled = training.Rows(
                rows.people, rows.days_before, rows.cutoffs, rows.features, labels
            )
            found = training.train(Registry(warehouse), definition, shuffled, names, AS_OF)
            statuses.append(found["status_code"])
    assert statuses == ["refused"] * 2


@pytest.mark.slow
@pytest.mark.postgres
def test_postgres_scores_as_duckdb_does(new_postgres_world, trained):
    world = built(new_postgres_world())
    features = (
        "select * from predictions.int_predictions__features order by profile_id, days_before"
    )
    assert world.rows(features) == trained.rows(features)
    with trained.open() as warehouse:
        registered = {
            table: warehouse.execute(f"select * from prediction_registry.{table}")
            for table in (
                "model_version",
                "model_parameter",
                "model_effect",
                "model_calibration",
                "model_promotion",
            )
        }
    with world.open() as warehouse:
        registry = Registry(warehouse)
        for table, rows in registered.items():
            columns = training_columns(table)
            registry.add(table, [dict(zip(columns, row, strict=True)) for row in rows])
    world.dbt("run", "-s", PREDICTIONS)
    assert np.abs(lifetimes_as_published(world)).max() < 1e-6
    for algorithm in training.ALGORITHMS:
        assert np.abs(scores_as_predicted(world, algorithm)).max() < 1e-6
    for table in ("profile_scores", "profile_score_reasons", "model_drift"):
        ours = trained.contents("predictions", table)
        assert len(ours) > 1 and ours == world.contents("predictions", table), table


def training_columns(table: str) -> list[str]:
    from orchestration.predictions.registry import tables

    return list(tables()[table])


# --- Judging ------------------------------------------------------------------------------------


def test_auc_counts_ties_half():
    assert auc(np.array([0, 1, 0, 1]), np.array([1.0, 1.0, 0.0, 2.0])) == 0.875
    assert auc(np.array([1, 1]), np.array([1.0, 2.0])) == 0.5


def test_paired_gain_of_equals_is_nothing_and_of_better_is_something():
    random = np.random.default_rng(1)
    label = random.integers(0, 2, 600)
    people = np.arange(600)
    good, noise = label + random.normal(0, 1, 600), random.normal(0, 1, 600)
    assert paired_gain(people, label, good, good) == (0, 0, 0)
    assert paired_gain(people, label, good, noise)[1] > 0


def test_calibration_error_sees_a_score_twice_too_high():
    random = np.random.default_rng(2)
    chance = random.uniform(0, 0.5, 20_000)
    label = (random.uniform(size=20_000) < chance).astype(int)
    assert calibration_error(calibration(chance, label)) < 0.02
    assert calibration_error(calibration(2 * chance, label)) > 0.2


def test_a_lifetime_model_must_not_rank_worse_than_a_rule():
    lifetime_training = pytest.importorskip("orchestration.predictions.lifetime_training")
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
        rows = training.Rows(people, days, days.astype(object), features, labels)
        return training.back_test(training.Unseen("logistic", rows, 30), [30, 60], True).scores

    asked_first = np.where(days == 30, 1 - label, label)
    assert np.array_equal(said(label), said(asked_first))
    assert not np.array_equal(said(label), said(np.where(days == 60, 1 - label, label)))


def test_every_feature_has_words_and_every_word_a_feature():
    macro = (PROJECT_DIR / "macros/predictions/feature_names.sql").read_text(encoding="utf-8")
    listed = {part for part in macro.split("'")[1::2]}
    assert listed == set(seed_features())
