"""Whether identity is in good health: sizes, coverage, what changed, what a person should check."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboards import parts
from dashboards.marts import marts

COUNTED = {
    "profiles_by_size": "Profiles, by number of identifiers",
    "profiles_with_type": "Profiles with an identifier of a type",
    "refusals_by_reason": "Identifiers refused, by reason",
    "dropped_links_by_limit": "Links dropped, by limit",
}
PER_DAY = {"mints_per_day": "New", "merges_per_day": "Merged", "splits_per_day": "Taken apart"}
CASE = [
    *("priority", "kind_code", "reason_text", "profile_id", "other_profile_id", "subject_key"),
    "found_count",
]
MERGE = [
    *("merged_at", "from_profile_id", "profile_id", "identifier_count", "cause_source_name"),
    *("cause_record_key", "cause_edge_key"),
]
SPLIT = [
    *("split_at", "from_profile_id", "profile_id", "identifier_count", "cause_code", "cause_text"),
    *("cause_source_name", "cause_record_key"),
]
SHOWN = 200  # rows of a log, the newest or most pressing first


def page() -> None:
    """The page of whoever answers for identity."""
    st.title("Identity")
    with marts() as read:
        health = read(
            "identity.identity_health",
            ["metric_code", "dimension_code", "measured_on", "metric_value"],
            order_by=["metric_code", "measured_on", "dimension_code"],
            limit=20_000,
        )
        kinds = health[health["metric_code"] == "worklist_by_kind"]
        kind = st.sidebar.selectbox(
            "Cases of a kind", list(kinds["dimension_code"]), index=None, placeholder="All"
        )
        cases = read(
            "identity.identity_worklist",
            CASE,
            where={"kind_code": kind} if kind else {},
            order_by=["priority", "found_count desc", "worklist_key"],
            limit=SHOWN,
        )
        merges = read(
            "identity.identity_merges", MERGE, order_by=["merged_at desc", "merge_key"], limit=SHOWN
        )
        splits = read(
            "identity.identity_splits", SPLIT, order_by=["split_at desc", "split_key"], limit=SHOWN
        )
    show_totals(health)
    show_counts(health)
    show_days(health)
    parts.table(st, "To be checked by a person", cases)
    st.caption("`./run explain A B` tells why two identifiers are one person or not.")
    left, right = st.columns(2)
    parts.table(left, "Latest merges", merges)
    parts.table(right, "Latest splits", splits)


def of_metric(health: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The rows of one metric."""
    return health[health["metric_code"] == metric]


def show_totals(health: pd.DataFrame) -> None:
    """How many there are of each thing."""
    totals = {
        "Profiles": "profiles_by_size",
        "Identifiers": "identifiers_by_type",
        "Refused identifiers": "refusals_by_reason",
        "Dropped links": "dropped_links_by_limit",
        "To be checked": "worklist_by_kind",
    }
    for tile, (title, metric) in zip(st.columns(len(totals)), totals.items(), strict=True):
        tile.metric(title, f"{int(of_metric(health, metric)['metric_value'].sum()):,}")


def show_counts(health: pd.DataFrame) -> None:
    """Counts as of now, two charts in a row."""
    for tile, (metric, title) in zip(
        [*st.columns(2), *st.columns(2)], COUNTED.items(), strict=True
    ):
        parts.counts(tile, title, of_metric(health, metric), "dimension_code", "metric_value")


def show_days(health: pd.DataFrame) -> None:
    """What identity did, over time."""
    rows = health[health["metric_code"].isin(PER_DAY)]
    named = rows.assign(what=rows["metric_code"].map(PER_DAY))
    parts.days(st, "Profiles per day", named, "measured_on", "metric_value", "what")
