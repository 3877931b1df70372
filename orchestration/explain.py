"""`./run explain TYPE:VALUE TYPE:VALUE`: why two identifiers are one person, or why not.

Owns the printing; the macro explain_identifiers finds the evidence. A value that is local to a
source is written SOURCE/TYPE:VALUE.
"""

from __future__ import annotations

import argparse
import json
import sys

from dbt.cli.main import dbtRunner

from orchestration.warehouse import PROJECT_DIR


def parse_identifier(text: str) -> dict[str, str]:
    """The parts of [SOURCE/]TYPE:VALUE. Raises ValueError where there is no type or value."""
    head, colon, value = text.partition(":")
    source, _, kind = head.rpartition("/")
    if not colon or not kind or not value.strip():
        raise ValueError(f"'{text}' is no identifier; write it as email:ann@mail.de")
    return {"type": kind, "value": value.strip(), "source": source}


def steps(one: dict[str, str], other: dict[str, str]) -> list[dict]:
    """The rows of explain_identifiers. Raises RuntimeError with dbt's message when dbt fails."""
    call = "{{ cdp.explain_identifiers(" + json.dumps(one) + ", " + json.dumps(other) + ") }}"
    folders = ["--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)]
    # dbt would print the rows as well.
    options = ["--log-level", "none", "--no-version-check", "--limit", "-1", "--output", "json"]
    found = dbtRunner(callbacks=[]).invoke(["show", *folders, *options, "--inline", call])
    if not found.success:
        reasons = [str(found.exception)] if found.exception else []
        reasons += [str(row.message) for row in (found.result or [])]
        raise RuntimeError("; ".join(reasons))
    table = found.result.results[0].agate_table
    return [dict(zip(table.column_names, row, strict=True)) for row in table.rows]


def lines(rows: list[dict]) -> list[str]:
    """The rows as sentences."""
    told = []
    for row in rows:
        evidence = f"{row['source_name']} {row['record_key']}, {row['class_code']}"
        if row["kind_code"] == "link":
            told.append(
                f"{row['from_identifier']}  --  {row['to_identifier']}\n"
                f"    {evidence}, {row['observed_at']}; {row['reason_text']}"
            )
        elif row["kind_code"] == "refused_link":
            told.append(
                f"{row['from_identifier']}  refused  {row['to_identifier']}\n"
                f"    {evidence}; {row['reason_text']}"
            )
        else:
            told.append(f"{row['from_identifier'] or 'Result'}: {row['reason_text']}")
    return told


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="./run explain", description=__doc__)
    parser.add_argument("one", metavar="TYPE:VALUE")
    parser.add_argument("other", metavar="TYPE:VALUE")
    options = parser.parse_args()
    try:
        rows = steps(parse_identifier(options.one), parse_identifier(options.other))
    except (ValueError, RuntimeError) as problem:
        sys.exit(str(problem))
    sys.stdout.write("\n".join(lines(rows)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
