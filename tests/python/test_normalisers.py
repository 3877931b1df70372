"""Values as people, programs and spreadsheets write them, in the one form in which they are
compared, on both engines."""

import pytest
from conftest import World

# What a row's text becomes by an expression over it.
WRITTEN = [
    ("exact", "\tu1\r\n", "u1"),
    ("exact", "\u00a0\u3000u1\u200b", "u1"),
    ("exact", "\ufeffu 1", "u 1"),
    ("exact", " \t\u200b", None),
    ("lower", "\u200eL1\u202f", "l1"),
    ("email", "Ann@Mail.de\r\n", "ann@mail.de"),
    ("email", "\ufeffann@mail.de\u200b", "ann@mail.de"),
    ("email", "ann@mail.de ann@mail.de", None),
    ("email", "ann @mail.de", None),
    ("email", "ann@mail", None),
    ("email", "ann@mail..de", None),
    ("hash", "\t" + "AB" * 32, "ab" * 32),
    ("phone", "\t+49 30 901820\r", "+4930901820"),
    ("phone", "\n030 901820", "+4930901820"),
    ("letters", "Zo\u00eb M\u00fcller", "zoe muller"),
    ("letters", "Zoe\u0308 Mu\u0308ller", "zoe muller"),  # accents apart, as macOS writes them
    ("letters", "\u0414\u043c\u0438\u0442\u0440\u0438\u0439", "dmitriy"),
    ("letters", "\u0414\u043c\u0438\u0442\u0440\u0438\u0438\u0306", "dmitriy"),
    ("generation", "smith sr.", "1"),
    ("generation", "smith (jr)", "2"),
    ("generation", "smith ii", "2"),
    ("generation", "smith iii", "3"),
    ("generation", "srivastava", None),
]
INLINE = """
select given.place, case given.kind
    when 'letters' then {{ cdp.plain_letters('given.written') }}
    when 'generation' then cast({{ cdp.name_generation('given.written') }} as varchar)
    else {{ cdp.normalise_identifier('given.kind', 'given.written', 'countries') }}
end
from given
left join {{ ref('countries') }} as countries on countries.country_code = 'DE'
"""


def check(world: World) -> None:
    """Every row of WRITTEN."""
    world.dbt("seed", "-s", "countries")
    sql = world.dbt("compile", "--inline", INLINE).result[0].node.compiled_code
    rows = [f"({at}, '{kind}', '{text}')" for at, (kind, text, _) in enumerate(WRITTEN)]
    given = f"with given (place, kind, written) as (values {', '.join(rows)}) "
    found = dict(world.rows(given + sql))
    assert [found[at] for at in range(len(WRITTEN))] == [expected for *_, expected in WRITTEN]


def test_written_values_on_duckdb(tmp_path):
    path = str(tmp_path / "cdp.duckdb")
    check(World(tmp_path, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=path))


@pytest.mark.postgres
def test_written_values_on_postgres(tmp_path, postgres):
    check(World(tmp_path, CDP_TARGET="postgres", **postgres))
