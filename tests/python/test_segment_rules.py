"""Segment rules: random trees against an oracle on both engines, and errors that help."""

import json
import random
import re
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
import yaml
from conftest import AS_OF, World
from rule_oracle import Oracle

from orchestration.warehouse import PROJECT_DIR

NOW = datetime.fromisoformat(AS_OF)
TREES = 160
# Moments on both sides of every window that the trees use.
MOMENTS = [
    NOW + timedelta(days=days, seconds=seconds)
    for days in (-400, -90, -30, -7, -1, 0, 7, 14, 30)
    for seconds in (-1, 0, 1)
]
TABLES = {
    "profile.profiles": {
        "profile_id": "varchar", "profile_kind": "varchar", "country_code": "varchar",
        "nps_class_code": "varchar", "home_store_id": "varchar", "last_visited_store_id": "varchar",
        "account_id": "varchar", "order_count": "integer",
        "order_365_days_count": "integer", "open_ticket_count": "integer",
        "net_revenue_amount": "numeric(18,2)", "net_revenue_365_days_amount": "numeric(18,2)",
        "is_email_known": "boolean", "is_phone_known": "boolean", "birth_date": "date",
        "first_ordered_at": "timestamp",
        "last_ordered_at": "timestamp",
    },
    "identity.identity_map": {"identifier_key": "varchar", "profile_id": "varchar"},
    "segments.int_segments__events": {
        "identifier_key": "varchar", "event_type": "varchar", "store_id": "varchar",
        "product_id": "varchar", "revenue_amount": "numeric(18,2)", "is_bot": "boolean",
        "occurred_at": "timestamp",
    },
    "canonical.orders": {
        "source_name": "varchar", "order_id": "varchar", "identifier_key": "varchar",
        "channel_code": "varchar", "store_id": "varchar", "status_code": "varchar",
        "total_amount": "numeric(18,2)", "is_test": "boolean", "ordered_at": "timestamp",
    },
    "profile.purchase_lines": {
        "source_name": "varchar", "order_id": "varchar", "identifier_key": "varchar",
        "product_id": "varchar", "store_id": "varchar", "category_name": "varchar",
        "quantity": "integer",
        "line_amount": "numeric(18,2)", "ordered_at": "timestamp",
    },
    "profile.profile_affinities": {
        "profile_id": "varchar", "dimension_code": "varchar", "affinity_value": "varchar",
        "affinity_score": "numeric(18,2)",
    },
    "predictions.profile_scores": {
        "profile_id": "varchar", "model_name": "varchar", "band_code": "varchar",
        "rank_share": "numeric(18,2)", "version_number": "integer",
    },
    "canonical.message_events": {
        "identifier_key": "varchar", "channel_code": "varchar", "message_event_type": "varchar",
        "occurred_at": "timestamp",
    },
    "canonical.support_tickets": {
        "identifier_key": "varchar", "status_code": "varchar", "comment_count": "integer",
        "opened_at": "timestamp", "solved_at": "timestamp",
    },
    "canonical.survey_responses": {
        "identifier_key": "varchar", "survey_type": "varchar", "score": "numeric(18,2)",
        "product_id": "varchar", "responded_at": "timestamp",
    },
    "canonical.loyalty_events": {
        "identifier_key": "varchar", "loyalty_event_type": "varchar", "points": "integer",
        "occurred_at": "timestamp",
    },
    "canonical.subscriptions": {
        "identifier_key": "varchar", "plan_name": "varchar", "is_cancelling": "boolean",
        "period_amount": "numeric(18,2)", "started_at": "timestamp", "ended_at": "timestamp",
    },
    "b2b.account_people": {
        "account_id": "varchar", "profile_id": "varchar", "match_code": "varchar",
        "account_place": "integer",
    },
    "b2b.account_profiles": {
        "account_id": "varchar", "account_type": "varchar", "employee_count": "bigint",
        "last_ordered_at": "timestamp",
    },
    "canonical.opportunities": {
        "account_id": "varchar", "stage_name": "varchar", "amount": "numeric(18,2)",
        "is_won": "boolean", "closes_on": "date",
    },
    "canonical.products": {"product_id": "varchar", "brand_name": "varchar"},
    "canonical.stores": {
        "store_id": "varchar", "city_name": "varchar", "latitude": "double precision",
        "longitude": "double precision",
    },
}  # fmt: skip
TEXTS = ["known", "anonymous", "DE", "Aß%", "de'", "promoter", "detractor", "web", "store"]
KINDS = {
    "varchar": "text", "integer": "number", "bigint": "number", "numeric(18,2)": "number",
    "double precision": "number", "boolean": "truth", "date": "time", "timestamp": "time",
}  # fmt: skip
ENTITIES = {  # label: its table, and the moment of its rows
    "event": ("segments.int_segments__events", "occurred_at"),
    "purchase": ("canonical.orders", "ordered_at"),
    "purchased_product": ("profile.purchase_lines", "ordered_at"),
    "message": ("canonical.message_events", "occurred_at"),
    "ticket": ("canonical.support_tickets", "opened_at"),
    "survey_answer": ("canonical.survey_responses", "responded_at"),
    "loyalty_movement": ("canonical.loyalty_events", "occurred_at"),
    "subscription": ("canonical.subscriptions", "started_at"),
    "affinity": ("profile.profile_affinities", None),
    "prediction": ("predictions.profile_scores", None),
    "account": ("b2b.account_people", None),
}
TIMED = [label for label, (_, moment) in ENTITIES.items() if moment]
ACCOUNT = {"account_id": "account_id"}
RELATED = {
    ("profile", "home_store"): ("canonical.stores", {"store_id": "home_store_id"}),
    ("profile", "last_visited_store"): (
        "canonical.stores",
        {"store_id": "last_visited_store_id"},
    ),
    ("profile", "employer"): ("b2b.account_profiles", ACCOUNT),
    ("survey_answer", "product"): ("canonical.products", {"product_id": "product_id"}),
    ("account", "company"): ("b2b.account_profiles", ACCOUNT),
    ("account", "opportunity"): ("canonical.opportunities", ACCOUNT),
    ("event", "store"): ("canonical.stores", {"store_id": "store_id"}),
    ("event", "product"): ("canonical.products", {"product_id": "product_id"}),
    ("purchase", "store"): ("canonical.stores", {"store_id": "store_id"}),
    ("purchase", "line"): (
        "profile.purchase_lines",
        {"source_name": "source_name", "order_id": "order_id"},
    ),
    ("purchased_product", "store"): ("canonical.stores", {"store_id": "store_id"}),
    ("purchased_product", "product"): ("canonical.products", {"product_id": "product_id"}),
}


