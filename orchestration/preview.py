"""`./run preview FILE`: what a segment file would give, before it is committed."""

from __future__ import annotations

import argparse
import re
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

import yaml
from dbt.cli.main import dbtRunner

from orchestration.warehouse import (
    PROJECT_DIR,
    QueryFailed,
    WarehouseUnavailable,
    open_warehouse,
)

Query = tuple[str, str]
INLINE = "from remote system.sql"  # what dbt calls a file that is given to it as text
START = "with nothing_yet as (select 1 as one)\n"


class DoesNotCompile(Exception):
    """dbt's complaint about a rule or a template, in its own words."""


def statements(inline: str) -> list[Query]:
    """Compiles a template that yields statements after lines `--next: title`; titles and SQL.

    Raises DoesNotCompile."""
    complaints: list[str] = []

    def listen(event: Any) -> None:
        if event.info.level == "error":
            complaints.append(event.info.msg)

    result = dbtRunner(callbacks=[listen]).invoke(
        [
            *("compile", "--inline", START + inline, "--quiet", "--no-version-check"),
            *("--project-dir", str(PROJECT_DIR), "--profiles-dir", str(PROJECT_DIR)),
            *("--log-level", "none"),
        ]
    )
    if not result.success:
        raise DoesNotCompile(readable("\n".join(complaints) or str(result.exception)))
    # dbt puts the segments in SQL that a statement names into the first `with` it finds.
    first, *parts = result.result[0].node.compiled_code.split("--next: ")
    header = "" if first.strip() == START.strip() else first
    return [
        (title.strip(), ("" if title.strip() == "Compiled" else header) + sql.strip())
        for title, sql in (part.split("\n", 1) for part in parts)
    ]


def readable(complaint: str) -> str:
    """What dbt complains about, without how it came to it."""
    lines = [line.strip() for line in complaint.splitlines()]
    about_the_file = [line.replace(INLINE, "").strip(": ") for line in lines if INLINE in line]
    return "\n".join(about_the_file or [line for line in lines if line])


def yaml_problem(text: str) -> str | None:
    """What is wrong with the YAML block of a segment file, with the line; None where nothing is."""
    block = re.search(r"\{%-?\s*call.*?%\}(.*?)\{%-?\s*endcall", text, flags=re.DOTALL)
    if block is None:
        return None
    try:
        yaml.safe_load(re.sub(r"\{\{.*?\}\}", "0", block[1]))
    except yaml.MarkedYAMLError as problem:
        line = text[: block.start(1)].count("\n") + 1
        line += problem.problem_mark.line if problem.problem_mark else 0
        return f"line {line}: {problem.problem}"
    except (yaml.YAMLError, ValueError) as problem:
        return str(problem)
    return None


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Rows under their columns, in plain text."""
    cells = [list(columns), *([str("" if v is None else v) for v in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
             for row in cells]  # fmt: skip
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def preview(path: Path, out: TextIO) -> None:
    """Writes size, sample, overlaps and SQL of a segment file.

    Raises DoesNotCompile and QueryFailed."""
    name = path.stem.removeprefix("seg_")
    text = path.read_text(encoding="utf-8")
    if not re.search(r"cdp\.segment(_in_sql)?\(", text):
        raise DoesNotCompile("begins neither with cdp.segment nor with cdp.segment_in_sql.")
    inline = f"{{% set members %}}{text}{{% endset %}}"
    inline += "{{ cdp.segment_preview(members | trim, '" + name.replace("'", "") + "') }}"
    try:
        queries = statements(inline)
    except DoesNotCompile as problem:
        raise DoesNotCompile(yaml_problem(text) or str(problem)) from problem
    with open_warehouse() as warehouse:
        for title, sql in queries:
            out.write(f"\n{title}\n")
            if title == "Compiled":
                out.write(sql + "\n")
                continue
            columns, rows = warehouse.query(sql)
            out.write(table(columns, rows) + "\n")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="./run preview", description=__doc__)
    parser.add_argument("file", type=Path, help="e.g. models/segments/definitions/seg_mine.sql")
    path = parser.parse_args().file
    if not path.is_file():
        sys.exit(f"{path} does not exist; name a segment file.")
    try:
        preview(path, sys.stdout)
    except (DoesNotCompile, QueryFailed) as problem:
        sys.exit(f"{path}: {problem}")
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `./run preview FILE | head` ends quietly
    try:
        sys.exit(main())
    except WarehouseUnavailable as error:
        sys.exit(str(error))
