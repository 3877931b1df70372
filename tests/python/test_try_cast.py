"""What can be read of a text is the same on every engine, whatever that engine would accept."""

import pytest

# By type: a text and what it is read as, normalised to text; None where it cannot be read.
READINGS = {
    "integer": {
        "5": "5",
        " 7 ": "7",
        "+3": "3",
        "-0": "0",
        "5.0": "5",
        "5.": "5",
        "4.5": None,
        "1e3": None,
        "0x1F": None,
        "1_000": None,
        "1,000": None,
        "99999999999": None,
        "twelve": None,
        "": None,
    },
    "bigint": {"99999999999": "99999999999", "6215293456071.0": "6215293456071", "9" * 20: None},
    "numeric(18,2)": {
        "12.5": "12.50",
        ".5": "0.50",
        "-0.005": "-0.01",
        "1.005": "1.01",
        "1e3": "1000.00",
        "1e20": None,
        "NaN": None,
        "Infinity": None,
        "0x1F": None,
        "$5": None,
        "1,50": None,
    },
    "double precision": {"52.5": "52.5", "1e400": None, "NaN": None, "inf": None},
    "boolean": {
        "TRUE": "true",
        "t": "true",
        "Yes": "true",
        "1": "true",
        "n": "false",
        "0": "false",
        "on": None,
        "tr": None,
        "2": None,
        "5.0": None,
    },
    "date": {
        "2024-05-01": "2024-05-01",
        "2024-5-1": "2024-05-01",
        "2024/05/01": "2024-05-01",
        "2024-05-01 10:00:00": "2024-05-01",
        "2024-05-01T23:59:59Z": "2024-05-01",
        "0001-01-01": "0001-01-01",
        "9999-12-31": "9999-12-31",
        "2024-02-30": None,
        "0000-01-01": None,
        "01/02/2024": None,
        "20240501": None,
        "2024-05-01 BC": None,
        "today": None,
        "infinity": None,
    },
    "timestamp": {
        "2024-05-01": "2024-05-01 00:00:00",
        "2024-05-01 2:20:51": "2024-05-01 02:20:51",
        "2024-05-01T10:00": "2024-05-01 10:00:00",
        "2024-05-01T10:00:00Z": "2024-05-01 10:00:00",
        "2024-05-01T10:00:00+02:00": "2024-05-01 08:00:00",
        "2024-05-01 10:00:00 +0200": "2024-05-01 08:00:00",
        "2024-05-01 10:00:00 UTC": "2024-05-01 10:00:00",
        "2024-05-01 10:00:00-08": "2024-05-01 18:00:00",
        "2024-05-01T10:00:00.1234569Z": "2024-05-01 10:00:00.123456",
        "9999-12-31 23:59:59": "9999-12-31 23:59:59",
        "2024-05-01 10:00:60": None,
        "2024-05-01 25:00:00": None,
        "2024-05-01 10:00:00 Europe/Berlin": None,
        "2024-05-01 10:00:00 PST": None,
        "Wed, 01 May 2024 10:00:00 GMT": None,
        "01/02/2024 10:00": None,
        "1714557600": None,
        "now": None,
        "infinity": None,
    },
}


def readings(world) -> dict[str, dict[str, str | None]]:
    """What the engine of a world reads, as text."""
    inline = " union all ".join(
        "select kind, written, cast({{ cdp.try_cast('written', 'KIND') }} as varchar) as reading"
        " from texts where kind = 'KIND'".replace("KIND", kind)
        for kind in READINGS
    )
    compiled = world.dbt("compile", "--inline", inline).result.results[0].node.compiled_code
    found: dict[str, dict[str, str | None]] = {kind: {} for kind in READINGS}
    with world.open() as warehouse:
        # A table: PostgreSQL would work out constants before it asks whether they can be read.
        warehouse.execute("create temporary table texts (kind varchar, written varchar)")
        for kind, texts in READINGS.items():
            for text in texts:
                warehouse.execute("insert into texts values (?, ?)", [kind, text])
        # The patterns hold question marks, which are no parameters.
        cursor = (
            warehouse.connection if warehouse.engine == "duckdb" else warehouse.connection.cursor()
        )
        cursor.execute(compiled)
        for kind, text, reading in cursor.fetchall():
            found[kind][text] = reading
    return found


def test_duckdb_reads_what_is_readable(new_world):
    assert readings(new_world()) == READINGS


@pytest.mark.postgres
def test_postgres_reads_the_same(postgres, new_world):
    world = new_world()
    world.variables.update(CDP_TARGET="postgres", **postgres)
    assert readings(world) == READINGS
