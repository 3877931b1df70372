"""Identifiers in the one form in which they are compared, on both engines."""

import pytest
from conftest import World, environment
from dbt.cli.main import dbtRunner

INLINE = (
    "select {{ cdp.normalise_identifier('given.code', 'given.written', 'countries') }}"
    " from given left join {{ ref('countries') }} as countries"
    " on given.region = countries.country_code order by given.place"
)
HASH = "0123456789abcdef" * 4
WRITTEN = [
    ("email", " Ann@Mail.Example", "ann@mail.example"),
    ("email", "ann@mail.example\r\n", "ann@mail.example"),
    ("email", "\tann@mail.example", "ann@mail.example"),
    ("email", "ann @mail.example", None),
    ("email", "ann@mail", None),
    ("email", "ann@mail..example", None),
    ("exact", "\tU1\r", "U1"),
    ("exact", "\r\n", None),
    ("lower", "L-7\n", "l-7"),
    ("hash", HASH.upper() + "\r", HASH),
    ("phone", "\t+49 30 901820\r", "+4930901820"),
    ("phone", "\n030 901820", "+4930901820"),
]


def check(world: World) -> None:
    """Everything as written above, with margins as files and forms leave them."""
    world.dbt("seed", "-s", "countries")
    options = ["--quiet", "--no-version-check", "--no-populate-cache"]
    with environment(**world.variables):
        found = dbtRunner().invoke(["compile", *options, "--inline", INLINE])
    assert found.success, found.exception
    rows = ", ".join(
        f"({place}, '{code}', '{written}', 'DE')"
        for place, (code, written, _) in enumerate(WRITTEN)
    )
    given = f"with given (place, code, written, region) as (values {rows}) "
    sql = given + found.result.results[0].node.compiled_code
    assert [row[0] for row in world.rows(sql)] == [wanted for *_, wanted in WRITTEN]


def test_identifiers_have_one_form(new_world) -> None:
    check(new_world())


@pytest.mark.postgres
def test_identifiers_have_the_same_form_on_postgres(tmp_path, postgres) -> None:
    check(World(tmp_path, CDP_TARGET="postgres", **postgres))
