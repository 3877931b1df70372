"""How well a scorer orders people: AUC, Gini of value, paired bootstrap, calibration.

Resampling draws people, not rows, since one person stands at several cut-offs; seeds are fixed, so
that the same rows give the same decision.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray
DRAWS = 1000
LOWEST = (
    0.005  # a promotion that chance would grant once in 200: two algorithms are tried each week
)
TENTHS = 10


class Ranking:
    """Scores in order, ready to be judged under many weights of the same rows."""

    def __init__(self, score: Array) -> None:
        self.order = np.argsort(score, kind="stable")
        ordered = score[self.order]
        self.starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])

    def auc(self, label: Array, weight: Array) -> float:
        """Area under the ROC curve; ties count half. 0.5 where one class is missing."""
        positive = np.add.reduceat((label * weight)[self.order], self.starts)
        negative = np.add.reduceat(((1 - label) * weight)[self.order], self.starts)
        pairs = positive.sum() * negative.sum()
        if pairs == 0:
            return 0.5
        below = np.cumsum(negative) - negative / 2
        return float((positive * below).sum() / pairs)

    def qini(self, effect: Array, weight: Array) -> float:
        """What choosing people by the score gains over choosing by lot, per person and on average
        over all shares one may choose. effect: what each row says of the effect (`effect_of`); ties
        share theirs."""
        held = np.add.reduceat((effect * weight)[self.order], self.starts)
        people = np.add.reduceat(weight[self.order], self.starts)
        above = held.sum() - np.cumsum(held) + held / 2
        return float((above * people).sum() / people.sum() ** 2 - held.sum() / people.sum() / 2)

    def captured(self, value: Array, weight: Array) -> float:
        """1 - 2 x the area under the Lorenz curve of value in the order of the score; ties share
        theirs."""
        held = np.add.reduceat((value * weight)[self.order], self.starts)
        people = np.add.reduceat(weight[self.order], self.starts)
        below = np.cumsum(held) - held / 2
        return float(1 - 2 * (below * people).sum() / max(held.sum() * people.sum(), 1e-12))

    def gini(self, value: Array, weight: Array) -> float:
        """What the order of the score captures of value, over what the perfect order does."""
        return self.captured(value, weight) / max(Ranking(value).captured(value, weight), 1e-12)


def effect_of(outcome: Array, is_control: Array, control_share: Array) -> Array:
    """A number per row whose mean over any group drawn apart from the arm is the effect there: the
    outcome over the chance of the row's arm, negative for those held out."""
    return outcome * np.where(is_control, -1 / control_share, 1 / (1 - control_share))


def auc(label: Array, score: Array) -> float:
    """Area under the ROC curve."""
    return Ranking(score).auc(label, np.ones(len(label)))


def gini(value: Array, score: Array) -> float:
    """Normalised Gini of value by score."""
    return Ranking(score).gini(value, np.ones(len(value)))


class Pair:
    """Two scorers of the same rows.

    metric: auc, gini or qini, of scores; error: ours and theirs are errors, and less is better.
    """

    def __init__(self, label: Array, ours: Array, theirs: Array, metric: str = "auc") -> None:
        self.label = label
        self.less = theirs - ours
        self.rankings = None if metric == "error" else (Ranking(ours), Ranking(theirs))
        self.metric = metric

    def gain(self, weight: Array | None = None) -> float:
        """Our metric less theirs; of errors, theirs less ours."""
        weight = np.ones(len(self.label)) if weight is None else weight
        if self.rankings is None:
            return float((self.less * weight).sum() / weight.sum())
        mine, other = (getattr(ranks, self.metric)(self.label, weight) for ranks in self.rankings)
        return mine - other


def paired_gain(
    people: Array, label: Array, ours: Array, theirs: Array, metric: str = "auc"
) -> tuple[float, float, float]:
    """The gain of a Pair of scorers, and the ends of its bootstrap interval."""
    _, person = np.unique(people, return_inverse=True)
    count = int(person.max()) + 1
    pair = Pair(label, ours, theirs, metric)
    random = np.random.default_rng(20260101)
    drawn = [
        pair.gain(
            np.bincount(random.integers(0, count, count), minlength=count)[person].astype(float)
        )
        for _ in range(DRAWS)
    ]
    low, high = np.quantile(drawn, [LOWEST, 1 - LOWEST])
    return pair.gain(), float(low), float(high)


def verdict(
    people: Array,
    label: Array,
    ours: Array,
    rivals: dict[str, Array],
    metric: str = "auc",
    cutoffs: Array | None = None,
) -> dict[str, Any]:
    """Promoted or refused against every rival, with the interval of the gain that is least sure.

    A rival is asked of the rows it has a number for; one without any is too new to be beaten.
    metric: as of Pair. cutoffs: of each row; we have to be better at every one.
    """
    reasons, intervals = [], []
    for rival, theirs in rivals.items():
        asked = np.isfinite(theirs)
        if not asked.any():
            reasons.append(f"{rival}_too_new")
            continue
        rows = [label[asked], ours[asked], theirs[asked]]
        _, low, high = paired_gain(people[asked], *rows, metric)
        intervals.append((low, high))
        days = np.zeros(asked.sum()) if cutoffs is None else cutoffs[asked]
        parts = [[values[days == day] for values in rows] for day in sorted(set(days.tolist()))]
        if low <= 0 or any(Pair(*part, metric).gain() <= 0 for part in parts):
            reasons.append(f"not_better_than_{rival}")
    low, high = min(intervals)
    return {
        "status_code": "refused" if reasons else "promoted",
        "reason_code": reasons[0] if reasons else "beats_rule_and_champion",
        "gain_low": low,
        "gain_high": high,
    }


def calibration(score: Array, observed: Array, is_value: bool = False) -> list[dict[str, Any]]:
    """Tenths by score: predicted against observed."""
    order = np.argsort(score, kind="stable")
    rows = []
    for number, part in enumerate(np.array_split(order, TENTHS), start=1):
        if len(part) == 0:
            continue
        low, high = np.quantile(observed[part], [0.1, 0.9]) if is_value else (None, None)
        rows.append(
            {
                "bin_number": number,
                "row_count": len(part),
                "lower_bound": float(score[part[0]]),
                "predicted_mean": float(score[part].mean()),
                "observed_mean": float(observed[part].mean()),
                "observed_low": None if low is None else float(low),
                "observed_high": None if high is None else float(high),
            }
        )
    return rows


def calibration_error(rows: list[dict[str, Any]]) -> float:
    """Mean gap between predicted and observed over the tenths, weighted by their rows."""
    total = sum(row["row_count"] for row in rows)
    gaps = (abs(row["predicted_mean"] - row["observed_mean"]) * row["row_count"] for row in rows)
    return sum(gaps) / max(total, 1)
