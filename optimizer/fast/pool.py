"""Routes collected during a search, one for each duty kind and set of jobs: the cheapest order seen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled
from optimizer.fast.layout import KIND, Layout

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
#: how many routes are kept; the oldest give way
SIZE = 1 << 14


class Pool(NamedTuple):
    """A ring of routes with a table of slots by key; `key` mixes a random number of each job with one of the kind."""

    nodes: Ints  # SIZE, stops
    size: Ints  # SIZE: how many jobs
    duty: Ints  # SIZE
    cost_ms: Longs  # SIZE
    key: NDArray[np.uint64]  # SIZE
    slots: Ints  # 4 SIZE: row + 1 by key, open addressing; 0 is free
    filled: Longs  # 1: how many were ever added
    job_key: NDArray[np.uint64]
    kind_key: NDArray[np.uint64]


def new_pool(layout: Layout, stops: int, seed: int) -> Pool:
    """An empty pool."""
    random = np.random.default_rng(seed)
    jobs, kinds = len(layout.clock.jobs), len(layout.kind_at) - 1
    return Pool(
        nodes=np.zeros((SIZE, stops), dtype=np.int32),
        size=np.zeros(SIZE, dtype=np.int32),
        duty=np.zeros(SIZE, dtype=np.int32),
        cost_ms=np.zeros(SIZE, dtype=np.int64),
        key=np.zeros(SIZE, dtype=np.uint64),
        slots=np.zeros(4 * SIZE, dtype=np.int32),
        filled=np.zeros(1, dtype=np.int64),
        job_key=random.integers(1, 1 << 63, jobs, dtype=np.uint64),
        kind_key=random.integers(1, 1 << 63, max(kinds, 1), dtype=np.uint64),
    )


@compiled
def collect(layout: Layout, pool: Pool, duty: int, nodes: Ints, count: int, cost_ms: int) -> None:
    """Keep a route, unless a cheaper one with the same jobs for the same kind of duty is there."""
    if count == 0:
        return
    key = pool.kind_key[layout.clock.duties[duty, KIND]]
    for at in range(1, count + 1):
        key ^= pool.job_key[nodes[at]]
    mask = len(pool.slots) - 1
    slot = np.int64(key & np.uint64(mask))
    while pool.slots[slot] != 0:
        row = pool.slots[slot] - 1
        if pool.key[row] == key:
            if cost_ms < pool.cost_ms[row]:
                pool.nodes[row, : count + 2] = nodes[: count + 2]
                pool.size[row], pool.cost_ms[row] = count, cost_ms
            return
        slot = (slot + 1) & mask
    row = np.int32(pool.filled[0] % len(pool.key))
    if pool.filled[0] == len(pool.key):
        pool.slots[:] = 0  # full: begin anew, the search will bring the good ones again
        pool.filled[0] = 0
        row = np.int32(0)
        slot = np.int64(key & np.uint64(mask))
    pool.nodes[row, : count + 2] = nodes[: count + 2]
    pool.size[row], pool.duty[row], pool.cost_ms[row], pool.key[row] = count, duty, cost_ms, key
    pool.slots[slot] = row + 1
    pool.filled[0] += 1
