"""Parts that pages share: each shows rows, or says that there are none."""

from __future__ import annotations

import altair as alt
import pandas as pd
from streamlit.delta_generator import DeltaGenerator


def heading(place: DeltaGenerator, title: str, rows: pd.DataFrame) -> bool:
    """A heading, and a word where no rows follow. Returns whether rows follow."""
    place.subheader(title)
    if rows.empty:
        place.caption("None.")
    return not rows.empty


def table(place: DeltaGenerator, title: str, rows: pd.DataFrame) -> None:
    """Rows as they are."""
    if heading(place, title, rows):
        place.dataframe(rows, hide_index=True)


def counts(
    place: DeltaGenerator, title: str, rows: pd.DataFrame, dimension: str, count: str
) -> None:
    """A bar per value of a column, by another."""
    if heading(place, title, rows):
        place.bar_chart(rows, x=dimension, y=count, x_label="", y_label="", horizontal=True)


def days(
    place: DeltaGenerator, title: str, rows: pd.DataFrame, day: str, value: str, series: str
) -> None:
    """Bars per day, one upon the other."""
    if heading(place, title, rows):
        place.bar_chart(rows, x=day, y=value, color=series, x_label="", y_label="")


def rates(
    place: DeltaGenerator, title: str, rows: pd.DataFrame, day: str, value: str, series: str
) -> None:
    """Rates from 0 to 1 per day, a line each, with points: there may be one day only."""
    if heading(place, title, rows):
        chart = alt.Chart(rows.assign(**{day: pd.to_datetime(rows[day])}))
        place.altair_chart(
            chart.mark_line(point=True).encode(
                x=alt.X(f"yearmonthdate({day}):T", title=None),
                y=alt.Y(f"{value}:Q", title=None, axis=alt.Axis(format="%")).scale(domain=[0, 1]),
                color=alt.Color(f"{series}:N", title=None, legend=alt.Legend(orient="bottom")),
                tooltip=[day, series, alt.Tooltip(value, format=".1%")],
            )
        )
