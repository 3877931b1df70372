"""What is sent where, whether it arrives, who is held back and why somebody was there."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from dashboards import parts
from dashboards.marts import Read, marts

HEALTH = {
    "is_unguarded": "No guard holds",
    "is_delivering": "Delivering",
    "is_on_time": "On time",
    "is_in_step": "In step",
}
MEMBERS = {
    "eligible_count": "May be sent",
    "present_count": "Held there",
    "missing_count": "Missing",
    "extra_count": "Too many",
    "dead_letter_count": "Dead letters",
}
CHANGES = {"added_count": "Added", "updated_count": "Updated", "removed_count": "Removed"}
DAY = [
    *("day_on", "sync_name", "request_count", "throttled_count", "repeated_count", "added_count"),
    *("updated_count", "removed_count", "failed_count", "withdrawn_count", "held_count"),
    *("delivery_rate", "match_rate", "vendor_seconds", "cost_amount", "cost_currency_code"),
]
RUN = [
    *("started_at", "sync_name", "status_code", "planned_count", "confirmed_count"),
    *("accepted_count", "failed_count", "refused_count", "request_count", "error_code"),
]
GUARD = [
    *("sync_name", "audience_name", "guard_code", "add_guard_code", "add_count", "remove_count"),
    *("guarded_remove_count", "approved_count", "present_count"),
]
STAY = [
    *("sync_name", "audience_name", "member_key", "profile_id", "segment_name", "rule_version"),
    *("entered_at", "left_at", "left_because_code", "purpose_code", "channel_code"),
    *("consent_version", "entered_batch_id", "entered_outcome_code", "entered_http_status"),
    *("left_batch_id", "edge_count", "edge_keys_text", "evidence_json"),
]


def page() -> None:
    """The page of whoever answers for syncs."""
    st.title("Activation")
    with marts() as read:
        health = read(
            "activation.sync_health", ["sync_name", *HEALTH, *MEMBERS], order_by=["sync_name"]
        )
        chosen = st.sidebar.selectbox(
            "Sync", list(health["sync_name"]), index=None, placeholder="All"
        )
        of_sync = {"sync_name": chosen} if chosen else {}
        days = read(
            "activation.sync_days", DAY, where=of_sync, order_by=["day_on desc", "sync_name"]
        )
        runs = read("activation.sync_runs", RUN, where=of_sync, order_by=["started_at desc"])
        guards = read("activation.sync_guards", GUARD, where=of_sync, order_by=["sync_name"])
        refusals = read(
            "activation.sync_refusals", ["reason_code", "row_count"], of_sync, ["reason_code"]
        )
        letters = read(
            "activation.sync_dead_letters",
            ["sync_name", "operation_code", "reason_class_code", "error_code", "row_count"],
            {**of_sync, "resolved_at": None},
            ["sync_name", "operation_code", "reason_class_code", "error_code"],
        )
        asked = ask_about_somebody()
        stays = stays_of(read, asked, of_sync) if asked else None
    show_stays(stays)
    show_health(health if chosen is None else health[health["sync_name"] == chosen])
    show_days(days)
    show_refusals(refusals, guards, letters)
    parts.table(st, "Runs", runs)


def ask_about_somebody() -> str:
    """Whom the visitor asks about."""
    return st.sidebar.text_input(
        "Why was somebody there?", placeholder="profile id, or key at the destination"
    ).strip()


def stays_of(read: Read, asked: str, of_sync: dict[str, str]) -> pd.DataFrame:
    """Everything about the stays of a person, by profile id or by the key at the destination."""
    for column in ("profile_id", "member_key"):
        found = read(
            "activation.membership_explanations",
            STAY,
            where={column: asked, **of_sync},
            order_by=["entered_at desc", "sync_name"],
        )
        if len(found):
            break
    return found


def show_health(health: pd.DataFrame) -> None:
    """Which sync needs somebody to look at it."""
    good = health[list(HEALTH)].all(axis="columns")
    tiles = st.columns(5)
    tiles[0].metric("Syncs in good health", f"{int(good.sum())} of {len(health)}")
    for tile, column in zip(
        tiles[1:],
        ["eligible_count", "present_count", "missing_count", "dead_letter_count"],
        strict=True,
    ):
        tile.metric(MEMBERS[column], f"{int(health[column].sum()):,}")
    st.dataframe(health.rename(columns={"sync_name": "Sync", **HEALTH, **MEMBERS}), hide_index=True)


def show_days(days: pd.DataFrame) -> None:
    """Deliveries and what they took, over time."""
    if days.empty:
        st.info("No sync has run yet: `./run sync NAME`.")
        return
    changes = days.rename(columns=CHANGES).melt(
        ["day_on", "sync_name"], list(CHANGES.values()), "change", "members"
    )
    left, right = st.columns(2)
    parts.days(left, "Confirmed changes per day", changes, "day_on", "members", "change")
    parts.days(right, "Seconds waited for vendors", days, "day_on", "vendor_seconds", "sync_name")
    left, right = st.columns(2)
    parts.rates(left, "Delivered, of those sent", days, "day_on", "delivery_rate", "sync_name")
    parts.rates(right, "Matched by the vendor", days, "day_on", "match_rate", "sync_name")
    with st.expander("All figures of each day"):
        st.dataframe(days, hide_index=True)


def show_refusals(refusals: pd.DataFrame, guards: pd.DataFrame, letters: pd.DataFrame) -> None:
    """Who is held back, by what."""
    left, right = st.columns(2)
    parts.counts(left, "Wanted, and not sent", refusals, "reason_code", "row_count")
    held = guards[guards["guard_code"].notna() | guards["add_guard_code"].notna()]
    parts.table(right, "Held by guards", held)
    if len(held):
        right.caption("`./run approve` lets held changes go out, with a name and a reason.")
    parts.table(right, "Dead letters", letters)


def show_stays(stays: pd.DataFrame | None) -> None:
    """Each stay of the person asked about, with what led to it."""
    if stays is None:
        return
    st.subheader("Why was this person there?")
    if stays.empty:
        st.info("Nobody of that profile id or key has been sent.")
        return
    for stay in stays.to_dict("records"):
        until = "now" if pd.isna(stay["left_at"]) else f"{stay['left_at']:%Y-%m-%d %H:%M}"
        name = f"{stay['sync_name']}: {stay['entered_at']:%Y-%m-%d %H:%M} to {until}"
        with st.expander(name, expanded=len(stays) == 1):
            evidence = stay.pop("evidence_json")
            st.json(json.loads(evidence) if evidence else {})
            st.table(pd.DataFrame({"value": {key: str(cell) for key, cell in stay.items()}}))
