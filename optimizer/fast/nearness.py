"""Which jobs are neighbours of a job, by travel and by time of day, which duties start near by, how far it is back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.fast.layout import NEVER, NOBODY

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
#: how many jobs count as neighbours of a job, and how many kinds of duty as near
NEIGHBOURS = 100
NEAR_KINDS = 10
#: so many neighbours, of both ways, say in which routes a place is looked for
BESIDE = 40


def neighbours(
    travel_s: Ints, jobs: int, spans: Ints, span_at: Ints, profile: Ints, duration_s: Ints
) -> tuple[Ints, Ints]:
    """For each job those nearest by travel, and those nearest if the time of day counts as well."""
    size = min(NEIGHBOURS, max(jobs - 1, 0))
    close = np.zeros((jobs, size), dtype=np.int32)
    akin = np.zeros((jobs, size), dtype=np.int32)
    if not size or not profile.shape[1]:
        return close, akin
    variant = profile[:, 0]
    empty = span_at[variant] == span_at[variant + 1]
    first = np.where(empty, 0, spans[np.minimum(span_at[variant], max(len(spans) - 1, 0)), 0] if len(spans) else 0)
    last = np.where(empty, 0, spans[span_at[variant + 1] - 1, 1] if len(spans) else 0)
    first, last, length = first.astype(np.int64), last.astype(np.int64), duration_s[:, 0].astype(np.int64)
    for job in range(jobs):
        far = travel_s[job, :jobs].astype(np.int64) + travel_s[:jobs, job]
        far[job] = 4 * NEVER
        close[job] = _least(far, size)
        wait = np.minimum(
            np.maximum(first - last[job] - length[job], 0), np.maximum(first[job] - last - length, 0)
        ) + np.maximum(np.minimum(first + length - last[job], first[job] + length[job] - last), 0)
        akin[job] = _least(far + np.minimum(wait, NEVER) // 2, size)
    return close, akin


def beside(close: Ints, akin: Ints) -> Ints:
    """For each job the nearest few of both ways, in turn, each once; the first again fills up."""
    both = np.stack([close[:, :BESIDE], akin[:, :BESIDE]], axis=2)
    rows = [list(dict.fromkeys(row.ravel().tolist())) for row in both]
    longest = max(map(len, rows), default=0)
    return np.array([row + row[:1] * (longest - len(row)) for row in rows], dtype=np.int32).reshape(len(rows), longest)


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
