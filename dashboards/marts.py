"""What pages show: marts as data frames.

Owns: opening the warehouse briefly and only for reading. Refuses: joins and formulas; a page that
needs another figure gets a mart that has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd
import psycopg2
import streamlit as st

from orchestration.warehouse import Warehouse, WarehouseUnavailable, open_warehouse, schema_name

# A mart or column that is not there: nothing has been built, or not since the project changed.
UNBUILT = (
    duckdb.CatalogException,
    duckdb.BinderException,
    psycopg2.errors.UndefinedTable,
    psycopg2.errors.UndefinedColumn,
)
NAME = re.compile(r"[a-z][a-z0-9_]*( desc)?")
Read = Callable[..., pd.DataFrame]


def frame(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    """Rows as a data frame whose numerics are floats, which charts need."""
    plain = [[float(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in rows]
    return pd.DataFrame(plain, columns=list(columns))


def read_mart(
    warehouse: Warehouse,
    mart: str,
    columns: Sequence[str],
    where: Mapping[str, Any] | None = None,
    order_by: Sequence[str] = (),
    limit: int = 5000,
) -> pd.DataFrame:
    """Columns of a mart named schema.model.

    where: values of columns; None asks for rows that have none. order_by: columns, each with
    ` desc` after it or not. With `row_count` among the columns, rows are counted by the others.
    Raises ValueError for what is no name, and what the engine raises for a mart that is not there.
    """
    schema, model = mart.split(".")
    where = where or {}
    for name in (schema, model, *columns, *where, *order_by):
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a mart or column")
    by = [column for column in columns if column != "row_count"]
    listed = ["count(*) as row_count" if column == "row_count" else column for column in columns]
    sql = f"select {', '.join(listed)} from {schema_name(schema)}.{model}"
    tests = [
        f"{column} is null" if value is None else f"{column} = ?" for column, value in where.items()
    ]
    sql += f" where {' and '.join(tests)}" if tests else ""
    sql += f" group by {', '.join(by)}" if len(by) < len(columns) and by else ""
    sql += f" order by {', '.join(order_by)}" if order_by else ""
    values = [value for value in where.values() if value is not None]
    return frame(columns, warehouse.execute(f"{sql} limit {int(limit)}", values))


@contextmanager
def marts() -> Iterator[Read]:
    """Opens the warehouse for one page; gives `read_mart` without its first argument. Where there
    is nothing to read, the page says so and ends."""
    try:
        with open_warehouse(read_only=True) as warehouse:
            yield lambda *asked, **options: read_mart(warehouse, *asked, **options)
    except WarehouseUnavailable as refusal:
        st.warning(str(refusal))
        st.stop()
    except UNBUILT as missing:
        st.warning(
            f"Not built yet: {str(missing).splitlines()[0]} `./run` builds the demo world, "
            "`./run dbt build` your own."
        )
        st.stop()
