"""Phone numbers against published examples and the phonenumbers library, on both engines."""

import csv

import phonenumbers
import pytest
from conftest import World, environment
from dbt.cli.main import dbtRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.warehouse import PROJECT_DIR

VECTORS = PROJECT_DIR.parent / "shared" / "data" / "normalisation-vectors" / "e164_examples.tsv"
INLINE = (
    "select given.number_id, {{ cdp.normalise_identifier(\"'phone'\", 'given.written', 'countries')"
    " }} from given left join {{ ref('countries') }} as countries"
    " on given.region = countries.country_code"
)
FORMATS = (
    phonenumbers.PhoneNumberFormat.NATIONAL,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.E164,
)


class Normaliser:
    """The shipped macro, compiled once for an engine; only the seed it reads is built."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.dbt("seed", "-s", "countries")
        options = ["--quiet", "--no-version-check", "--no-populate-cache"]
        with environment(**world.variables):
            found = dbtRunner().invoke(["compile", *options, "--inline", INLINE])
        assert found.success, found.exception
        self.sql = found.result.results[0].node.compiled_code

    def __call__(self, numbers: list[tuple[str, str | None]]) -> list[str | None]:
        """E.164 of each (as written, country)."""
        rows = [
            f"({place}, '{written}', {'null' if region is None else repr(region)})"
            for place, (written, region) in enumerate(numbers)
        ]
        values = f"with given (number_id, written, region) as (values {', '.join(rows)}) "
        found = dict(self.world.rows(values + self.sql))
        return [found[place] for place in range(len(numbers))]


@pytest.fixture(scope="module")
def normalise(tmp_path_factory) -> Normaliser:
    folder = tmp_path_factory.mktemp("phones")
    path = str(folder / "cdp.duckdb")
    return Normaliser(World(folder, CDP_TARGET="duckdb", CDP_DUCKDB_PATH=path))


def check_vectors(normalise: Normaliser) -> None:
    """Every example, written nationally with its country, and internationally without one."""
    if not VECTORS.exists():
        pytest.skip(f"{VECTORS.name} is not beside this checkout")
    with VECTORS.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    expected = [row["e164"] for row in rows]
    assert len(rows) == 489
    assert normalise([(row["national"], row["region"]) for row in rows]) == expected
    assert normalise([(row["international"], None) for row in rows]) == expected


def check_country_codes(normalise: Normaliser) -> None:
    """A country's code without a plus is read as the library reads it, or not at all: where a
    national number may begin with the same digits."""
    written, read = [], []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
            if example := phonenumbers.example_number_for_type(region, kind):
                digits = phonenumbers.format_number(example, FORMATS[2])[1:]
                written.append((digits, region))
                read.append(
                    phonenumbers.format_number(phonenumbers.parse(digits, region), FORMATS[2])
                )
    found = normalise(written)
    given_up = [place for place, number in enumerate(found) if number is None]
    assert {written[place][1] for place in given_up} == {"DE", "ID", "SE", "XK"}
    assert all(number in (None, own) for number, own in zip(found, read, strict=True))
    # The record's country says nothing of another country's number.
    assert (
        normalise([("4930901820", None), ("4930901820", "FR"), ("33142685300", "US")]) == [None] * 3
    )


def test_country_codes_without_a_plus(normalise):
    check_country_codes(normalise)


def test_published_examples(normalise):
    check_vectors(normalise)


@pytest.mark.postgres
def test_published_examples_and_country_codes_on_postgres(tmp_path, postgres):
    normalise = Normaliser(World(tmp_path, CDP_TARGET="postgres", **postgres))
    check_country_codes(normalise)
    check_vectors(normalise)


def numbers() -> st.SearchStrategy:
    """A valid number near one of the library's examples, in one of three ways of writing it."""

    def near(region: str, mobile: bool, tail: int, style: int):
        kind = phonenumbers.PhoneNumberType.MOBILE if mobile else None
        example = (
            phonenumbers.example_number_for_type(region, kind)
            if mobile
            else phonenumbers.example_number(region)
        )
        if example is None:
            return None
        example.national_number = example.national_number // 1000 * 1000 + tail
        if not phonenumbers.is_valid_number_for_region(example, region):
            return None
        written = phonenumbers.format_number(example, FORMATS[style])
        e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        return written, region, e164

    return st.builds(
        near,
        st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)),
        st.booleans(),
        st.integers(0, 999),
        st.integers(0, 2),
    ).filter(lambda found: found is not None)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(numbers(), min_size=1, max_size=40))
def test_any_valid_number_agrees_with_the_library(normalise, drawn):
    found = normalise([(written, region) for written, region, _ in drawn])
    assert found == [e164 for _, _, e164 in drawn]


@pytest.mark.parametrize(
    "written, region",
    [
        ("1-800-FLOWERS", "US"),
        ("030 901820 ext 12", "DE"),
        ("030 901820", None),
        ("110", "US"),
        ("+1 201", None),
        ("+49 30 901820 / +49 30 901821", "DE"),
        ("", "DE"),
        ("-", "DE"),
    ],
)
def test_left_unnormalised(normalise, written, region):
    assert normalise([(written, region)]) == [None]


@pytest.mark.parametrize(
    "written, region",
    [
        ("(+49) 30 901820", "DE"),
        ("''+4930901820", "DE"),  # a spreadsheet's apostrophe, doubled for SQL
        ("\t+49 30 901820", "DE"),
        ("\u202a+49 30 901820\u202c", "DE"),  # copied from a list of contacts
        ("\uff0b49 30 901820", "DE"),  # a plus of double width
        ("(0049) 30 901820", "DE"),
        ("(+49) 30 901820", "FR"),
        ("+49 030 901820", "DE"),
        ("+49 (030) 901820", "DE"),
        ("0049 030 901820", "DE"),
        ("49 30 901820", "DE"),
    ],
)
def test_a_country_code_is_found_whatever_stands_around_it(normalise, written, region):
    assert normalise([(written, region)]) == ["+4930901820"]


def test_a_trunk_prefix_that_is_part_of_a_number_stays(normalise):
    numbers = [("+7 812 309-10-00", "RU"), ("+39 02 1234567", "IT"), ("+1 111 555 0123", "US")]
    assert normalise(numbers) == ["+78123091000", "+39021234567", "+11115550123"]
    assert normalise([("+49 030 901820", None), ("+49 030 901820", "FR")]) == ["+49030901820"] * 2


def test_a_zero_in_brackets_is_not_dialled_from_abroad(normalise):
    assert normalise([("+49 (0)30 901820", None)]) == ["+4930901820"]
