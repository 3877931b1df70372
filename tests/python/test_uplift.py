"""Experiments and uplift: a planted effect is found, none is invented, no holdout is refused."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from orchestration.predictions.judging import Ranking, effect_of
from orchestration.predictions.registry import NotTrained, Registry

fitting = pytest.importorskip("orchestration.predictions.fitting")
uplift = pytest.importorskip("orchestration.predictions.uplift")

AS_OF = datetime(2026, 6, 30)
SENT_ON = date(2026, 5, 1)
PEOPLE = 3_000
MODEL = "order_uplift_30_days"
OUTCOMES = ("int_predictions__experiment_outcomes", "experiment_results")
MODELS = ("int_predictions__orders", "int_predictions__features", *OUTCOMES)


def drawn_people(effect: float) -> tuple[np.ndarray, ...]:
    """Who is held out, orders before, days since the last, who comes. Those of four orders or more
    come likelier by the effect when sent to; with fewer it changes nothing."""
    random = np.random.default_rng(5)
    orders = random.integers(1, 7, PEOPLE)
    is_control = random.uniform(size=PEOPLE) < 0.5
    chance = 0.15 + effect * (orders >= 4) * ~is_control
    comes = (random.uniform(size=PEOPLE) < chance).astype(int)
    last = random.integers(5, 200, PEOPLE)
    return is_control, orders, last, comes


def land_trial(world, effect: float) -> None:
    """The same as orders and assignments, over what the world has of them."""
    is_control, orders, last, comes = drawn_people(effect)
    bought, people, drawn = [], [], []
    for person in range(PEOPLE):
        days = [SENT_ON - timedelta(days=int(last[person]) + 30 * n) for n in range(orders[person])]
        days += [SENT_ON + timedelta(days=9)] * int(comes[person])
        bought += [
            f"('t', 'o', 'o:{person}|{n}', '{person}|{n}', 'k{person}', 'completed', 'web', 20, 0,"
            f" 0, false, timestamp '{day} 10:00:00', timestamp '{day} 10:00:00',"
            f" timestamp '{day} 10:00:00')"
            for n, day in enumerate(days)
        ]
        people.append(
            f"('k{person}', 'email', '', 'e{person}', 'declared', 'p{person:05d}', 1, true,"
            " timestamp '2024-07-01', timestamp '2026-06-01', 1, false)"
        )
        drawn.append(
            f"('a{person}', 's', 'x', 'p{person:05d}', 'marketing', 0.5, {is_control[person]},"
            f" false, timestamp '{SENT_ON}')"
        )
    columns = "source_name, source_table, record_key, order_id, identifier_key, status_code,"
    columns += " channel_code, total_amount, discount_amount, refund_amount, is_test,"
    columns += " ordered_at, updated_at, received_at"
    ids = ", ".join(f"('p{person:05d}')" for person in range(PEOPLE))
    with world.open() as warehouse:
        for table, listed, rows in (
            ("canonical.orders", f"({columns})", bought),
            ("identity.int_identity__map_current", "", people),
            (
                "activation.experiment_assignments",
                "(assignment_key, sync_name, audience_name, profile_id, purpose_code,"
                " control_share, is_control, is_known_late, assigned_at)",
                drawn,
            ),
        ):
            warehouse.execute(f"delete from {table}")
            for start in range(0, len(rows), 500):
                values = ", ".join(rows[start : start + 500])
                warehouse.execute(f"insert into {table} {listed} values {values}")
        warehouse.execute(
            "create or replace table profile.profiles as select profiles.* replace"
            f" (ids.profile_id as profile_id) from (values {ids}) as ids(profile_id)"
            " left join profile.profiles on false"
        )
    world.dbt("run", "-s", *MODELS)


def trained(world) -> dict:
    """What training says of the uplift model."""
    with world.open() as warehouse:
        [definition] = fitting.definitions(warehouse, "uplift")
        return uplift.train_uplift(Registry(warehouse), definition, AS_OF)


@pytest.mark.slow
def test_the_first_answer_of_the_draw_stays_booked(duckdb_world, new_world):
    world = new_world(copy_of=duckdb_world)
    assert world.rows("select count(*) from activation.experiment_assignments")[0][0] > 1
    with world.open() as warehouse:
        warehouse.execute("update activation.experiment_assignments set is_control = true")
        warehouse.execute(
            "delete from activation.experiment_assignments where assignment_key ="
            " (select min(assignment_key) from activation.experiment_assignments)"
        )
    before = world.contents("activation", "experiment_assignments")
    for options in ([], ["--full-refresh"]):
        world.dbt("run", "-s", "experiment_assignments", *options)
        after = world.contents("activation", "experiment_assignments")
        # The one that was taken out is booked again, the others stay as they were.
        assert len(after) == len(before) + 1 and set(before) <= set(after)


@pytest.mark.slow
def test_a_planted_effect_is_found_and_scored_in_sql(duckdb_world, new_world):
    world = new_world(copy_of=duckdb_world)
    land_trial(world, effect=0.3)
    found = trained(world)
    assert (found["status_code"], found["reason_code"]) == ("promoted", "beats_rule_and_champion")
    [(verdict, low, difference, high, people, held_out)] = world.rows(
        "select verdict_code, difference_low, difference, difference_high, treatment_count,"
        " control_count from predictions.experiment_results"
        " where sync_name = 's' and outcome_code = 'ordered'"
    )
    # Half of the people have four orders or more, so the effect on all is half of .3.
    assert verdict == "more" and low < difference < high and low < 0.15 < high
    assert people + held_out == PEOPLE
    world.dbt("run", "-s", "int_predictions__model_scores", "profile_scores")
    with world.open() as warehouse:
        [definition] = fitting.definitions(warehouse, "uplift")
        names = fitting.feature_names(warehouse, definition.entity)
        shown = uplift.read_trial(warehouse, definition, names)
        arms = uplift.fit_arms(shown.rows, shown.is_control)
        sql = Registry(warehouse).scoring_sql(MODEL, 1)
        said = fitting.scored_by_sql(warehouse, sql, shown.rows, names)
    assert len(said) == PEOPLE
    assert np.abs(said - uplift.uplift(arms, shown.rows.features)).max() < 1e-6
    many = shown.rows.features[:, names.index("order_count")] >= 4
    assert said[many].mean() > 0.2 and abs(said[~many].mean()) < 0.08
    scored = world.rows(
        "select method_code, count(*), count(score) from predictions.profile_scores"
        f" where model_name = '{MODEL}' group by 1"
    )
    assert scored == [("model", PEOPLE, PEOPLE)]


@pytest.mark.slow
def test_no_effect_and_no_holdout_promote_nothing(duckdb_world, new_world):
    world = new_world(copy_of=duckdb_world)
    land_trial(world, effect=0.0)
    found = trained(world)
    assert found["status_code"] == "refused" and found["gain_low"] < 0
    [(verdict, low, high)] = world.rows(
        "select verdict_code, difference_low, difference_high from predictions.experiment_results"
        " where sync_name = 's' and outcome_code = 'ordered'"
    )
    assert verdict == "no_difference_shown" and low < 0 < high
    with world.open() as warehouse:
        warehouse.execute("delete from activation.experiment_assignments where is_control")
    world.dbt("run", "-s", *OUTCOMES)
    with pytest.raises(NotTrained) as refusal:
        trained(world)
    assert refusal.value.code == "no_control_group"
    [(verdict,)] = world.rows(
        "select verdict_code from predictions.experiment_results"
        " where sync_name = 's' and outcome_code = 'ordered'"
    )
    assert verdict == "too_few_people"


def test_effect_of_averages_to_the_effect_whatever_the_share_held_out():
    random = np.random.default_rng(6)
    share = random.choice([0.1, 0.5], 200_000)
    is_control = random.uniform(size=len(share)) < share
    outcome = (random.uniform(size=len(share)) < 0.2 + 0.1 * ~is_control).astype(int)
    assert effect_of(outcome, is_control, share).mean() == pytest.approx(0.1, abs=0.01)


def test_qini_is_nothing_for_one_score_and_something_for_the_truth():
    effect = np.array([0.0, 0.0, 1.0, 1.0])
    everybody = np.ones(4)
    assert Ranking(np.zeros(4)).qini(effect, everybody) == 0
    # Both with an effect are chosen first: 1/8 of an outcome per person more than by lot.
    assert Ranking(effect).qini(effect, everybody) == pytest.approx(0.125)
    assert Ranking(-effect).qini(effect, everybody) == pytest.approx(-0.125)
