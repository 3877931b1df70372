"""BG/NBD and Gamma-Gamma: maximum likelihood fits. Scoring is SQL (int_predictions__lifetimes).

Fader, Hardie and Lee, "Counting your customers" the easy way (2005); Fader and Hardie, the
Gamma-Gamma model of monetary value (2013). Parameters are fitted as logarithms: they stay positive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, hyp2f1

Array = np.ndarray
STARTS = (0.0, -1.0, 1.0)  # logarithms; the best of three ends is kept


@dataclass(frozen=True)
class Fit:
    """Parameters by name, and the log-likelihood they reach."""

    parameters: dict[str, float]
    log_likelihood: float


def bg_nbd_log_likelihood(logs: Array, repeats: Array, recency: Array, age: Array) -> float:
    """Log-likelihood of r, alpha, a, b (as logarithms) for repeats, age at the last one, age."""
    r, alpha, a, b = np.exp(logs)
    common = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha)
    beta = gammaln(a + b) + gammaln(b + repeats) - gammaln(b) - gammaln(a + b + repeats)
    alive = -(r + repeats) * np.log(alpha + age)
    with np.errstate(divide="ignore"):
        left = np.where(
            repeats > 0,
            np.log(a)
            - np.log(b + np.maximum(repeats, 1) - 1)
            - (r + repeats) * np.log(alpha + recency),
            -np.inf,
        )
    return float(np.sum(common + beta + np.logaddexp(alive, left)))


def gamma_gamma_log_likelihood(logs: Array, repeats: Array, mean: Array) -> float:
    """Log-likelihood of p, q, v (as logarithms) for the mean amount of repeat purchases."""
    p, q, v = np.exp(logs)
    total = p * repeats
    return float(
        np.sum(
            gammaln(total + q)
            - gammaln(total)
            - gammaln(q)
            + q * np.log(v)
            + (total - 1) * np.log(mean)
            + total * np.log(repeats)
            - (total + q) * np.log(repeats * mean + v)
        )
    )


def maximise(log_likelihood, names: tuple[str, ...], scale: Array, *data: Array) -> Fit:
    """The best of several starts, by the mean: tolerances then mean the same at any size.
    Raises ValueError when no start converges to finite numbers."""
    best = None
    for start in STARTS:
        found = minimize(
            lambda logs: -log_likelihood(logs, *data) / len(data[0]),
            np.full(len(names), start) + scale,
            method="Nelder-Mead",
            options={"xatol": 1e-7, "fatol": 1e-12, "maxiter": 6000, "maxfev": 6000},
        )
        if np.isfinite(found.fun) and (best is None or found.fun < best.fun):
            best = found
    if best is None or np.abs(best.x).max() > np.log(1e6):
        raise ValueError(f"No finite fit of {', '.join(names)}: too little data.")
    values = {name: float(value) for name, value in zip(names, np.exp(best.x), strict=True)}
    return Fit(values, -float(best.fun) * len(data[0]))


def fit_bg_nbd(repeats: Array, recency: Array, age: Array) -> Fit:
    """r, alpha, a, b. Raises ValueError when there is no finite fit."""
    scale = np.array([0.0, np.log(max(float(np.mean(age)), 1.0)) / 2, 0.0, 0.0])
    return maximise(bg_nbd_log_likelihood, ("r", "alpha", "a", "b"), scale, repeats, recency, age)


def fit_gamma_gamma(repeats: Array, mean: Array) -> Fit:
    """p, q, v over people with a repeat purchase. Raises ValueError when there is no finite fit, or
    one without a mean (q of 1 or less)."""
    scale = np.array([1.0, 1.0, np.log(max(float(np.mean(mean)), 1.0))])
    fit = maximise(gamma_gamma_log_likelihood, ("p", "q", "v"), scale, repeats, mean)
    if fit.parameters["q"] <= 1:
        raise ValueError("Gamma-Gamma's q is 1 or less: amounts have no finite mean.")
    return fit


def expected_purchases(
    parameters: dict[str, float], horizon: float, repeats: Array, recency: Array, age: Array
) -> Array:
    """Purchases within the horizon, as published; the oracle of the SQL, and of back-tests."""
    r, alpha, a, b = (parameters[name] for name in ("r", "alpha", "a", "b"))
    z = horizon / (alpha + age + horizon)
    series = hyp2f1(a + b - 1 - r, a - 1, a + b + repeats - 1, z)
    unscaled = (a + b + repeats - 1) / (a - 1) * (1 - (1 - z) ** (a - 1) * series)
    return unscaled * alive(parameters, repeats, recency, age)


def alive(parameters: dict[str, float], repeats: Array, recency: Array, age: Array) -> Array:
    """The probability that somebody still buys."""
    r, alpha, a, b = (parameters[name] for name in ("r", "alpha", "a", "b"))
    log_ratio = (r + repeats) * np.log((alpha + age) / (alpha + recency))
    odds = a / (b + np.maximum(repeats, 1) - 1) * np.exp(np.minimum(log_ratio, 600))
    return 1 / (1 + np.where(repeats > 0, odds, 0))


def expected_amount(parameters: dict[str, float], repeats: Array, repeat_amount: Array) -> Array:
    """The amount of a purchase, between the person's own mean and everybody's."""
    p, q, v = (parameters[name] for name in ("p", "q", "v"))
    return p * (v + repeat_amount) / (p * repeats + q - 1)
