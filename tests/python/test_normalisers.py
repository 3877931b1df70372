"""Values as people, programs and spreadsheets write them, in the one form in which they are
compared, and which of them name nobody, on both engines."""

import hashlib

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
# Normalised values, and whether the list of words and shapes for nobody blocks them.
BLOCKED = [
    *(("email", f"{local}@mail.de") for local in ("noreply", "no-reply", "do_not_reply", "test")),
    *(("email", f"{local}@mail.de") for local in ("none", "undefined", "no.email", "n/a")),
    *(("email", f"{local}@mail.de") for local in ("asd", "asdasd", "asdfgh", "qwertz", "xxxxx")),
    *(("email", f"ann@{domain}") for domain in ("example.com", "eu.example.org", "shop.invalid")),
    *(("email", address) for address in ("none@none.com", "na@na.com", "x@x.fr", "ann@none.com")),
    *(("phone", number) for number in ("+10000000000", "+4911111111", "+12120000000")),
    *(("phone", number) for number in ("+491234567", "+441234567890", "+4900000001")),
    *(("user_id", word) for word in ("undefined", "NULL", "[object Object]", "(not set)", "-1")),
    *(("crm_id", word) for word in ("<null>", "anonymous", "0", "0000000000")),
    *((kind, "00000000-0000-0000-0000-000000000000") for kind in ("user_id", "card_token")),
    *(("advertising_id", text) for text in ("{{gaid}}", "__IDFA__", "${id}", "%ADID%", "[adid]")),
    *(("loyalty_id", text) for text in ("4.00012e+12", "4,00012E+12", "#n/a", "####", "-", "[]")),
    ("anonymous_id", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"),
    ("device_id", "9774d56d682e549c"),
    ("a_type_of_yours", "None"),
    ("email_sha256", hashlib.sha256(b"null").hexdigest()),
    ("phone_sha256", hashlib.sha256(b"").hexdigest()),
]
ALLOWED = [
    *(("email", f"{local}@mail.de") for local in ("asdrubal", "abcede", "qwentin", "abcarian")),
    *(("email", f"{local}@mail.de") for local in ("na", "j.null", "ann.test", "info", "noname")),
    *(("email", f"{local}@mail.de") for local in ("testa", "nonell", "true", "no", "xavier")),
    *(("email", f"ann@{domain}") for domain in ("myexample.com", "invalid.com", "contest.com")),
    *(("phone", number) for number in ("+8618888888881", "+4799999998", "+18888888123")),
    *(("phone", number) for number in ("+493012345678", "+4917012345670")),
    *(("user_id", word) for word in ("nullmeyer", "test", "10", "guestbook", "00a0")),
    *(("loyalty_id", text) for text in ("4.00012", "12e5", "_ann_", "#17", "\u738b", "{7")),
    ("email_sha256", hashlib.sha256(b"ann@mail.de").hexdigest()),
]
REASON = """
select given.place, {{ cdp.blocked_reason('given.kind', 'given.written') }} is not null from given
"""
INLINE = """
select given.place, case given.kind
    when 'letters' then {{ cdp.plain_letters('given.written') }}
    when 'generation' then cast({{ cdp.name_generation('given.written') }} as varchar)
    else {{ cdp.normalise_identifier('given.kind', 'given.written', 'countries') }}
end
from given
left join {{ ref('countries') }} as countries on countries.country_code = 'DE'
"""


def answers(world: World, inline: str, values: list[tuple[str, str]]) -> list:
    """What a query over `given` says of each kind and text."""
    sql = world.dbt("compile", "--inline", inline).result[0].node.compiled_code
    rows = [f"({at}, '{kind}', '{text}')" for at, (kind, text) in enumerate(values)]
    given = f"with given (place, kind, written) as (values {', '.join(rows)}) "
    found = dict(world.rows(given + sql))
    return [found[at] for at in range(len(values))]


def check(world: World) -> None:
    """Every row of WRITTEN, BLOCKED and ALLOWED."""
    world.dbt("seed", "-s", "countries", "identifier_blocklist")
    found = answers(world, INLINE, [row[:2] for row in WRITTEN])
    assert found == [expected for *_, expected in WRITTEN]
    blocked = answers(world, REASON, BLOCKED + ALLOWED)
    named = {
        value for value, is_blocked in zip(BLOCKED + ALLOWED, blocked, strict=True) if is_blocked
    }
    assert named == set(BLOCKED)


def test_written_values_on_duckdb(tmp_path):
    path = str(tmp_path / "cdp.duckdb")
    check(World(tmp_path, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=path))


@pytest.mark.postgres
def test_written_values_on_postgres(tmp_path, postgres):
    check(World(tmp_path, CDP_TARGET="postgres", **postgres))
