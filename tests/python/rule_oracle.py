"""An evaluator of segment rules over rows in memory, written from the guide."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from typing import Any

Row = dict[str, Any]


class Oracle:
    """The rows of a world and a moment. Rows of related tables name their person directly."""

    def __init__(
        self,
        as_of: datetime,
        profiles: list[Row],
        entities: dict[str, tuple[str | None, list[Row]]],
        related: dict[tuple[str, str], tuple[list[Row], dict[str, str]]],
        segments: dict[str, Any],
    ) -> None:
        self.as_of = as_of
        self.profiles = profiles
        self.entities = entities
        self.related = related
        self.segments = segments
        self.stores = {row["store_id"]: row for row in related["event", "store"][0]}

    def members(self, rule: Any) -> set[str]:
        """Everybody for whom a rule holds."""
        return {row["profile_id"] for row in self.profiles if self.holds(rule, row, "profile")}

    def holds(self, node: Any, row: Row, label: str) -> bool:
        """Whether a condition holds for a row; there is no third answer."""
        if isinstance(node, list):
            return all(self.holds(part, row, label) for part in node)
        if "all" in node:
            return all(self.holds(part, row, label) for part in node["all"])
        if "any" in node:
            return any(self.holds(part, row, label) for part in node["any"])
        if "not" in node:
            return not self.holds(node["not"], row, label)
        if "in_segment" in node:
            return self.holds(self.segments[node["in_segment"]], row, label)
        if "near" in node:
            return self.near(node["near"], row)
        if "sequence" in node:
            return self.sequence(node, row)
        if "has" in node:
            if (label, node["has"]) in self.related:
                return self.leads_to(node, row, label)
            return self.has(node, row)
        return all(
            self.compares(row[node["attribute"]], operator, value, row)
            for operator, value in node.items()
            if operator != "attribute"
        )

    def compares(self, subject: Any, operator: str, value: Any, row: Row) -> bool:
        """One comparison; what is unknown compares with nothing."""
        if operator == "is_known":
            return (subject is not None) == value
        if isinstance(value, dict):
            value = row[value["attribute"]]
        if subject is None or value is None:
            return False
        if isinstance(subject, date) and not isinstance(subject, datetime):
            subject = datetime.combine(subject, time())
        if isinstance(subject, datetime):
            return self.in_time(subject, operator, value)
        return {
            "is": lambda: subject == value,
            "is_not": lambda: subject != value,
            "in": lambda: subject in value,
            "not_in": lambda: subject not in value,
            "at_least": lambda: subject >= value,
            "at_most": lambda: subject <= value,
            "more_than": lambda: subject > value,
            "less_than": lambda: subject < value,
            "contains": lambda: value in subject,
            "starts_with": lambda: subject.startswith(value),
            "ends_with": lambda: subject.endswith(value),
        }[operator]()

    def in_time(self, subject: datetime, operator: str, value: Any) -> bool:
        """A comparison of a moment."""
        if operator in ("since", "before"):
            if isinstance(value, str):
                value = datetime.fromisoformat(value)
            elif not isinstance(value, datetime):
                value = datetime.combine(value, time())
            return subject >= value if operator == "since" else subject < value
        if operator == "in_next_days":
            return self.as_of <= subject < self.as_of + timedelta(days=value)
        if operator == "more_than_days_ago":
            return subject < self.as_of - timedelta(days=value)
        unit = operator.removeprefix("in_last_")
        return self.as_of - timedelta(**{unit: value}) <= subject < self.as_of

    def rows(self, node: Any, label: str, person: Row) -> list[Row]:
        """A person's rows of an entity that meet the conditions and lie in the window."""
        moment, rows = self.entities[label]
        return [
            row
            for row in rows
            if row["profile_id"] == person["profile_id"]
            and (moment is None or (row[moment] is not None and row[moment] < self.as_of))
            and all(
                self.compares(row[moment], word, node[word], row)
                for word in ("in_last_days", "in_last_hours", "since", "before")
                if word in node
            )
            and ("where" not in node or self.holds(node["where"], row, label))
        ]

    def has(self, node: Any, person: Row) -> bool:
        """A count, or a sum, of a person's rows."""
        rows = self.rows(node, node["has"], person)
        subject: Any = len(rows)
        if "sum" in node:
            subject = sum(row[node["sum"]] or 0 for row in rows)
        words = [word for word in ("at_least", "at_most", "exactly") if word in node]
        if not words:
            return subject >= 1
        return all(
            self.compares(subject, "is" if word == "exactly" else word, node[word], {})
            for word in words
        )

    def leads_to(self, node: Any, row: Row, label: str) -> bool:
        """Whether a row leads to one that meets the conditions."""
        others, keys = self.related[label, node["has"]]
        return any(
            all(
                row[ours] is not None and other[theirs] == row[ours]
                for theirs, ours in keys.items()
            )
            and ("where" not in node or self.holds(node["where"], other, node["has"]))
            for other in others
        )

    def near(self, node: Any, row: Row) -> bool:
        """Whether a place is within some kilometres."""
        other = self.stores.get(node["store"]) if "store" in node else node
        places = [row["latitude"], row["longitude"]]
        places += [other["latitude"], other["longitude"]] if other else [None]
        if None in places:
            return False
        lat, lon, other_lat, other_lon = map(math.radians, places)
        # The angle between two directions, by their vectors.
        dot = math.cos(lat) * math.cos(other_lat) * math.cos(lon - other_lon)
        angle = math.acos(min(1.0, dot + math.sin(lat) * math.sin(other_lat)))
        return 6371 * angle <= node["within_km"]

    def sequence(self, node: Any, person: Row) -> bool:
        """Whether things happened one after the other."""
        window = {key: value for key, value in node.items() if key != "sequence"}
        reached: set[datetime] = set()
        for number, step in enumerate(node["sequence"]):
            label = step.get("has") or step["without"]
            rows = self.rows({**step, **(window if number == 0 else {})}, label, person)
            moments = {row[self.entities[label][0]] for row in rows}
            waits = {
                unit: step[f"within_{unit}"]
                for unit in ("days", "hours")
                if f"within_{unit}" in step
            }

            def follows(later: datetime, earlier: datetime, waits: dict = waits) -> bool:
                return later > earlier and all(
                    later <= earlier + timedelta(**{unit: wait}) for unit, wait in waits.items()
                )

            if number == 0:
                reached = moments
            elif "without" in step:
                reached = {at for at in reached if not any(follows(m, at) for m in moments)}
            else:
                reached = {m for m in moments if any(follows(m, at) for at in reached)}
        return bool(reached)
