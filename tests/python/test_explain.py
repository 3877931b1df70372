"""`./run explain`: chains of evidence and refusals, as the macro finds them on the demo world."""

import pytest
from conftest import World, environment

from orchestration import explain


def asked(world: World, one: str, other: str) -> list[dict]:
    """The steps between two identifiers."""
    with environment(**world.variables):
        return explain.steps(explain.parse_identifier(one), explain.parse_identifier(other))


def check(world: World) -> None:
    """One profile's pair is chained end to end; a rejected value and a stranger say why not."""
    (one, other, profile) = world.rows(
        "select min(identifier_key), max(identifier_key), profile_id from identity.identity_map"
        " where is_admitted group by profile_id having count(*) > 3 order by profile_id"
    )[0]
    rows = asked(world, f"identifier_key:{one}", f"identifier_key:{other}")
    assert {row["to_identifier"] for row in rows if row["kind_code"] == "identifier"} == {profile}
    chain = [row for row in rows if row["kind_code"] == "link"]
    assert chain
    assert chain[0]["from_identifier"] == rows[0]["from_identifier"]
    ends = {rows[0]["from_identifier"], rows[1]["from_identifier"]}
    assert {chain[0]["from_identifier"], chain[-1]["to_identifier"]} == ends
    for before, after in zip(chain, chain[1:], strict=False):
        assert before["to_identifier"] == after["from_identifier"]
    assert all(row["record_key"] and row["source_name"] for row in chain)
    assert len(explain.lines(rows)) == len(rows)

    (rejected, reason) = world.rows(
        "select identifier_key, reason_code from identity.identity_rejections"
        " where identifier_key is not null order by rejection_key"
    )[0]
    rows = asked(world, f"identifier_key:{one}", f"identifier_key:{rejected}")
    refusals = [row["reason_text"] for row in rows if row["kind_code"] == "rejected"]
    assert [text.split(":")[0] for text in refusals] == [reason]

    rows = asked(world, f"identifier_key:{one}", "email:nobody-at-all@mail.de")
    assert [row["kind_code"] for row in rows].count("not_found") == 1


def test_explain_on_duckdb(duckdb_world):
    check(duckdb_world)


@pytest.mark.postgres
def test_explain_on_postgres(postgres_world):
    check(postgres_world)


@pytest.mark.parametrize("text", ["ann@mail.de", "email:", ":x", ""])
def test_what_is_no_identifier_is_refused(text):
    with pytest.raises(ValueError, match="is no identifier"):
        explain.parse_identifier(text)


def test_a_source_narrows_a_local_value():
    found = explain.parse_identifier("shopify/shop_customer_id:7")
    assert found == {"type": "shop_customer_id", "value": "7", "source": "shopify"}
