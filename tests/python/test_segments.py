"""Segments over days: one pass equals each file, history, sudden sizes, preview and plan."""

import io
import json
import re
import shutil

import pytest
import yaml
from conftest import World, environment

from orchestration import plan as planning
from orchestration.preview import DoesNotCompile, preview, statements, yaml_problem
from orchestration.warehouse import PROJECT_DIR

pytestmark = pytest.mark.slow

NEXT_DAY = "2026-07-01 00:00:00"
BUILD = ["run", "-s", "int_segments__judged", "path:models/segments,config.materialized:table",
         "segment_history", "segment_sizes", "sync_guards"]  # fmt: skip
MINE = """{% call cdp.segment() %}
description: People with an address who are not among the top.
owner: a@example.com
purpose: marketing
expected_share: [0.0, 0.9]
rule:
  all:
    - {attribute: city, is_known: true}
    - {attribute: order_count, at_least: 2}
    - not: {in_segment: top_spenders}
{% endcall %}
"""


@pytest.fixture(scope="module")
def built(duckdb_world, tmp_path_factory) -> World:
    """A copy of the small world whose segments may be changed."""
    folder = tmp_path_factory.mktemp("segments")
    with duckdb_world.open() as warehouse:
        warehouse.execute("force checkpoint")
    shutil.copy(duckdb_world.folder / "cdp.duckdb", folder / "cdp.duckdb")
    shutil.copytree(duckdb_world.folder / "target", folder / "target")
    return World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=str(folder / "cdp.duckdb"))


def changes(world: World, moment: str) -> dict[tuple[str, str], int]:
    """How many entered and left for which reason at a moment."""
    rows = world.rows(
        "select 'entered', entered_because_code, count(*) from segments.segment_history"
        f" where entered_at = timestamp '{moment}' group by 2 union all"
        " select 'left', left_because_code, count(*) from segments.segment_history"
        f" where left_at = timestamp '{moment}' group by 2"
    )
    return {(movement, because): count for movement, because, count in rows}


def test_one_pass_finds_the_members_and_facts_of_each_file(duckdb_world):
    result = duckdb_world.dbt("compile", "-s", "path:models/segments/definitions")
    compared = 0
    for row in result.result:
        name = row.node.name.removeprefix("seg_")
        alone = duckdb_world.rows(f"select * from ({row.node.compiled_code}) as members")
        together = duckdb_world.rows(
            "select profile_id, evidence_json from segments.segment_members"
            f" where segment_name = '{name}'"
        )
        assert sorted(alone) == sorted(together), name
        compared += len(alone)
    assert compared > 300 and len(result.result) >= 30


def test_ready_made_segments_are_catalogued(duckdb_world):
    rows = duckdb_world.rows(
        "select segment_name, owner_email, purpose_code, is_size_expected, is_held"
        " from segments.segment_catalog"
    )
    assert len(rows) >= 25
    assert all(owner and purpose and fits and not held for _, owner, purpose, fits, held in rows)
    pairs = duckdb_world.rows("select count(*) from segments.segment_overlaps")
    assert pairs == [(len(rows) * (len(rows) - 1),)]


