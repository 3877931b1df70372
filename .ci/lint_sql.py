"""sqlfluff's command line, at a fraction of its CPU: the same findings, for linting only.

- Python's collector would walk its trees again and again.
- Four layout rules each cut a file into the same blocks and points before they look at it; they
  share them here.
- LT01 judges the spaces that macros write too, and what it finds there is left out afterwards.
- What a macro writes is parsed and judged for as little. A whole query that a macro writes is
  therefore read as a short one with the same columns and tables.
"""

import gc
from functools import cache
from itertools import chain
from typing import Any

import sqlglot
from dbt.clients.jinja import MacroGenerator
from sqlfluff.cli.commands import cli
from sqlfluff.core.rules import LintResult, RuleContext
from sqlfluff.rules.layout.LT01 import Rule_LT01
from sqlfluff.utils.reflow.sequence import ReflowSequence
from sqlglot import exp

gc.set_threshold(200_000, 50, 1000)

cut_anew = ReflowSequence.from_root
last_cut: list[ReflowSequence] = []


def from_root(root_segment, config) -> ReflowSequence:
    """The file's sequence as `ReflowSequence.from_root` makes it, made once for each file."""
    if not last_cut or last_cut[0].root_segment is not root_segment:
        last_cut[:] = [cut_anew(root_segment, config)]
    cut = last_cut[0]
    return ReflowSequence(
        elements=list(cut.elements),
        root_segment=root_segment,
        reflow_config=cut.reflow_config,
        depth_map=cut.depth_map,
    )


ReflowSequence.from_root = staticmethod(from_root)


def spaces_in_file(self: Rule_LT01, context: RuleContext) -> list[LintResult]:
    """What LT01 finds where something of the file itself is in a point or beside it."""
    sequence = ReflowSequence.from_root(context.segment, config=context.config)
    found: list[LintResult] = []
    for point, before, after in sequence._iter_points_with_constraints():
        beside = (piece.segments for piece in (before, point, after) if piece)
        if any(segment.pos_marker.is_literal() for segment in chain.from_iterable(beside)):
            found, _ = point.respace_point(before, after, context.segment, found)
    return found


Rule_LT01._eval = spaces_in_file


def columns_of(query: exp.Expression) -> list[str]:
    """What a query calls its columns, as it is written; raises where it does not say."""
    select = query.find(exp.Select)
    within = {
        source.alias_or_name: source
        for source in select.find_all(exp.Table, exp.Subquery)
        if source.parent_select is select and source.alias_or_name
    }
    columns: list[str] = []
    for column in select.selects:
        if column.is_star:
            whose = column.table if isinstance(column, exp.Column) else "".join(within)
            source = within[whose]
            is_query = isinstance(source, exp.Subquery)
            columns += columns_of(source.this) if is_query else [f"{whose}.*"]
        elif isinstance(column, exp.Alias | exp.Column):
            columns.append((column.args.get("alias") or column.this).sql())
        else:
            raise KeyError(column)
    return columns


@cache
def shortened(query: str) -> str:
    """A query with the columns and the tables of another, or that other one where they are not
    plain to see."""
    text = query.strip()
    if len(text) < 500 or not text.lower().startswith("select"):
        return query
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
        columns = columns_of(tree)
    except (sqlglot.errors.SqlglotError, KeyError):
        return query
    named = [table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
    if tree.find(exp.With):
        return query
    tables = {
        ".".join(part.sql() for part in table.parts) + (f" as {table.alias}" if table.alias else "")
        for table in named
    }
    read = f"\nfrom {', '.join(sorted(tables))}" if tables else ""
    listed = ",\n    ".join(columns)
    return query.replace(text, f"select\n    {listed}{read}")


call_macro = MacroGenerator.__call__


def call_shortened(self: MacroGenerator, *values: Any, **named: Any) -> Any:
    """What a macro gives, shortened where it is for the file and not for another macro."""
    is_for_file = self.stack is not None and self.stack.depth == 0
    given = call_macro(self, *values, **named)
    return shortened(given) if is_for_file and isinstance(given, str) else given


MacroGenerator.__call__ = call_shortened

if __name__ == "__main__":
    cli()
