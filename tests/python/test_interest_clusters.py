"""Interest clusters: found where they are planted, refused where there are none, named for good."""

import numpy as np
import pytest

clusters = pytest.importorskip("orchestration.predictions.clusters")
NotTrained = clusters.NotTrained

ATTRIBUTES = [f"category:{name}" for name in ("garden", "kitchen", "music", "sport", "toys")] + [
    "price_band:high",
    "price_band:low",
]
PLANTED = {  # what each of three groups cares for
    "garden, high price": [9, 1, 1, 1, 1, 8, 1],
    "low price, music": [1, 1, 9, 1, 1, 1, 8],
    "sport, high price": [1, 1, 1, 9, 1, 8, 1],
}


def composed(random: np.random.Generator, strengths: list[float], people: int) -> np.ndarray:
    """Square roots of shares that sum to 1 over the categories and over the price bands."""
    shares = [random.dirichlet(part, people) for part in (strengths[:5], strengths[5:])]
    return np.sqrt(np.hstack(shares))


def planted(seed: int = 1, people: int = 130) -> tuple[clusters.People, np.ndarray]:
    random = np.random.default_rng(seed)
    values = np.vstack([composed(random, given, people) for given in PLANTED.values()])
    truth = np.repeat(np.arange(len(PLANTED)), people)
    order = random.permutation(len(values))
    keys = np.array([f"p{seed}|{number}" for number in range(len(values))], dtype=object)
    return clusters.People(keys, ATTRIBUTES, values[order]), truth[order]


def test_planted_clusters_are_found_and_named_by_what_they_care_for():
    people, truth = planted()
    found = clusters.find(people.values)
    rows = clusters.named(people, found, [])
    assert {row["cluster_name"] for row in rows} == set(PLANTED)
    said = clusters.assign(people.values, found.centroids)
    named = np.array([row["cluster_name"] for row in rows])[said]
    assert (named == np.array(list(PLANTED))[truth]).mean() > 0.97
    assert sum(row["people_share"] for row in rows) == pytest.approx(1)


@pytest.mark.parametrize("strength", [1, 3])
def test_people_without_groups_get_none(strength):
    values = composed(np.random.default_rng(5), [strength] * 7, 400)
    with pytest.raises(NotTrained) as refusal:
        clusters.find(values)
    assert refusal.value.code in ("no_structure", "not_stable")


def test_names_stay_when_people_are_shuffled_come_and_change():
    people, _ = planted()
    before = clusters.named(people, clusters.find(people.values), [])
    newer, _ = planted(seed=2, people=150)
    attributes = [*ATTRIBUTES, "brand:acme"]  # one that nobody knew before
    values = np.hstack(
        [newer.values, np.random.default_rng(3).uniform(0, 0.2, (len(newer.values), 1))]
    )
    later = clusters.People(newer.keys, attributes, values)
    after = clusters.named(later, clusters.find(values), before)

    def names(rows):
        return {row["cluster_code"]: row["cluster_name"] for row in rows}

    def strongest(rows):
        return {row["cluster_code"]: max(row["centroid"], key=row["centroid"].get) for row in rows}

    assert names(after) == names(before) and strongest(after) == strongest(before)


def test_a_new_group_gets_a_code_that_nobody_had():
    people, truth = planted()
    two = clusters.People(people.keys, ATTRIBUTES, people.values[truth < 2])
    before = clusters.named(two, clusters.find(two.values), [])
    after = clusters.named(people, clusters.find(people.values), before)
    codes = {row["cluster_name"]: row["cluster_code"] for row in after}
    assert {row["cluster_name"]: row["cluster_code"] for row in before}.items() < codes.items()
    assert codes["sport, high price"] == "interest_3"
