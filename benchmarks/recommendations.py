"""Recommendations for people who were never landed: baskets and views of a known shape go straight
into the tables the recommendation models read, and dbt runs those models.

A fifth of the people are visitors who only looked. Products sell by Zipf's law, half of what a
person touches is of the person's own corner of the catalogue. The plain way is the co-occurrence
join of the same baskets and views, with nothing but a count.
"""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path

import duckdb

from benchmarks.build import warehouse_in
from benchmarks.profile import model_seconds, seconds
from benchmarks.results import figure

MEMORY_LIMIT = "3GB"  # DuckDB's; dbt and what DuckDB does not count take the rest of four
BUYER_SHARE = 0.8
TOUCHES = 4
CORNER = 200  # products that people of one taste share
MODELS = ("recommendable_products", "recommendation_evaluation", "int_predictions__pairs",
          "product_recommendations", "profile_recommendations")  # fmt: skip
PAIRING = ("int_predictions__pairs", "product_recommendations")


def touches(people: int, products: int, salt: str) -> str:
    """A select of profile_id, product_id and a day: up to twice TOUCHES of each person."""
    draw = f"hash('{salt}' || person || '|' || number)"
    zipf = f"cast(floor(exp(({draw} % 100003) / 100003.0 * ln({products}))) as bigint) - 1"
    corner = f"(person % {products // CORNER}) * {CORNER} + {draw} % 97 * ({draw} % 13) % {CORNER}"
    return (
        "select 'p' || person as profile_id,"
        f" 'product_' || case when {draw} % 2 = 0 then {zipf} else {corner} end as product_id,"
        f" date '2026-06-29' - cast({draw} % 180 as integer) as touched_date"
        f" from range({people}) as all_people(person), range({2 * TOUCHES}) as numbers(number)"
        f" where hash(person) % {2 * TOUCHES} >= number"
    )


def land(path: Path, people: int, products: int) -> None:
    """The tables that the models read; schemas as dbt names them."""
    buyers = int(people * BUYER_SHARE)
    with duckdb.connect(str(path)) as connection:
        for schema in ("predictions", "canonical"):
            connection.execute(f"create schema if not exists {schema}")
        for table, sql in {
            "predictions.int_predictions__baskets": (
                "select profile_id, product_id, touched_date as order_date"
                f" from ({touches(buyers, products, 'bought')}) group by all"
            ),
            "predictions.int_predictions__views": (
                "select profile_id, product_id, max(touched_date) as touched_date"
                f" from ({touches(people, products, 'viewed')}) group by all"
            ),
            "canonical.products": (
                "select 'product_' || n as product_id, 'erp' as source_name,"
                " 'k' || n as record_key, 'Product ' || n as product_name,"
                " 'c' || n % 40 as category_name,"
                " cast(5 + n % 90 as numeric(18, 2)) as price_amount, n % 50 > 0 as is_active,"
                f" timestamp '2026-01-01' as updated_at from range({products}) as numbers(n)"
            ),
            "canonical.inventory_levels": (
                "select 'product_' || n as product_id, n % 20 as available_quantity"
                f" from range({products}) as numbers(n)"
            ),
            "canonical.product_costs": (
                "select 'product_' || n as product_id, 'erp' as source_name,"
                " 'k' || n as record_key, cast(3 + n % 90 as numeric(18, 2)) as cost_amount,"
                f" timestamp '2026-01-01' as valid_from_at from range({products}) as numbers(n)"
            ),
        }.items():
            connection.execute(f"create or replace table {table} as {sql}")


def plain_join(table: str) -> str:
    """How often two products were touched by one person."""
    return (
        "create temp table counted as"
        " select one.product_id, other.product_id as other_product_id, count(*) as people_count"
        f" from (select distinct profile_id, product_id from predictions.{table}) as one"
        f" inner join (select distinct profile_id, product_id from predictions.{table}) as other"
        " on one.profile_id = other.profile_id and one.product_id <> other.product_id"
        " group by all having count(*) >= 2"
    )


def recommendations(people: int, products: int) -> list[dict]:
    """Seconds per model, their memory, and pairs against the plain join."""
    with tempfile.TemporaryDirectory() as folder:
        environment = warehouse_in(Path(folder))
        path = Path(environment["CDP_DUCKDB_PATH"])
        land(path, people, products)
        environment["CDP_DUCKDB_MEMORY_LIMIT"] = MEMORY_LIMIT
        taken = {model: model_seconds(environment, model) for model in MODELS}
        plain = sum(
            seconds(environment, "counted", plain_join(table))
            for table in ("int_predictions__baskets", "int_predictions__views")
        )
        with duckdb.connect(str(path)) as connection:
            [(listed, visitors)] = connection.execute(
                "select count(distinct profile_id), count(distinct case when"
                f" cast(substr(profile_id, 2) as bigint) >= {int(people * BUYER_SHARE)}"
                " then profile_id end)"
                " from predictions.profile_recommendations"
            ).fetchall()
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    size = f"recommendations, {people:,} people, {products:,} products"
    return [
        *(figure(f"{size}: {model}", spent, "s", "lower") for model, spent in taken.items()),
        figure(f"{size}: plain co-occurrence join", plain, "s", "lower"),
        figure(
            f"{size}: {' and '.join(PAIRING)} / plain join",
            sum(taken[model] for model in PAIRING) / plain,
            "x",
            "lower",
        ),
        figure(f"{size}: memory of dbt with DuckDB", memory, "GiB", "lower", 4.0),
        figure(f"{size}: people with a list", listed, "people", "higher", people),
        figure(f"{size}: of them visitors", visitors, "people", "higher"),
    ]
