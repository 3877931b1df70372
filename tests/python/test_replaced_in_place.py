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
                "macro-paths": [str(PROJECT_DIR / "macros" / "materialization")],
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

    def build(materialized: str, sql: str, contract: bool = False) -> tuple[bool, str, list[tuple]]:
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
            [(name, kind)] = tables
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
