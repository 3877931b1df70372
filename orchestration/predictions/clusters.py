"""Interest clusters: k-means over what people care for, k chosen by the data, names that stay.

A person is the square roots of the shares of their attributes, so that distances are those between
compositions (Hellinger). k has the widest silhouette among those that two halves of the people
agree on; without one that is wider than blobs of the same spread give by chance there are no
clusters. Assigning people is SQL (profile_interest_clusters).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from threadpoolctl import threadpool_limits

from orchestration.predictions.registry import NotTrained, Registry, relation
from orchestration.warehouse import Warehouse

Array = np.ndarray
CLUSTERS = "interest_clusters"
MIN_PEOPLE = 200
PEOPLE_AT_MOST = 20_000
SILHOUETTE_PEOPLE = 1_000  # a silhouette compares everybody with everybody
ATTRIBUTES_AT_MOST = 60
COUNTS = range(2, 11)
WIDE = 0.25  # Kaufman and Rousseeuw (1990): below, no substantial structure
STABLE = 0.8  # adjusted Rand index of what two halves of the people say of everybody
BLOBS = 19  # so many draws: chance is wider than all of them once in twenty
SAME = 0.5  # of the people in either, so many in both: it is the cluster of before
NAME_ATTRIBUTES = 2


@dataclass(frozen=True)
class People:
    """Keys, the names of their attributes, and a row of attribute values for each."""

    keys: Array
    attributes: list[str]
    values: Array


@dataclass(frozen=True)
class Found:
    """Centroids, with the silhouette and stability they have and the widest by chance."""

    centroids: Array
    silhouette: float
    stability: float
    chance: float


def read_people(warehouse: Warehouse) -> People:
    """Everybody with enough evidence; of more than fit, the people whose hash is lowest."""
    interests = relation("int_predictions__interests")
    rows = warehouse.execute(
        f"select profile_id, attribute_name, attribute_value from {interests}"
        f" where profile_id in (select profile_id from {interests} group by profile_id"
        f" order by md5(profile_id), profile_id limit {PEOPLE_AT_MOST})"
        " order by profile_id, attribute_name"
    )
    keys = np.array(sorted({row[0] for row in rows}), dtype=object)
    counted: dict[str, int] = {}
    for _, name, _ in rows:
        counted[name] = counted.get(name, 0) + 1
    attributes = sorted(sorted(counted, key=lambda n: (-counted[n], n))[:ATTRIBUTES_AT_MOST])
    place = {name: number for number, name in enumerate(attributes)}
    row_of = {key: number for number, key in enumerate(keys)}
    values = np.zeros((len(keys), len(attributes)))
    for key, name, value in rows:
        if name in place:
            values[row_of[key], place[name]] = float(value)
    return People(keys, attributes, values)


def fit(values: Array, count: int) -> Array:
    """Centroids of so many clusters."""
    return KMeans(count, n_init=5, random_state=0).fit(values).cluster_centers_


def assign(values: Array, centroids: Array) -> Array:
    """The nearest centroid of each row."""
    return np.argmin((centroids**2).sum(axis=1) - 2 * values @ centroids.T, axis=1)


def width(values: Array, centroids: Array) -> float:
    """Mean silhouette; none where a cluster is empty."""
    some = values[:: max(1, len(values) // SILHOUETTE_PEOPLE)]
    labels = assign(some, centroids)
    return float(silhouette_score(some, labels)) if len(set(labels)) == len(centroids) else -1.0


def stability(values: Array, count: int) -> float:
    """How far the clusters of two halves of the people agree about everybody; the median of three
    ways to halve."""
    agreed = []
    for draw in range(3):
        order = np.random.default_rng(draw).permutation(len(values))
        halves = np.array_split(order, 2)
        said = [assign(values, fit(values[half], count)) for half in halves]
        agreed.append(adjusted_rand_score(*said))
    return float(np.median(agreed))


def by_chance(values: Array, count: int) -> float:
    """The widest silhouette that one blob of the same means and covariances gives."""
    random = np.random.default_rng(0)
    mean, spread = values.mean(axis=0), np.cov(values, rowvar=False)
    people = min(len(values), SILHOUETTE_PEOPLE)
    blobs = (
        random.multivariate_normal(mean, spread, people, check_valid="ignore") for _ in range(BLOBS)
    )
    return max(width(blob, fit(blob, count)) for blob in blobs)


@threadpool_limits.wrap(limits=1)  # of so few numbers, threads wait for each other
def find(values: Array) -> Found:
    """The clusters. Raises NotTrained where there is no structure, with the numbers."""
    tried = {}
    for count in (count for count in COUNTS if count * 10 <= len(values)):
        centroids = fit(values, count)
        tried[count] = Found(centroids, width(values, centroids), stability(values, count), 0.0)
    stable = {count: found for count, found in tried.items() if found.stability >= STABLE}
    if not stable:
        best = max(tried.values(), key=lambda found: found.stability)
        raise NotTrained("not_stable", f"halves agree by {best.stability:.2f} of {STABLE}")
    count = max(stable, key=lambda number: stable[number].silhouette)
    found = stable[count]
    chance = by_chance(values, count) if found.silhouette >= WIDE else 0.0
    if found.silhouette < max(WIDE, chance):
        raise NotTrained(
            "no_structure",
            f"silhouette {found.silhouette:.2f} of {count} clusters, needs {max(WIDE, chance):.2f}",
        )
    return Found(found.centroids, found.silhouette, found.stability, chance)


def words(attribute: str) -> str:
    """An attribute as part of a name."""
    dimension, value = attribute.split(":", 1)
    return f"{value} price" if dimension == "price_band" else value


def name_of(centroid: Array, mean: Array, attributes: list[str], taken: set[str]) -> str:
    """The attributes in which a cluster is most above everybody; one more where that name is
    taken."""
    order = np.argsort(mean - centroid, kind="stable")
    above = [words(attributes[place]) for place in order if centroid[place] > mean[place]]
    for length in range(min(NAME_ATTRIBUTES, len(above)), len(above) + 1):
        name = ", ".join(above[:length])
        if name not in taken:
            return name
    return f"{', '.join(above[:NAME_ATTRIBUTES])} ({len(taken) + 1})"


def matched(before: Array, after: Array, counts: tuple[int, int]) -> dict[int, int]:
    """The cluster of before that each new one continues: most people in common, and at least half
    of those in either. before, after: each person's cluster."""
    shared = np.zeros(counts)
    for old in range(counts[0]):
        for new in range(counts[1]):
            either = ((before == old) | (after == new)).sum()
            shared[old, new] = ((before == old) & (after == new)).sum() / max(either, 1)
    pairs = zip(*linear_sum_assignment(-shared), strict=True)
    return {int(new): int(old) for old, new in pairs if shared[old, new] >= SAME}


