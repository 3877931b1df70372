"""PostgreSQL makes tables without loops over sets whose sizes it cannot know."""

from pathlib import Path

import pytest
import yaml
from conftest import World

from orchestration.warehouse import PROJECT_DIR


@pytest.mark.postgres
@pytest.mark.parametrize("materialized", ["table", "incremental"])
def test_tables_are_planned_for_sets(
    tmp_path: Path, postgres: dict[str, str], materialized: str
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "told.sql").write_text(
        f"{{{{ config(materialized='{materialized}', schema='public') }}}}"
        " select current_setting('enable_nestloop') as setting"
    )
    folders = ("materialization", "portability")
    project = {"name": "cdp", "version": "1.0.0", "profile": "cdp"}
    project["macro-paths"] = [str(PROJECT_DIR / "macros" / folder) for folder in folders]
    (tmp_path / "dbt_project.yml").write_text(yaml.safe_dump(project))
    world = World(tmp_path, CDP_TARGET="postgres", **postgres)
    world.variables["DBT_PROJECT_DIR"] = str(tmp_path)
    for _ in range(2):
        world.dbt("run")
    [(schema,)] = world.rows(
        "select table_schema from information_schema.tables where table_name = 'told'"
    )
    told = world.rows(f"select setting from {schema}.told")
    assert set(told) == {("off",)}
    assert world.rows("show enable_nestloop") == [("on",)]
