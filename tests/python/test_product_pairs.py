"""Pairs of products that the same people touched: whatever comes, goes or changes between two runs,
the table holds what a count from nothing finds, on both engines."""

from collections import Counter
from itertools import combinations
from random import Random

import pytest
from conftest import World

LAST = 3  # products that a person counts with
OPTIONS = ("--vars", f"{{pair_products_per_person: {LAST}, pair_people_min: 1}}")
MODELS = ("int_predictions__pairs", "product_recommendations")
PAIRS = "select relation_code, product_id, other_product_id, people_count from"


class Shop:
    """Touches of people, by way and person: {product: day}."""

    def __init__(self) -> None:
        self.random = Random(6)
        self.touched = {(way, person): {} for way in ("bought", "viewed") for person in range(40)}
        self.change(1.0)

    def change(self, share: float) -> None:
        """A share of the people: new and late touches, others corrected, and some forgotten."""
        for products in self.touched.values():
            if self.random.random() > share:
                continue
            for product in self.random.sample(range(8), self.random.randrange(5)):
                products[product] = self.random.randrange(1, 29)
            for product in self.random.sample(sorted(products), len(products) // 3):
                del products[product]

    def merge(self) -> None:
        """One person turns out to be another, who keeps the later day of either."""
        for way in ("bought", "viewed"):
            other = self.touched.pop((way, 7))
            mine = self.touched[way, 8]
            mine |= {product: max(day, mine.get(product, 0)) for product, day in other.items()}

    def land(self, world: World) -> None:
        """What the models read."""
        with world.open() as warehouse:
            for way, table, column in (
                ("bought", "int_predictions__baskets", "order_date"),
                ("viewed", "int_predictions__views", "touched_date"),
            ):
                rows = ", ".join(
                    f"('{person}', 'p{product}', date '2026-06-{day:02d}')"
                    for (kind, person), products in self.touched.items()
                    for product, day in products.items()
                    if kind == way
                )
                warehouse.execute(f"delete from predictions.{table}")
                warehouse.execute(
                    f"insert into predictions.{table} (profile_id, product_id, {column})"
                    f" values {rows}"
                )

    def counted(self) -> list[tuple]:
        """How many people have two products among their last, counted one by one."""
        found: Counter = Counter()
        for (way, _), products in self.touched.items():
            last = sorted(products, key=lambda product: (-products[product], product))[:LAST]
            for one, other in combinations(sorted(last), 2):
                found[f"{way}_together", f"p{one}", f"p{other}"] += 1
        return sorted((*pair, count) for pair, count in found.items())


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.postgres)])
def world(request, tmp_path, new_world):
    """An empty warehouse with the tables that are read."""
    made = (
        new_world()
        if request.param == "duckdb"
        else World(tmp_path, CDP_TARGET="postgres", **request.getfixturevalue("postgres"))
    )
    with made.open() as warehouse:
        warehouse.execute("create schema predictions")
        for table, columns in (
            ("int_predictions__baskets", "profile_id varchar, product_id varchar, order_date date"),
            ("int_predictions__views", "profile_id varchar, product_id varchar, touched_date date"),
            ("recommendable_products", "product_id varchar, is_recommendable boolean"),
        ):
            warehouse.execute(f"create table predictions.{table} ({columns})")
        warehouse.execute(
            "insert into predictions.recommendable_products values "
            + ", ".join(f"('p{product}', {product != 5})" for product in range(8))
        )
    return made


@pytest.mark.slow
def test_pairs_after_changes_are_what_a_rebuild_finds(world):
    shop = Shop()

    def run(*options: str) -> tuple[list, list]:
        shop.land(world)
        world.dbt("run", "-s", *MODELS, *OPTIONS, *options)
        pairs = f"{PAIRS} predictions.int_predictions__pairs where profile_id = ''"
        assert sorted(world.rows(pairs)) == shop.counted()
        return (
            world.contents("predictions", "int_predictions__pairs"),
            world.contents("predictions", "product_recommendations"),
        )

    first = run()
    shop.change(0.2)
    changed = run()
    assert changed != first and run() == changed
    shop.change(0.2)
    shop.merge()
    assert run() == run("--full-refresh")
    recommended = {row[0] for row in world.rows(
        "select distinct recommended_product_id from predictions.product_recommendations"
    )}  # fmt: skip
    assert "p1" in recommended and "p5" not in recommended
