"""The guides work as written: their blocks are copied into a copy of the project, which builds."""

import re
import shutil
from pathlib import Path

import pytest
from conftest import World

from orchestration.warehouse import PROJECT_DIR

pytestmark = pytest.mark.slow
GUIDES = PROJECT_DIR / "docs" / "guides"
COPIED = ("docs", "models", "macros", "seeds", "tests/generic", "dbt_project.yml", "profiles.yml")


def blocks(guide: str) -> list[tuple[str, str]]:
    """The files that a guide names at the start of a line, with the block that follows."""
    text = (GUIDES / guide).read_text(encoding="utf-8")
    found = re.findall(r"^`([\w./]+)`.*?^```(?:sql|yaml|csv)\n(.*?)^```", text, re.M | re.S)
    assert found, f"{guide} names no file"
    return found


def follow(project: Path, guide: str) -> None:
    """Does what a guide says: a new file is written, rows go to the end of one that exists, and the
    lines for dbt_project.yml under the key that the block begins with."""
    for name, text in blocks(guide):
        path = project / name
        if name == "dbt_project.yml":
            key, lines = text.split("\n", 1)
            before, after = path.read_text(encoding="utf-8").split(f"{key}\n")
            path.write_text(f"{before}{key}\n{lines}{after}", encoding="utf-8")
        elif path.exists():
            path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def test_the_guides_work_as_written(duckdb_world, new_world, tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    for name in COPIED:
        source = PROJECT_DIR / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, project / name)
    follow(project, "add_a_source.md")
    follow(project, "add_a_segment.md")

    world: World = new_world(copy_of=duckdb_world)
    world.variables |= {"DBT_PROJECT_DIR": str(project), "DBT_PROFILES_DIR": str(project)}
    with world.open() as warehouse:
        warehouse.execute("create schema raw_webinar")
        warehouse.execute(
            "create table raw_webinar.signup as select * from (values"
            " ('s1', 'new.person@post.example', 'Zoe', '2026-06-01', '2026-06-02'),"
            " (null, 'nobody@post.example', 'Ann', '2026-06-01', '2026-06-02')"
            ") as rows (id, email, first_name, signed_up_at, _loaded_at)"
        )
    world.dbt(
        "build",
        *("-s", "path:models/staging/webinar", "trait_observations", "identifier_observations"),
        *("quarantined_rows", "path:models/identity", "profiles,path:models/profile"),
        *("path:models/profile/intermediate", "profile_traits", "seg_open_ticket"),
        *("segment_members", "segment_catalog"),
        *("--exclude", "resource_type:unit_test", "test_type:data"),
    )
    assert world.rows("select first_name from profile.profiles where first_name = 'Zoe'")
    assert world.rows(
        "select reason_code from canonical.quarantined_rows where source_name = 'webinar'"
    ) == [("missing_key",)]
    [(waiting,)] = world.rows("select count(*) from profile.profiles where open_ticket_count > 0")
    assert waiting > 0
    assert world.rows(
        "select count(*) from segments.segment_members where segment_name = 'open_ticket'"
    ) == [(waiting,)]