def test_history_says_who_entered_and_left_and_why(built):
    first = changes(built, built.variables["CDP_AS_OF"])
    assert set(first) == {("entered", "first_judged")}
    waiting = built.rows(
        "select profile_id from segments.segment_members where segment_name = 'open_tickets'"
    )
    new = built.rows(
        "select profile_id from profile.profiles where open_ticket_count = 0"
        " and profile_kind = 'known' order by profile_id limit 2"
    )
    with built.open() as warehouse:
        warehouse.execute("update profile.profiles set open_ticket_count = 0")
        for (profile,) in new:
            warehouse.execute(
                "update profile.profiles set open_ticket_count = 3 where profile_id = ?", [profile]
            )
    built.variables["CDP_AS_OF"] = NEXT_DAY
    built.dbt(*BUILD)
    history = built.rows(
        "select profile_id, left_because_code, left_evidence_json, entered_because_code,"
        " entered_evidence_json from segments.segment_history where segment_name = 'open_tickets'"
    )
    left = {row[0]: row[2] for row in history if row[1] == "facts_changed"}
    assert set(left) == {profile for (profile,) in waiting}
    assert set(left.values()) == {'{"open_ticket_count": "0"}'}
    entered = {row[0]: row[4] for row in history if row[3] == "facts_changed"}
    assert set(entered) == {profile for (profile,) in new}
    assert set(entered.values()) == {'{"open_ticket_count": "3"}'}

    before = built.contents("segments", "segment_history")
    built.dbt(*BUILD, "--full-refresh")
    assert built.contents("segments", "segment_history") == before, "it survives --full-refresh"
    built.variables["CDP_AS_OF"] = "2026-06-30 12:00:00"
    built.dbt(*BUILD)
    assert built.contents("segments", "segment_history") == before, "the past stays as booked"
    built.variables["CDP_AS_OF"] = NEXT_DAY
    built.dbt(*BUILD)


def test_a_changed_rule_is_told_from_changed_facts(built):
    built.variables["CDP_AS_OF"] = "2026-07-02 00:00:00"
    built.dbt(*BUILD, "--vars", json.dumps({"high_value_orders": 2, "high_value_revenue": 100}))
    rows = built.rows(
        "select segment_name, entered_because_code, count(*) from segments.segment_history"
        " where entered_at = timestamp '2026-07-02' and segment_name like 'high_value%'"
        " group by 1, 2 order by 1"
    )
    assert [row[:2] for row in rows] == [
        ("high_value", "rule_changed"),
        ("high_value_at_risk", "rule_changed"),
    ]
    versions = built.rows(
        "select count(distinct rule_version) from segments.segment_history"
        " where segment_name = 'high_value' and left_at is null"
    )
    assert versions == [(1,)], "who stays carries the new version"


def test_a_sudden_size_holds_syncs_until_a_row_accepts_it(built):
    def held() -> list[tuple]:
        return built.rows(
            "select is_sudden, is_held, member_count > 2 * baseline_count from"
            " segments.segment_sizes where segment_name = 'newsletter_active'"
            f" and measured_at = timestamp '{built.variables['CDP_AS_OF']}'"
        )

    def guards() -> list[tuple]:
        return built.rows(
            "select guard_code from activation.sync_guards"
            " where sync_name = 'demo_http__newsletter_audience'"
        )

    built.variables["CDP_AS_OF"] = "2026-07-03 00:00:00"
    with built.open() as warehouse:
        warehouse.execute(
            "update profile.profiles set last_event_at = null, last_ordered_at = null,"
            " last_message_engaged_at = null where substr(md5(profile_id), 1, 1) < 'c'"
        )
    built.dbt(*BUILD)
    assert [row[:2] for row in held()] == [(True, True)]
    members_desired = ["run", "-s", "sync_demo_http__newsletter_audience+"]
    built.dbt(*members_desired)
    assert guards() == [("segment_size",)]

    built.variables["CDP_AS_OF"] = "2026-07-04 00:00:00"
    built.dbt(*BUILD)
    assert [row[:2] for row in held()] == [(True, True)], "waiting does not make it normal"

    with built.open() as warehouse:
        warehouse.execute(
            "insert into rules.segment_size_approvals values ('newsletter_active', 0, 1000, 'Ada',"
            " 'a list was cleaned', date '2026-07-04', date '2026-08-01')"
        )
    built.dbt(*BUILD)
    built.dbt(*members_desired)
    assert [row[:2] for row in held()] == [(True, False)]
    assert guards() != [("segment_size",)]


