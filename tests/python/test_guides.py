"""The guides work as written: their blocks are copied into a copy of the project, which builds."""

import re
import shutil
from pathlib import Path

import pytest
from conftest import World, environment

from orchestration.activation.engine import run_sync
from orchestration.activation.stand_ins.http_json import StandIn
from orchestration.warehouse import PROJECT_DIR

pytestmark = pytest.mark.slow
DRIFTING = (
    "unit_test.cdp.seg_drifting_members.seg_drifting_members__60_days_are_not_more_than_60_days"
)
GUIDES = PROJECT_DIR / "docs" / "guides"
COPIED = ("docs", "models", "macros", "seeds", "tests/generic", "tests/unit/segments",
          "dbt_project.yml", "profiles.yml")  # fmt: skip


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
    project = copied_project(tmp_path)
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
    built = world.dbt(
        "build",
        *("-s", "path:models/staging/webinar", "trait_observations", "identifier_observations"),
        "int_canonical__record_observations",
        *("quarantined_rows", "path:models/identity", "profiles,path:models/profile"),
        *("path:models/profile/intermediate", "profile_trait_statements", "profile_traits"),
        "seg_drifting_members",
        *("int_segments__events", "int_segments__judged", "segment_members", "segment_history"),
        *("segment_sizes", "segment_catalog"),
        *("--exclude", "test_type:data"),
    )
    assert world.rows("select first_name from profile.profiles where first_name = 'Zoe'")
    assert world.rows(
        "select reason_code from canonical.quarantined_rows where source_name = 'webinar'"
    ) == [("missing_key",)]
    drifting = world.rows(
        "select profile_id from profile.profiles where is_loyalty_member and order_count >= 2"
        " and last_ordered_at < timestamp '2026-06-30' - interval 60 day"
        " and coalesce(open_ticket_count, 0) < 1 order by 1"
    )
    assert drifting
    assert drifting == world.rows(
        "select profile_id from segments.segment_members"
        " where segment_name = 'drifting_members' order by 1"
    )
    assert ("pass", DRIFTING) in {(str(row.status), row.node.unique_id) for row in built.result}


def copied_project(folder: Path) -> Path:
    """A copy of the project, to follow a guide in."""
    project = folder / "project"
    project.mkdir()
    for name in COPIED:
        source = PROJECT_DIR / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, project / name)
    return project


def test_the_guide_to_destinations_works_as_written(duckdb_world, new_world, tmp_path):
    project = copied_project(tmp_path)
    follow(project, "add_a_destination.md")
    world: World = new_world(copy_of=duckdb_world)
    world.variables |= {"DBT_PROJECT_DIR": str(project), "DBT_PROFILES_DIR": str(project)}
    text = (GUIDES / "add_a_destination.md").read_text(encoding="utf-8")
    build, take_in = re.findall(r"^\./run dbt build (-s so.*|-s sync_partner.*)$", text, re.M)
    world.dbt("build", *build.split(), "--exclude", "resource_type:unit_test")

    stand_in = StandIn(token="stand-in").start()  # noqa: S106
    world.variables |= {"CDP_PARTNER_URL": stand_in.url, "CDP_PARTNER_TOKEN": "stand-in"}
    try:
        with environment(**world.variables):
            dry = run_sync("partner__loyal_customers", dry_run=True)
            report = run_sync("partner__loyal_customers")
        assert dry.planned == report.confirmed == len(stand_in.members("loyal_customers")) > 0
    finally:
        stand_in.stop()
    world.dbt("build", *take_in.split(), "--exclude", "resource_type:unit_test")
    assert world.rows("select count(*) from activation.sync_receipts") == [(report.confirmed,)]
    keys = {row for row in re.findall(r"^\| `(\w+)`", text, re.M)}
    macro = (PROJECT_DIR / "macros" / "activation" / "sync.sql").read_text(encoding="utf-8")
    known = re.search(r"set optional = \[(.*?)\]", macro, re.S)
    assert known and set(re.findall(r"'(\w+)'", known[1])) - {"model"} <= keys
