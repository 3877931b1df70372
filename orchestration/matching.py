"""`./run train matching`: learns how much each agreement and disagreement of two records says.

Reads how often each pattern of levels occurs among random pairs (int_identity__match_samples) and
pairs that share a block (int_identity__match_pairs), estimates by expectation-maximisation the
chance of each level between records of one person (m), of two strangers (u) and of two people of
one household, and adds their weights, log2 of the ratios, to the ledger
int_identity__match_weights. Comparing and scoring are the models'.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from orchestration.predictions.registry import training_as_of
from orchestration.warehouse import Warehouse, WarehouseUnavailable, open_warehouse, schema_name

ROUNDS = 500
SETTLED = 1e-6  # of every probability, between two rounds
FEWEST_MATCHES = 30  # fewer say nothing about a level that one match in twenty has
FIRST_SHARE = 0.1  # of the records have a second one, to begin with; the data soon says
UNSEEN = 0.5  # of a pair: what a level that was never seen counts as
MATCH = "match"  # the ledger's row for how many matches a record has


class NotTrained(Exception):
    """There is too little to learn from; the message says how much there is."""


@dataclass(frozen=True)
class Patterns:
    """Distinct rows of levels, one column per comparison, and how many pairs have each."""

    levels: np.ndarray
    pairs: np.ndarray


@dataclass
class Model:
    """Per comparison the chance of each of its levels, for pairs of three kinds."""

    levels: list[Sequence[int]]
    shared: list[float | None]
    one_person: list[np.ndarray]
    strangers: list[np.ndarray]
    matches: float
    housemates: float
    total_pairs: float

    def household(self, column: int) -> np.ndarray:
        """The chance of each level between two people of one household."""
        if (share := self.shared[column]) is None:
            return self.one_person[column]
        return share * self.one_person[column] + (1 - share) * self.strangers[column]

    def probabilities(self, patterns: Patterns) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The chance of each pattern to be one person's, two housemates' and two strangers'."""
        kinds = np.array([self.matches, self.housemates, self.total_pairs])
        logs = np.tile(np.log(kinds)[:, None], len(patterns.pairs))
        for column, levels in enumerate(self.levels):
            chances = (self.one_person[column], self.household(column), self.strangers[column])
            for place, level in enumerate(levels):
                here = patterns.levels[:, column] == level
                for kind, chance in enumerate(chances):
                    logs[kind, here] += math.log(chance[place])
        raised = np.exp(logs - logs.max(axis=0))
        same, near, strange = raised / raised.sum(axis=0)
        return same, near, strange


def spread(
    patterns: Patterns, column: int, levels: Sequence[int], chance: np.ndarray
) -> np.ndarray:
    """How a comparison's pairs, each counted by its chance, spread over the levels."""
    found, pairs = patterns.levels[:, column], chance * patterns.pairs
    counts = np.array([pairs[found == level].sum() for level in levels]) + UNSEEN
    return counts / counts.sum()


def first_guess(
    levels: list[Sequence[int]], shared: list, sampled: Patterns, records: int
) -> Model:
    """Where the search begins: the more alike the likelier in one person's records, half as many at
    each further level; strangers are as the sample says."""
    everything = np.ones(len(sampled.pairs))
    halved = [0.5 ** np.arange(1, len(each) + 1) for each in levels]
    return Model(
        levels,
        shared,
        one_person=[guess / guess.sum() for guess in halved],
        strangers=[spread(sampled, at, each, everything) for at, each in enumerate(levels)],
        matches=FIRST_SHARE * records,
        housemates=FIRST_SHARE * records,
        total_pairs=records * (records - 1) / 2,
    )


def learn(
    levels: list[Sequence[int]], shared: list, blocked: Patterns, sampled: Patterns, records: int
) -> Model:
    """Expectation-maximisation. Nearly all pairs of one person are among the blocked ones, so m is
    learnt from them and u from the sample, each pair counted by its chance of being of that kind.
    shared: per comparison the share of housemates who agree, None where it does not tell them
    apart. Raises NotTrained."""
    if records < FEWEST_MATCHES:
        raise NotTrained(f"{records} records are compared; enable types in seed match_types")
    model = first_guess(levels, shared, sampled, records)
    for _ in range(ROUNDS):
        before = np.concatenate([*model.one_person, *model.strangers])
        same, near, _ = model.probabilities(blocked)
        _, _, strange = model.probabilities(sampled)
        for at, each in enumerate(levels):
            model.one_person[at] = spread(blocked, at, each, same)
            model.strangers[at] = spread(sampled, at, each, strange)
        model.matches = max(float((same * blocked.pairs).sum()), UNSEEN)
        model.housemates = max(float((near * blocked.pairs).sum()), UNSEEN)
        after = np.concatenate([*model.one_person, *model.strangers])
        if np.abs(after - before).max() < SETTLED:
            break
    if model.matches < FEWEST_MATCHES:
        raise NotTrained(
            f"about {model.matches:.0f} pairs of {records} records look like one person,"
            f" {FEWEST_MATCHES} are needed; the weights stay as they are"
        )
    return model


