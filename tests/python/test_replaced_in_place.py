"""DuckDB's views and tables are replaced in one transaction: whole, or as they were."""

import duckdb
import pytest
import yaml
from conftest import environment
from dbt.cli.main import dbtRunner

from orchestration.warehouse import PROJECT_DIR


@pytest.fixture
def build(tmp_path):
    """Builds a model of the given materialization, text and contract; says what is there then."""
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text(
        yaml.safe_dump(
            {
                "name": "cdp",
                "version": "1.0.0",
                "profile": "cdp",
                "macro-paths": [
                    str(PROJECT_DIR / "macros" / folder)
                    for folder in ("materialization", "portability")
                ],
                "vars": {"rows_per_slice": 100},
            }
        )
    )
    variables = {
        "DBT_TARGET_PATH": str(tmp_path / "target"),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        "DBT_PROJECT_DIR": str(tmp_path),
        "CDP_TARGET": "duckdb",
        "CDP_DUCKDB_PATH": str(tmp_path / "cdp.duckdb"),
    }

    def build(
        materialized: str, sql: str, contract: bool = False, sliced_by: tuple[str, ...] = ()
    ) -> tuple[bool, str, list[tuple]]:
        (tmp_path / "models" / "thing.sql").write_text(sql)
        (tmp_path / "models" / "thing.yml").write_text(
            yaml.safe_dump(
                {
                    "models": [
                        {
                            "name": "thing",
                            "config": {
                                "schema": "main",
                                "materialized": materialized,
                                "contract": {"enforced": contract},
                                "meta": {"sliced_by": list(sliced_by)},
                            },
                            "columns": [{"name": "number", "data_type": "bigint"}],
                        }
                    ]
                }
            )
        )
        with environment(**variables):
            ran = dbtRunner().invoke(["run", "--quiet", "--no-version-check"])
        with duckdb.connect(variables["CDP_DUCKDB_PATH"]) as connection:
            tables = connection.execute(
                "select table_name, table_type from information_schema.tables"
            ).fetchall()
            [(name, kind)] = [row for row in tables if row[0] != "counted"]
            assert name == "thing", "nothing else is left behind"
            return ran.success, kind, connection.execute("select number from main.thing").fetchall()

    return build


def test_a_relation_changes_what_it_is(build):
    one, two = "select cast(1 as bigint) as number", "select cast(2 as bigint) as number"
    assert build("view", one) == (True, "VIEW", [(1,)])
    assert build("table", two) == (True, "BASE TABLE", [(2,)])
    assert build("view", one, contract=True) == (True, "VIEW", [(1,)])
    assert build("table", two, contract=True) == (True, "BASE TABLE", [(2,)])


# Found while binding, by the contract, and only while the rows are made (a view makes none).
FAILING = {
    "view": ["select no_such_column as number", "select 'text' as number"],
    "table": ["select no_such_column as number", "select 'text' as number", "select error('late')"],
}


@pytest.mark.parametrize("materialized", ["view", "table"])
def test_a_model_that_fails_leaves_what_was_there(build, materialized):
    assert build("table", "select cast(1 as bigint) as number") == (True, "BASE TABLE", [(1,)])
    for sql in FAILING[materialized]:
        assert build(materialized, sql, contract="text" in sql) == (False, "BASE TABLE", [(1,)])


# Keys end in hex digits; whatever else comes is in the first slice.
TEXTS = (
    "select n as number, case when n = 0 then null when n = 1 then '' when n < 9 then 'ü' || n"
    " else md5(cast(n as varchar)) end as key from range(1000) as numbers(n)"
)
SLICED = """
-- depends_on: {{{{ ref('counted') }}}}
with kept as (
    select * from ({texts}) as texts
    where {{{{ cdp.slice_of('key') }}}}
)
select cast(min(number) as bigint) as number from kept {group}
"""


def test_slices_together_are_the_whole(build, tmp_path):
    (tmp_path / "models" / "counted.sql").write_text("select * from range(1000) as numbers(n)")
    whole = build("table", SLICED.format(texts=TEXTS, group="group by key"))
    sliced = build("table", SLICED.format(texts=TEXTS, group="group by key"), True, ("counted",))
    assert sliced[:2] == whole[:2] == (True, "BASE TABLE")
    assert sorted(sliced[2]) == sorted(whole[2]) and len(whole[2]) == 1000
    # Without a key to group by there is a row per slice, so there were as many as were asked for.
    alone = build("table", SLICED.format(texts=TEXTS, group=""), True, ("counted",))
    assert len(alone[2]) == 11
    view = build("view", SLICED.format(texts=TEXTS, group=""))
    assert view == (True, "VIEW", [(0,)])
