"""Which jobs are neighbours of a job, which duties start near by, how far the way back is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.fast.layout import NEVER, NOBODY

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
#: how many jobs count as neighbours of a job, and how many kinds of duty as near
NEIGHBOURS = 100
NEAR_KINDS = 10


def neighbours(travel_s: Ints, jobs: int) -> Ints:
    """For each job the others nearest by travel there and back, the nearest first: J, neighbours."""
    size = min(NEIGHBOURS, max(jobs - 1, 0))
    close = np.zeros((jobs, size), dtype=np.int32)
    if not size:
        return close
    for job in range(jobs):
        far = travel_s[job, :jobs].astype(np.int64) + travel_s[:jobs, job]
        far[job] = 4 * NEVER
        close[job] = _least(far, size)
    return close


def back(travel_s: Ints) -> Ints:
    """Travel to a place by row, as `travel_s` is from one: the same array if every way back is as long."""
    turned = travel_s.transpose(0, 2, 1)
    return travel_s if np.array_equal(travel_s, turned) else np.ascontiguousarray(turned)


def _least(values: Longs, size: int) -> Ints:
    few = np.argpartition(values, size - 1)[:size] if size < len(values) else np.arange(len(values))
    return few[np.argsort(values[few], kind="stable")][:size].astype(np.int32)


def near_kinds(
    travel_s: Ints, start_node: Ints, allowed: NDArray[np.bool_], price_ms: Longs, kind_at: Ints, of_kind: Ints
) -> Ints:
    """For each job the kinds of duty that may serve it and start nearest; NOBODY fills up.

    `price_ms`, of jobs and duties, is the price of sending: whom a customer asks for is nearer.
    """
    jobs, kinds = allowed.shape[0], len(kind_at) - 1
    size = min(NEAR_KINDS, kinds)
    near = np.full((jobs, max(size, 1)), NOBODY, dtype=np.int32)
    if not kinds:
        return near
    first = of_kind[kind_at[:-1]]
    far = travel_s[start_node[first]][:, :jobs].T.astype(np.int64)
    far += price_ms[:, first] // 1000
    far[~allowed[:, first]] = NEVER
    for job in range(jobs):
        nearest = _least(far[job], size)
        good = nearest[far[job, nearest] < NEVER]
        near[job, : len(good)] = good
    return near


def typical_leg_s(travel_s: Ints, close: Ints) -> int:
    """How far it is to one of the nearest few."""
    if not close.size:
        return 1
    few = close[:, : min(5, close.shape[1])]
    return max(1, int(travel_s[np.arange(len(few))[:, None], few].mean()))