# --- Random rows and rules ----------------------------------------------------------------------


def random_rows(dice: random.Random) -> dict[str, list[dict]]:
    """Rows of every table, with many nulls and many values on the edges."""

    def value(column: str, data_type: str):
        if column not in ("profile_id", "identifier_key") and dice.random() < 0.2:
            return False if data_type == "boolean" and column.startswith("is_") else None
        return {
            "varchar": lambda: dice.choice(TEXTS),
            "integer": lambda: dice.randint(0, 4),
            "bigint": lambda: dice.randint(0, 4),
            "numeric(18,2)": lambda: Decimal(dice.randint(-200, 900)) / 2,
            "boolean": lambda: dice.random() < 0.3,
            "date": lambda: dice.choice(MOMENTS).date(),
            "timestamp": lambda: dice.choice(MOMENTS),
            "double precision": lambda: dice.choice([48.1, 48.2, 52.5, 53.6]) + dice.random(),
        }[data_type]()

    people = [f"p{number}" for number in range(40)]
    fixed = {
        "profile_id": lambda number: people[number % 40],
        "identifier_key": lambda number: f"k{number % 60}",
        "store_id": lambda number: dice.choice(["S1", "S2", "S3", None]),
        "home_store_id": lambda number: dice.choice(["S1", "S2", None]),
        "last_visited_store_id": lambda number: dice.choice(["S2", "S3", "S4", None]),
        "account_id": lambda number: dice.choice(["C1", "C2", "C3", "C4", None]),
        "product_id": lambda number: dice.choice(["A", "B", None]),
        "order_id": lambda number: f"o{number % 80}",
        "source_name": lambda number: "shop",
        "event_type": lambda number: dice.choice(["product_view", "add_to_cart", "search"]),
        "status_code": lambda number: dice.choice(["completed", "refunded", "cancelled"]),
        "dimension_code": lambda number: dice.choice(["category", "brand"]),
    }
    counts = {"profiles": 40, "identity_map": 60, "stores": 3, "products": 3,
              "account_profiles": 3, "account_people": 60, "opportunities": 12}  # fmt: skip
    rows = {}
    for table, columns in TABLES.items():
        rows[table] = [
            {
                column: fixed[column](number) if column in fixed else value(column, data_type)
                for column, data_type in columns.items()
            }
            for number in range(counts.get(table.split(".")[1], 240))
        ]
    for number, store in enumerate(rows["canonical.stores"]):
        store["store_id"] = f"S{number + 1}"
    for number, account in enumerate(rows["b2b.account_profiles"]):
        account["account_id"] = f"C{number + 1}"
    return rows