def named(people: People, found: Found, previous: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row per cluster: code, name, share of the people, centroid by attribute. A cluster that
    continues one of `previous` (rows of this kind) keeps its code and name; others get new ones."""
    said = assign(people.values, found.centroids)
    kept: dict[int, int] = {}
    if previous:
        old = np.array(
            [[row["centroid"].get(name, 0.0) for name in people.attributes] for row in previous]
        )
        counts = (len(previous), len(found.centroids))
        kept = matched(assign(people.values, old), said, counts)
    numbers = [int(row["cluster_code"].rsplit("_", 1)[1]) for row in previous]
    taken = {row["cluster_name"] for row in previous}
    free, mean, rows = max(numbers, default=0), people.values.mean(axis=0), []
    for place, centroid in enumerate(found.centroids):
        if place in kept:
            row = previous[kept[place]]
            code, name = row["cluster_code"], row["cluster_name"]
        else:
            free += 1
            code, name = f"interest_{free}", name_of(centroid, mean, people.attributes, taken)
            taken.add(name)
        rows.append(
            {
                "cluster_code": code,
                "cluster_name": name,
                "people_share": float((said == place).mean()),
                "centroid": dict(zip(people.attributes, map(float, centroid), strict=True)),
            }
        )
    return rows


def champions(registry: Registry) -> list[dict[str, Any]]:
    """The clusters in use; where they were taken out of use, the last ones, so that names stay."""
    version = registry.champion(CLUSTERS) or registry.highest(
        "model_version", "version_number", CLUSTERS
    )
    found = registry.warehouse.execute(
        "select cluster_code, cluster_name, attribute_name, centroid_value"
        f" from {registry.schema}.interest_centroid where version_number = ? order by 1, 3",
        [version],
    )
    rows: dict[str, dict[str, Any]] = {}
    for code, name, attribute, value in found:
        row = rows.setdefault(code, {"cluster_code": code, "cluster_name": name, "centroid": {}})
        row["centroid"][attribute] = value
    return list(rows.values())


def train_clusters(registry: Registry, as_of: datetime) -> dict[str, Any]:
    """Finds, names and books; returns the model_version row. Raises NotTrained."""
    people = read_people(registry.warehouse)
    if len(people.keys) < MIN_PEOPLE:
        raise NotTrained("too_few_people", f"{len(people.keys)} of {MIN_PEOPLE}")
    found = find(people.values)
    rows = named(people, found, champions(registry))
    version = {
        "model_name": CLUSTERS,
        "algorithm_code": "k_means",
        "trained_as_of": as_of,
        "first_cutoff_date": as_of.date(),
        "last_cutoff_date": as_of.date(),
        "row_count": len(people.keys),
        "parameters_json": json.dumps({"clusters": len(rows), "stability": found.stability}),
        "model_metric": found.silhouette,
        "rule_metric": found.chance,
        "status_code": "promoted",
        "reason_code": "wider_than_chance",
    }
    details = {
        "interest_centroid": [
            {
                "cluster_code": row["cluster_code"],
                "cluster_name": row["cluster_name"],
                "people_share": row["people_share"],
                "attribute_name": attribute,
                "centroid_value": value,
            }
            for row in rows
            for attribute, value in row["centroid"].items()
        ]
    }
    return {**version, "version_number": registry.book(version, details)}