def test_preview_shows_a_file_without_personal_values(built, tmp_path):
    file = tmp_path / "seg_mine.sql"
    file.write_text(MINE, encoding="utf-8")
    out = io.StringIO()
    with environment(**built.variables):
        preview(file, out)
    text = out.getvalue()
    [(expected,)] = built.rows(
        "select count(*) from profile.profiles where city is not null and order_count >= 2"
        " and profile_id not in (select profile_id from segments.segment_members"
        " where segment_name = 'top_spenders')"
    )
    assert expected > 10
    assert f"\n{expected} " in text.split("percent_of_profiles")[1]
    assert '"city": "known"' in text and "newsletter_active" in text
    assert "left join in_top_spenders" in text, "the SQL is shown"
    emails = built.rows("select email, full_name, city from profile.profiles where email <> ''")
    shown = text.split("Compiled")[0]
    assert not [part for row in emails for part in row[:2] if part and part in shown]


BAD_RULES = {
    "{attribute: order_cuont, at_least: 1}": (
        "rule.attribute: order_cuont is no attribute of profile; did you mean order_count? Allowed:"
    ),
    "{attribute: order_count, at_leest: 1}": (
        "rule: 'at_leest' does not compare order_count, a number; did you mean at_least?"
        " Allowed: is_known, is"
    ),
    "{attribute: order_count, equals: 1}": "a number; did you mean is? Allowed: is_known",
    "{attribute: order_count, since: 2026-01-01}": "compare order_count, a number;",
    "{or: [{attribute: order_count, is: 1}]}": "this one has or; did you mean any? Allowed: all,",
    "{order_count: 3}": "an attribute is compared like {attribute: order_count, is: 3}.",
    "{has: purchase, in_last_days: 30 days}": "rule.in_last_days: 30 days does not fit; a whole",
    "{has: purchase, in_last_day: 30}": "'in_last_day' is no key here; did you mean in_last_days?",
    "{attribute: order_count, at_least: many}": "rule.at_least: 'many' is no number",
    "{attribute: country_code, in: [DE, NO]}": "rule.in[2]: 'False' is no text; put it in quotes",
    '{attribute: last_ordered_at, since: "2026-02-30"}': "rule.since: '2026-02-30' is no day",
    "{all: [{attribute: order_count, is: 1}, {any: []}]}": "rule.all[2].any: is a list of at least",
    "{not: {has: tickets}}": "tickets is nothing that profile has; did you mean ticket?",
    "{has: event, where: {attribute: event, is: x}}": "rule.where.attribute: event is no",
    "{in_segment: nobody}": "rule.in_segment: nobody is no segment; allowed: ",
    "{in_segment: high_values}": "high_values is no segment; did you mean high_value? Allowed: h",
    "{sequence: [{has: event}, {without: affinity}]}": "rule.sequence[2].without: affinity happens",
}


def test_the_line_of_broken_yaml_is_named():
    assert yaml_problem(MINE) is None
    at_colon = yaml_problem(MINE.replace("People with", "People: with"))
    assert at_colon == "line 2: mapping values are not allowed here"
    assert yaml_problem(MINE.replace("    - {attribute: order", "     - {attribute: order"))
    assert yaml_problem(MINE.replace("at_least: 2", "since: 2026-02-30"))
    assert (
        yaml_problem(MINE.replace("at_least: 2", "at_least: {{ var('high_value_orders') }}"))
        is None
    )


@pytest.mark.parametrize("rule", BAD_RULES)
def test_errors_name_the_place_and_what_is_allowed(built, rule):
    inline = f"{{{{ cdp.rule_members(cdp.rule_context('mine', 'mine.sql'), fromyaml('{rule}')) }}}}"
    with environment(**built.variables), pytest.raises(DoesNotCompile) as caught:
        statements(inline)
    assert BAD_RULES[rule] in str(caught.value)
    assert "mine.sql: rule" in str(caught.value)