def millibits(ratio: float) -> int:
    """Thousandths of the binary logarithm, as the macro millibits gives them."""
    return round(1000 * math.log2(ratio))


def ledger_rows(names: list[str], model: Model, records: int) -> list[tuple]:
    """A model as rows of the ledger. The first is kept per record: among more records a match is
    sought among more strangers."""
    mates, near = model.matches / records, model.housemates / records
    weights = (millibits(2 * mates), millibits(mates / near))
    rows = [(MATCH, 0, mates, 1.0, near, *weights)]
    for column, name in enumerate(names):
        chances = (model.one_person[column], model.strangers[column], model.household(column))
        for level, one, two, near in zip(model.levels[column], *chances, strict=True):
            weights = (millibits(one / two), millibits(one / near))
            rows.append((name, level, float(one), float(two), float(near), *weights))
    return rows


def relation(name: str) -> str:
    """A private model of identity as the warehouse names it."""
    return f"{schema_name('identity')}.int_identity__{name}"


def patterns(warehouse: Warehouse, name: str) -> tuple[list[str], Patterns]:
    """The comparisons of a relation of compared pairs, and its patterns."""
    columns, _ = warehouse.query(f"select * from {relation(name)} limit 0")
    levels = [column for column in columns if column.endswith("_level")]
    listed = ", ".join(levels)
    rows = warehouse.execute(f"select {listed}, count(*) from {relation(name)} group by {listed}")
    table = np.array(sorted(rows), dtype=np.int64).reshape(len(rows), len(levels) + 1)
    names = [column.removesuffix("_level") for column in levels]
    return names, Patterns(table[:, :-1], table[:, -1].astype(float))


def train(warehouse: Warehouse, trained_at: datetime) -> dict[str, float]:
    """Learns from what the warehouse holds and adds a training to the ledger. Returns its number,
    the records, and the pairs of one person and of one household expected among them. Raises
    NotTrained."""
    [(records,)] = warehouse.execute(f"select count(*) from {relation('match_records')}")
    names, blocked = patterns(warehouse, "match_pairs")
    _, sampled = patterns(warehouse, "match_samples")
    highest = np.concatenate([blocked.levels, sampled.levels]).max(axis=0, initial=-1)
    known = [column for column, level in enumerate(highest) if level >= 0]
    names, levels = [names[at] for at in known], [range(highest[at], -1, -1) for at in known]
    blocked = Patterns(blocked.levels[:, known], blocked.pairs)
    sampled = Patterns(sampled.levels[:, known], sampled.pairs)
    shares = dict(
        warehouse.execute(
            f"select comparison_code, household_share from {schema_name('rules')}.match_comparisons"
        )
    )
    model = learn(levels, [shares.get(name) for name in names], blocked, sampled, records)
    ledger = relation("match_weights")
    [(number,)] = warehouse.execute(f"select coalesce(max(training_number), 0) + 1 from {ledger}")
    rows = [(number, trained_at, *row) for row in ledger_rows(names, model, records)]
    marks = ", ".join([f"({', '.join('?' * len(rows[0]))})"] * len(rows))
    warehouse.execute(
        f"insert into {ledger} values {marks}", [cell for row in rows for cell in row]
    )
    return {
        "training": number,
        "records": records,
        "pairs of one person": round(model.matches, 1),
        "pairs of one household": round(model.housemates, 1),
    }


def main() -> int:
    """The command line."""
    try:
        with open_warehouse() as warehouse:
            report = train(warehouse, training_as_of())
    except (NotTrained, WarehouseUnavailable) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    sys.stdout.write("".join(f"{name:<24}{value:>12,}\n" for name, value in report.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