class Rules:
    """Random rules over the tables."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice

    def attribute(self, table: str) -> dict:
        """A comparison on some column."""
        dice, columns = self.dice, TABLES[table]
        column = dice.choice([name for name in columns if not name.endswith("_key")])
        kind = KINDS[columns[column]]
        node = {"attribute": column}
        if dice.random() < 0.15:
            return {**node, "is_known": dice.random() < 0.5}
        return {**node, **getattr(self, kind)(columns, column)}

    def text(self, columns: dict, column: str) -> dict:
        """A comparison of a text."""
        operator = self.dice.choice(
            ["is", "is_not", "in", "not_in", "contains", "starts_with", "ends_with"]
        )
        word = self.dice.choice([*TEXTS, "S1", "A", "category", "product_view"])
        others = [
            name
            for name in columns
            if KINDS[columns[name]] == "text" and name != column and not name.endswith("_key")
        ]
        if others and operator in ("is", "is_not") and self.dice.random() < 0.3:
            return {operator: {"attribute": self.dice.choice(others)}}
        if operator in ("in", "not_in"):
            return {operator: self.dice.sample(TEXTS, 3)}
        if operator in ("contains", "starts_with", "ends_with"):
            return {operator: self.dice.choice([word[:1], word[-2:], "%"])}
        return {operator: word}

    def number(self, columns: dict, column: str) -> dict:
        """A comparison of a number, now and then with another one."""
        others = [name for name in columns if KINDS[columns[name]] == "number" and name != column]
        operators = ["is", "is_not", "at_least", "at_most", "more_than", "less_than"]
        if others and self.dice.random() < 0.2:
            return {self.dice.choice(operators): {"attribute": self.dice.choice(others)}}
        if self.dice.random() < 0.2:
            return {self.dice.choice(["in", "not_in"]): [0, 2, 150.5]}
        value = self.dice.choice([0, 1, 2, 3, 150.5, -20])
        return {self.dice.choice(operators): value}

    def truth(self, columns: dict, column: str) -> dict:
        """A comparison of a truth."""
        others = [name for name in columns if columns[name] == "boolean" and name != column]
        if others and self.dice.random() < 0.3:
            return {"is": {"attribute": self.dice.choice(others)}}
        return {"is": self.dice.random() < 0.5}

    def time(self, columns: dict, column: str) -> dict:
        """A comparison of a moment."""
        operator = self.dice.choice(
            ["since", "before", "in_last_days", "in_last_hours", "in_next_days",
             "more_than_days_ago"]
        )  # fmt: skip
        if operator not in ("since", "before"):
            return {operator: self.dice.choice([1, 7, 24, 30])}
        if self.dice.random() < 0.2:
            return {"since": "2026-05-31", "before": "2026-06-23 00:00"}
        others = [name for name in columns if KINDS[columns[name]] == "time" and name != column]
        if others and self.dice.random() < 0.4:
            return {operator: {"attribute": self.dice.choice(others)}}
        return {operator: self.dice.choice(["2026-06-23", "2026-05-31 00:00:00", date(2026, 6, 1)])}

    def tree(self, label: str, table: str, depth: int) -> dict:
        """A condition on a row."""
        dice = self.dice
        if depth == 0 or dice.random() < 0.25:
            return self.leaf(label, table, depth)
        if dice.random() < 0.3:
            return {"not": self.tree(label, table, depth - 1)}
        parts = [self.tree(label, table, depth - 1) for _ in range(dice.randint(1, 3))]
        return {dice.choice(["all", "any"]): parts}

    def leaf(self, label: str, table: str, depth: int) -> dict:
        """A condition that has no parts."""
        dice = self.dice
        related = [name for ours, name in RELATED if ours == label]
        if table == "canonical.stores" and dice.random() < 0.6:
            place = {"latitude": 52.5, "longitude": 13}
            near = dice.choice([{"store": "S2"}, {"store": "S9"}, place])
            return {"near": {**near, "within_km": dice.choice([5, 80.5, 400, 6000])}}
        if related and dice.random() < 0.4:
            name = dice.choice(related)
            inner = self.tree(name, RELATED[label, name][0], 1)
            return {"has": name, "where": inner}
        if label == "profile" and dice.random() < 0.55:
            choice = dice.random()
            if choice < 0.15:
                return {"in_segment": dice.choice(["high_value", "promoters"])}
            return self.sequence() if choice < 0.4 else self.has()
        return self.attribute(table)

    def window(self) -> dict:
        """A stretch of time, or none."""
        return self.dice.choice(
            [{}, {"in_last_days": 30}, {"in_last_hours": 24}, {"since": "2026-05-31"},
             {"before": "2026-06-23", "since": "2025-01-01"}]
        )  # fmt: skip

    def has(self) -> dict:
        """A count or a sum of an entity's rows."""
        dice = self.dice
        name = dice.choice([*ENTITIES, "account", "account"])  # what it leads to matters
        table, moment = ENTITIES[name]
        node = {"has": name, **(self.window() if moment else {})}
        if dice.random() < 0.7:
            node["where"] = self.tree(name, table, 1)
            if dice.random() < 0.5:
                node["where"] = [node["where"], self.tree(name, table, 0)]
        numbers = [name for name, kind in TABLES[table].items() if KINDS[kind] == "number"]
        if numbers and dice.random() < 0.4:
            word = dice.choice(["at_least", "at_most", "exactly"])
            return {**node, "sum": dice.choice(numbers), word: dice.choice([0, 3, 100, 150.5])}
        counts = [
            {},
            {"at_least": 2},
            {"at_most": 0},
            {"exactly": 1},
            {"at_least": 1, "at_most": 3},
        ]
        return {**node, **dice.choice(counts)}

    def sequence(self) -> dict:
        """Two or three steps."""
        dice = self.dice
        steps = []
        count = dice.randint(2, 3)
        for number in range(count):
            word = "without" if number == count - 1 and dice.random() < 0.4 else "has"
            name = dice.choice(TIMED if dice.random() < 0.4 else ["event", "purchase"])
            step = {word: name}
            if dice.random() < 0.6:
                step["where"] = self.tree(name, ENTITIES[name][0], 1)
            if number and dice.random() < 0.6:
                step |= dice.choice([{"within_days": 7}, {"within_hours": 24}])
            steps.append(step)
        return {"sequence": steps, **self.window()}