def test_the_guide_shows_every_condition_and_all_of_it_compiles(built):
    text = (PROJECT_DIR / "docs" / "guides" / "add_a_segment.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```yaml\n(.*?)^```", text.split("## Conditions")[1], re.M | re.S)
    rules = json.dumps([yaml.safe_load(block) for block in shown], default=str)
    inline = (
        "--next: words\n{{ [cdp.rule_operators('any'), cdp.segment_entities()] | tojson }}\n"
        f"{{% for rule in fromjson('{rules}') %}}--next: {{{{ loop.index }}}}\n"
        "{{ cdp.rule_members(cdp.rule_context('guide', 'guide.md'), rule) }}\n{% endfor %}"
    )
    with environment(**built.variables):
        (_, words), *compiled = statements(inline)
    assert len(compiled) == len(shown) > 8
    for _, sql in compiled:
        built.rows(f"select count(*) from ({sql}) as members")

    operators, entities = json.loads(words)
    related = [name for entity in entities.values() for name in entity.get("related", {})]
    conditions = ["all", "any", "not", "attribute", "has", "sequence", "in_segment", "near", "sum",
                  "exactly", "within_days", "within_hours", "without", "is_known"]  # fmt: skip
    for word in [*operators, *conditions, *related, *(set(entities) - {"profile"})]:
        assert re.search(rf"\b{word}: ", "".join(shown)) or f"`{word}`" in text, word
    for word in [*operators, *conditions, *(set(entities) - {"profile"})]:
        assert re.search(rf"\b{word}\b", "".join(shown)), f"no example of {word}"


def test_segments_made_of_one_another_are_refused(built):
    inline = (
        "{{ cdp.rule_members(cdp.rule_context('open_tickets', 'mine.sql'),"
        " {'in_segment': 'promoters'}) }}"
    )
    with environment(**built.variables), pytest.raises(DoesNotCompile) as caught:
        statements(inline)
    assert "open_tickets > promoters > open_tickets" in str(caught.value)


def test_the_plan_names_who_would_enter_and_leave(duckdb_world, new_world):
    world = new_world(copy_of=duckdb_world)
    with world.open() as warehouse:
        # As if the built warehouse came from other files: two rules had other members.
        warehouse.execute(
            "delete from segments.segment_members where segment_name = 'high_value'"
            " and profile_id in (select min(profile_id) from segments.segment_members"
            " where segment_name = 'high_value')"
        )
        warehouse.execute(
            "insert into segments.segment_members select 'detractors', min(profile_id), 'old', '{}'"
            " from segments.segment_members where segment_name = 'promoters'"
        )
        schemas = warehouse.execute("select count(*) from information_schema.schemata")
    with environment(**world.variables):
        results = planning.plan(planning.SEGMENTS)
    audiences = {row[0]: row[3:5] for row in results[0][2]}
    assert audiences == {"high_value": (1, 0), "detractors": (0, 1)}
    people = {(row[0], row[1]) for row in results[1][2]}
    assert people == {("high_value", "enters"), ("detractors", "leaves")}
    assert "| high_value |" in planning.report(results)
    assert world.rows("select count(*) from information_schema.schemata") == schemas


def test_the_plan_names_who_would_merge_and_split(duckdb_world, new_world):
    world = new_world(copy_of=duckdb_world)
    [(kept,), (lost,), (torn,)] = world.rows(
        "select profile_id from identity.identity_map group by profile_id having count(*) > 1"
        " order by profile_id limit 3"
    )
    with world.open() as warehouse:
        warehouse.execute("create schema plan_identity")
        warehouse.execute(
            "create table plan_identity.identity_map as select * from identity.identity_map"
        )
        warehouse.execute(
            "update plan_identity.identity_map set profile_id = ? where profile_id = ?",
            [kept, lost],
        )
        warehouse.execute(
            "update plan_identity.identity_map set profile_id = 'new' where identifier_key ="
            " (select min(identifier_key) from identity.identity_map where profile_id = ?)",
            [torn],
        )
    with environment(**world.variables):
        queries = statements("{{ cdp.plan_queries('plan_', ['identity_map']) }}")
    people = [world.rows(sql) for _, sql in queries]
    now, then, *moved = people[0][0]
    assert now == then and moved == [2, 1, 1, 2]
    assert {row[:2] for row in people[1]} == {
        ("merges from", kept[:8]),
        ("splits into", torn[:8]),
    }
