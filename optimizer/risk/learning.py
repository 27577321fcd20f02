"""Learning distributions from what was done: group by group, the less the fewer visits there are of it.

Shifts are those of a random-effects model, one level after the other on what the levels
before leave over: all services, then kinds, then premises within a kind, then technicians.
The mean of a group of n visits counts for n / (n + k), where k is the variance within groups
over the variance between them, both by the method of moments (Searle, Casella and McCulloch
1992, Variance Components, section 3.6). Medians and spreads are held against the defaults as
if those had been seen in `PRIOR_VISITS` visits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from optimizer.risk.uncertainty import NO_HISTORY, Effects, Spread, Traits, TravelSpread, Uncertainty

#: what the defaults weigh, in visits, legs and days
PRIOR_VISITS, PRIOR_LEGS, PRIOR_DAYS = 20, 20, 5
#: where there is nothing to learn it from, the mean of so many visits counts half
USUAL_K = 20.0
#: a factor beyond this is taken for it: somebody forgot to tap, or tapped everything in the evening
MOST_FACTOR = 5.0
#: shorter drives are mostly parking and stairs, which no factor describes
LEAST_DRIVE_S = 120

Logs = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRecord:
    """One service as it was: what it was, who did it, and what it was planned to take and took, in seconds."""

    traits: Traits
    technician: str
    planned_s: int
    actual_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveRecord:
    """One drive as it was; drives with the same `day` share its traffic."""

    day: str
    planned_s: int
    actual_s: int


def learn(
    services: Iterable[ServiceRecord] = (), drives: Iterable[DriveRecord] = (), prior: Uncertainty = NO_HISTORY
) -> Uncertainty:
    """The distributions that fit the records; with none, the prior's.

    Services without a length and drives planned shorter than LEAST_DRIVE_S say nothing; factors
    beyond MOST_FACTOR count as MOST_FACTOR.
    """
    done = [one for one in services if one.planned_s > 0 and one.actual_s > 0]
    driven = [one for one in drives if one.planned_s >= LEAST_DRIVE_S and one.actual_s > 0]
    learnt = _learn_services(done, prior) if done else prior
    if not driven:
        return learnt
    return Uncertainty(
        service=learnt.service,
        sigma_by_kind=learnt.sigma_by_kind,
        kinds=learnt.kinds,
        premises=learnt.premises,
        technicians=learnt.technicians,
        travel=_learn_travel(driven, prior.travel),
        traits=prior.traits,
    )


def _learn_services(done: Sequence[ServiceRecord], prior: Uncertainty) -> Uncertainty:
    logs = _logs([one.planned_s for one in done], [one.actual_s for one in done])
    median = _held_against(float(logs.mean()), len(logs), prior.service.log_median, PRIOR_VISITS)
    left = logs - median
    kind_of = [one.traits.kind for one in done]
    kinds, left = _effects(kind_of, left)
    premises, left = _effects([one.traits.place_of_kind for one in done], left)
    technicians, left = _effects([one.technician for one in done], left)
    variance = _held_against(float((left**2).mean()), len(left), prior.service.sigma**2, PRIOR_VISITS)
    names, numbers = np.unique(kind_of, return_inverse=True)
    counts, squares = np.bincount(numbers), np.bincount(numbers, weights=left**2)
    return Uncertainty(
        service=Spread(median, sqrt(variance)),
        sigma_by_kind={
            str(name): sqrt(_held_against(total / count, count, variance, PRIOR_VISITS))
            for name, count, total in zip(names, counts, squares, strict=True)
        },
        kinds=kinds,
        premises=premises,
        technicians=technicians,
        travel=prior.travel,
        traits=prior.traits,
    )


def _learn_travel(driven: Sequence[DriveRecord], prior: TravelSpread) -> TravelSpread:
    logs = _logs([one.planned_s for one in driven], [one.actual_s for one in driven])
    _days, numbers = np.unique([one.day for one in driven], return_inverse=True)
    days, legs = int(numbers.max()) + 1, len(logs)
    found = _variances(numbers, logs)
    within, between = (prior.leg_sigma**2, prior.day_sigma**2) if found is None else found
    return TravelSpread(
        log_median=_held_against(float(logs.mean()), legs, prior.log_median, PRIOR_LEGS),
        day_sigma=sqrt(_held_against(between, days, prior.day_sigma**2, PRIOR_DAYS)),
        leg_sigma=sqrt(_held_against(within, legs, prior.leg_sigma**2, PRIOR_LEGS)),
    )


def _logs(planned_s: Sequence[int], actual_s: Sequence[int]) -> Logs:
    factors = np.array(actual_s, dtype=np.float64) / np.array(planned_s, dtype=np.float64)
    return np.clip(np.log(factors), -log(MOST_FACTOR), log(MOST_FACTOR))


def _held_against(seen: float, count: int, prior: float, prior_count: int) -> float:
    return (seen * count + prior * prior_count) / (count + prior_count)


def _effects(groups: Sequence[str], logs: Logs) -> tuple[Effects, Logs]:
    """The shrunk shift of each group, and what it leaves over of each record."""
    names, numbers = np.unique(groups, return_inverse=True)
    counts = np.bincount(numbers)
    means = np.bincount(numbers, weights=logs) / counts
    found = _variances(numbers, logs)
    within, between = found if found is not None else (float(logs.var()), float(logs.var()) / USUAL_K)
    if between <= 0:
        return Effects(), logs
    trust = counts / (counts + within / between)
    shifts = trust * means
    known = zip(names, shifts, between * (1 - trust), strict=True)
    by_name = [(str(name), float(shift), float(variance)) for name, shift, variance in known]
    effects = Effects(
        shifts={name: shift for name, shift, _ in by_name},
        variances={name: variance for name, _, variance in by_name},
        unseen_variance=between,
    )
    return effects, logs - shifts[numbers]


def _variances(numbers: NDArray[np.int64], logs: Logs) -> tuple[float, float] | None:
    """The variance within groups and between them; None where too little is grouped to tell."""
    counts = np.bincount(numbers)
    groups, total = len(counts), len(logs)
    if groups < 2 or total - groups < groups:
        return None
    means = np.bincount(numbers, weights=logs) / counts
    within = float(((logs - means[numbers]) ** 2).sum()) / (total - groups)
    spread = float((counts * (means - logs.mean()) ** 2).sum()) / (groups - 1)
    size = (total - float((counts**2).sum()) / total) / (groups - 1)
    return within, max(0.0, (spread - within) / size)