def oracle(rows: dict[str, list[dict]]) -> Oracle:
    """The oracle over the rows, each with the person that the map names."""
    person = {row["identifier_key"]: row["profile_id"] for row in rows["identity.identity_map"]}

    def owned(table: str) -> list[dict]:
        found = [
            {"profile_id": person.get(row.get("identifier_key")), **row} for row in rows[table]
        ]
        if table == "segments.int_segments__events":
            return [row for row in found if row["is_bot"] is False]
        if table == "canonical.orders":
            return [
                row
                for row in found
                if row["is_test"] is False
                and row["status_code"] in ("completed", "refunded")
                and (row["total_amount"] or 0) > 0
            ]
        return found

    definitions = PROJECT_DIR / "models" / "segments" / "definitions"
    segments = {}
    for name in ("high_value", "promoters", "open_tickets"):
        text = (definitions / f"seg_{name}.sql").read_text(encoding="utf-8")
        text = text.replace("{{ var('high_value_orders') }}", "3")
        text = text.replace("{{ var('high_value_revenue') }}", "300")
        segments[name] = yaml.safe_load(re.sub(r"\{%.*?%\}", "", text))["rule"]
    return Oracle(
        NOW,
        rows["profile.profiles"],
        {label: (moment, owned(table)) for label, (table, moment) in ENTITIES.items()},
        {key: (rows[table], on) for key, (table, on) in RELATED.items()},
        segments,
    )


# --- Compiled and run ---------------------------------------------------------------------------


def compiled(world: World, rules: list) -> list[str]:
    """What rules may ask, as JSON, and the SQL of each rule, with relations as schema.table."""
    text = json.dumps(rules, default=str)
    inline = (
        "{{ [cdp.rule_operators('any'), cdp.segment_entities()] | tojson }}--next--"
        "{% for rule in fromjson('''" + text.replace("\\", "\\\\").replace("'", "\\'") + "''') %}"
        "{{ cdp.rule_members(cdp.rule_context('random', 'random.yml'), rule) }}--next--"
        "{% endfor %}"
    )
    sql = world.dbt("compile", "--inline", inline).result[0].node.compiled_code
    return [
        re.sub(r'"\w+"\."(\w+)"\."(\w+)"', r"\1.\2", part.strip())
        for part in sql.split("--next--")
        if part.strip()
    ]


def load(execute, rows: dict[str, list[dict]], prefix: str = "") -> None:
    """Creates the tables in schemas of their own."""

    def literal(value, data_type: str) -> str:
        text = "null" if value is None else "'" + str(value).replace("'", "''") + "'"
        return f"cast({text} as {data_type})"

    for schema in sorted({table.split(".")[0] for table in TABLES}):
        execute(f"create schema {prefix}{schema}")
    for table, columns in TABLES.items():
        values = ",".join(
            "(" + ",".join(literal(row[name], kind) for name, kind in columns.items()) + ")"
            for row in rows[table]
        )
        execute(f"create table {prefix}{table} as select * from (values {values}) as given"
                f" ({','.join(columns)})")  # fmt: skip


def generated() -> tuple[dict[str, list[dict]], list[dict]]:
    """Rows and rules from one seed."""
    dice = random.Random(20261123)
    rows = random_rows(dice)
    rules = Rules(dice)
    return rows, [rules.tree("profile", "profile.profiles", 3) for _ in range(TREES)]


def keys_of(node) -> set[str]:
    """Every key of a tree."""
    if isinstance(node, list):
        return set().union(*map(keys_of, node))
    if not isinstance(node, dict):
        return set()
    named = {f"has {node['has']}"} if "has" in node else set()
    return set(node) | named | set().union(*map(keys_of, node.values()))


def test_the_trees_use_all_that_the_compiler_knows(duckdb_sql):
    operators, entities = json.loads(duckdb_sql[0])
    related = {
        (label, name) for label, entity in entities.items() for name in entity.get("related", {})
    }
    assert set(entities) == {"profile", *ENTITIES} and related == set(RELATED)
    conditions = {"all", "any", "not", "attribute", "sequence", "without", "within_days",
                  "within_hours", "in_segment", "near", "where", "sum", "exactly"}  # fmt: skip
    things = {f"has {name}" for name in (*ENTITIES, *(name for _, name in related))}
    assert keys_of(generated()[1]) >= {*operators, *conditions, *things}


def assert_as_expected(rules: list, sqls: list[str], rows: dict, execute) -> None:
    """Every rule has the members that the oracle finds."""
    judge = oracle(rows)
    sizes = []
    for rule, sql in zip(rules, sqls, strict=True):
        expected = judge.members(rule)
        found = [row[0] for row in execute(f"select profile_id from ({sql}) as members")]
        assert sorted(found) == sorted(expected), f"{json.dumps(rule, default=str)}\n{sql}"
        sizes.append(len(expected))
    # A generator that finds nobody or everybody would prove nothing.
    assert sum(0 < size < 40 for size in sizes) > TREES // 2


@pytest.fixture(scope="module")
def duckdb_sql(tmp_path_factory) -> list[str]:
    folder = tmp_path_factory.mktemp("rules")
    world = World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))
    return compiled(world, generated()[1])


def test_random_rules_have_the_oracles_members_on_duckdb(duckdb_sql):
    rows, rules = generated()
    with duckdb.connect(":memory:") as connection:

        def execute(sql: str) -> list[tuple]:
            result = connection.execute(sql)
            return result.fetchall() if result.description else []

        load(execute, rows)
        assert_as_expected(rules, duckdb_sql[1:], rows, execute)


@pytest.mark.postgres
def test_random_rules_have_the_oracles_members_on_postgres(duckdb_sql, postgres, tmp_path):
    rows, rules = generated()
    world = World(tmp_path, CDP_TARGET="postgres", **postgres)
    sqls = compiled(world, rules)
    assert sqls == duckdb_sql, "the same SQL on every engine"
    schemas = "|".join(sorted({table.split(".")[0] for table in TABLES}))
    with world.open() as warehouse:
        load(warehouse.execute, rows, "rules_")
        prefixed = [
            re.sub(rf"\b({schemas})\.(?=\w+ as |\w+$|\w+\n)", r"rules_\1.", s) for s in sqls[1:]
        ]
        try:
            assert_as_expected(rules, prefixed, rows, warehouse.execute)
        finally:
            for schema in schemas.split("|"):
                warehouse.execute(f"drop schema rules_{schema} cascade")
