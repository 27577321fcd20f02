"""One search: the plan it stands at, the best it has seen, and what it needs to take a step back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled, inlined, lean
from optimizer.fast.drives import new_work
from optimizer.fast.layout import (
    DURATION_S,
    END_NODE,
    IS_PLAIN,
    LEFT_OUT_MS,
    LONGEST,
    NOBODY,
    PERSON,
    PRICE_MS,
    SHIFT_END_S,
    SHIFT_START_S,
    START_NODE,
    UNFAIRNESS_PRICE,
    Layout,
)
from optimizer.fast.pool import Pool, new_pool
from optimizer.fast.route_functions import renewed_cost
from optimizer.fast.routes import LEG_S, refresh

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Order = tuple[int, ...]


class Chain(NamedTuple):
    """J jobs, D duties, L the most stops of a route, K numbers of breaks taken.

    Routes are kept thrice: as they stand NOW, as they were before this step (OLD), and in
    the best plan seen (TOP). A row of `nodes` holds the start node, `size` jobs and the end
    node. Of stop p, `times[.., p, k, FREE_S]` is when the technician is free after it with k
    breaks taken, `[.., BY_S]` the latest that it may start after k breaks for the rest to be
    in time; both with the fastest travel, so that what they refuse is impossible.
    """

    random: NDArray[np.uint64]  # 1
    numbers: Longs  # see below
    nodes: Ints  # 3, D, L
    size: Ints  # 3, D: how many jobs
    times: Ints  # 2, D, L, K, 3
    cost_ms: Longs  # 2, D
    left: Ints  # 2, D, parts: what the van still carries
    jobs: Longs  # J + 1, see below; some columns are lists
    duty_of: Ints  # J: whose route the job is in, or NOBODY
    stamps: Longs  # D, see below
    seen: Longs  # D + 1: the last look at the route; the last one is of jobs in none
    listed: Longs  # D + 1: the routes to be looked at; `_gather_near` writes one more than it counts
    idle: Ints  # kinds: the first duty of the kind that has nothing to do
    ranks: NDArray[np.float64]  # J
    places: Longs  # candidates + 1, 4: bound, duty, stop, whether the bound is the cost; their number first
    known: Longs  # J, D, 2: the best place of a job in a route, see best_places.py
    trial: Ints  # L
    work: Longs  # see drives.py
    made: Longs  # 2, 2, J + D, 5: see route_functions.py
    worth: NDArray[np.float64]  # 4: how much leaving jobs out matters to this step, see below
    absence: NDArray[np.float64]  # J + 2: for how long each job was left out, see absence.py
    spare_s: Longs  # T: spare time of each technician, for the price of unfairness
    pool: Pool


CURRENT, BEST, WAITING, STAMP, TOUCHED, BEST_STAMP, UNFAIR, MOVED, LOOKS, LEFT_OUT, VERSIONS, USED = range(12)
NOW, OLD, TOP = range(3)
#: the shares of the price of leaving a job out that COUNTS and that one MAY_PAY; what each count of absence adds
#: to it; what all the jobs are worth that this step may place and no route served before it
COUNTS, MAY_PAY, ABSENCE_MS, HOPED_MS = range(4)
#: behind the jobs' absence what it is of one left out at every step, and what the latest step counts for
ALL, LATEST = -2, -1
#: of a job: its stop (from 1), where it is among the waiting, the step that last took it up;
#: as lists: the jobs WAITING in no route, the jobs MOVED in this step
STOP, BANKED_AT, MARKED, BANK, MOVING = range(5)
#: of a duty: the step that last touched its route, the one that last changed it; as a list: the routes
#: touched in this step; then the version of its route, 0 if it is empty, and of the one before this step
STEP, CHANGE, HAND, VERSION, OLD_VERSION = range(5)
#: how many places are kept for exact evaluation
PLACES = 4


def new_chain(layout: Layout, orders: Mapping[int, Order], seed: int) -> Chain:
    """A search that stands at these routes."""
    clock = layout.clock
    duties, jobs, states = len(clock.duties), len(clock.jobs), clock.pauses.shape[1]
    timed = 0 if clock.numbers[IS_PLAIN] else jobs + duties  # what functions of time are kept of
    most = max(int(clock.numbers[LONGEST]), max((len(one) for one in orders.values()), default=0)) + 3
    chain = Chain(
        random=np.array([_scrambled(seed)], dtype=np.uint64),
        numbers=np.zeros(12, dtype=np.int64),
        nodes=np.zeros((3, duties, most), dtype=np.int32),
        size=np.zeros((3, duties), dtype=np.int32),
        times=np.zeros((2, duties, most, states, 3), dtype=np.int32),
        cost_ms=np.zeros((2, duties), dtype=np.int64),
        left=np.zeros((2, duties, layout.needs.shape[1]), dtype=np.int32),
        jobs=np.zeros((jobs + 1, 5), dtype=np.int64),
        duty_of=np.full(jobs, NOBODY, dtype=np.int32),
        stamps=np.full((duties, 5), -1, dtype=np.int64),
        seen=np.full(duties + 1, -1, dtype=np.int64),
        listed=np.zeros(duties + 1, dtype=np.int64),
        idle=np.zeros(len(layout.kind_at) - 1, dtype=np.int32),
        ranks=np.zeros(jobs + 1, dtype=np.float64),
        places=np.zeros((PLACES + 1, 4), dtype=np.int64),
        known=np.full((jobs, duties, 2), -1, dtype=np.int64),
        trial=np.zeros(most, dtype=np.int32),
        work=new_work(clock, 4 * timed),
        made=np.zeros((2, 2, timed, 5), dtype=np.int64),
        worth=np.array([1.0, 1.0, 0.0, 0.0]),
        absence=np.array([0.0] * jobs + [1.0, 1.0]),
        spare_s=np.zeros(len(layout.crew), dtype=np.int64),
        pool=new_pool(layout, most, seed),
    )
    nodes, count = routes_of(layout, orders, most)
    stand_at(layout, chain, nodes, count, np.iinfo(np.int64).max)
    return chain


def routes_of(layout: Layout, orders: Mapping[int, Order], most: int) -> tuple[Ints, Ints]:
    """Orders of jobs by duty as rows of nodes."""
    clock = layout.clock
    nodes = np.zeros((len(clock.duties), most), dtype=np.int32)
    count = np.zeros(len(clock.duties), dtype=np.int32)
    for duty in range(len(clock.duties)):
        jobs = orders.get(duty, ())
        count[duty] = len(jobs)
        nodes[duty, 0] = clock.duties[duty, START_NODE]
        nodes[duty, 1 : len(jobs) + 1] = jobs
        nodes[duty, len(jobs) + 1] = clock.duties[duty, END_NODE]
    return nodes, count


def best_orders(chain: Chain) -> dict[int, Order]:
    """The best routes seen, by duty."""
    return {
        duty: tuple(int(job) for job in chain.nodes[TOP, duty, 1 : size + 1])
        for duty, size in enumerate(chain.size[TOP])
    }


def _scrambled(seed: int) -> int:
    """A start for the random numbers that is far from those of other seeds, and not zero."""
    mixed = ((seed + 1) * 0x9E3779B97F4A7C15) % (1 << 64)
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) % (1 << 64)
    return (mixed ^ (mixed >> 31)) or 1


@compiled
def stand_at(layout: Layout, chain: Chain, nodes: Ints, count: Ints, best_ms: int) -> None:
    """Let the search stand at these routes, each job in at most one of them; they are the best if below `best_ms`."""
    clock = layout.clock
    jobs, duties = len(clock.jobs), len(count)
    for job in range(jobs):
        chain.duty_of[job] = NOBODY
        chain.jobs[job, BANK], chain.jobs[job, BANKED_AT] = job, job
    chain.numbers[WAITING] = jobs
    cost, left_out = 0, 0
    for job in range(jobs):
        left_out += clock.jobs[job, LEFT_OUT_MS]
    for duty in range(duties):
        size = count[duty]
        chain.size[NOW, duty] = size
        chain.nodes[NOW, duty, : size + 2] = nodes[duty, : size + 2]
        chain.left[NOW, duty] = layout.carries[duty]
        for at in range(1, size + 1):
            job = nodes[duty, at]
            take_from_bank(chain.jobs, chain.numbers, job)
            chain.duty_of[job], chain.jobs[job, STOP] = duty, at
            chain.left[NOW, duty] -= layout.needs[job]
            left_out -= clock.jobs[job, LEFT_OUT_MS]
        renew(layout, chain, duty)
        cost += chain.cost_ms[NOW, duty]
        chain.stamps[duty, CHANGE] = chain.numbers[STAMP]
    chain.numbers[USED] = np.count_nonzero(count)
    for kind in range(len(chain.idle)):
        find_idle(layout, chain, kind)
    chain.numbers[UNFAIR] = unfairness_ms(layout, chain)
    chain.numbers[CURRENT], chain.numbers[LEFT_OUT] = cost + chain.numbers[UNFAIR], left_out
    chain.numbers[STAMP] += 1
    if chain.numbers[CURRENT] + left_out < best_ms:
        chain.numbers[BEST], chain.numbers[BEST_STAMP] = chain.numbers[CURRENT] + left_out, chain.numbers[STAMP]
        chain.nodes[TOP], chain.size[TOP] = nodes, count


@compiled
def renew(layout: Layout, chain: Chain, duty: int) -> None:
    """Work out a route anew, all of it."""
    clock = layout.clock
    nodes, person, count, prices = chain.nodes, clock.duties[duty, PERSON], int(chain.size[NOW, duty]), np.int64(0)
    for at in range(1, count + 1):
        prices += clock.who[nodes[NOW, duty, at], person, PRICE_MS]
    chain.times[NOW, duty, 0, 0, LEG_S] = 0
    chain.cost_ms[NOW, duty] = 0
    update(layout, chain, duty, 1, count, int(prices))


@lean
def update(layout: Layout, chain: Chain, duty: int, low: int, high: int, price_ms: int) -> None:
    """Work out a route anew of which stops from `low` to `high` have other stops beside them than before.

    The times of the others have been moved with them; `price_ms` is what sending this
    technician to the jobs costs more than before.
    """
    # whole numbers of one size: each further kind would be compiled on its own
    count, numbers, stamps, cost_ms = int(chain.size[NOW, duty]), chain.numbers, chain.stamps, chain.cost_ms
    times = chain.times[NOW, duty]
    prices = cost_ms[NOW, duty] - 1000 * np.int64(times[0, 0, LEG_S]) + price_ms
    clock, nodes = layout.clock, chain.nodes[NOW, duty]
    cost = refresh(clock, duty, nodes, count, times, low, high) + prices
    if not clock.numbers[IS_PLAIN]:
        cost = renewed_cost(clock, chain.made, chain.work, duty, nodes, count, numbers[STAMP])
    cost_ms[NOW, duty] = cost
    numbers[VERSIONS] += 1
    stamps[duty, VERSION] = numbers[VERSIONS] if count else 0


@inlined
def copy_route(nodes: Ints, times: Ints, left: Ints, duty: int, count: int, source: int, target: int) -> None:
    """Copy the stops of a route, their times and what its van carries, from NOW to OLD or back."""
    for at in range(count + 2):
        nodes[target, duty, at] = nodes[source, duty, at]
        for k in range(times.shape[3]):
            for column in range(3):
                times[target, duty, at, k, column] = times[source, duty, at, k, column]
    for part in range(left.shape[2]):
        left[target, duty, part] = left[source, duty, part]


@lean
def take_from_bank(jobs: Longs, numbers: Longs, job: int) -> None:
    """The job is in a route from now on."""
    last = numbers[WAITING] - 1
    at, other = jobs[job, BANKED_AT], jobs[last, BANK]
    jobs[at, BANK], jobs[other, BANKED_AT] = other, at
    jobs[last, BANK], jobs[job, BANKED_AT] = job, last
    numbers[WAITING] = last


@lean
def put_in_bank(jobs: Longs, numbers: Longs, job: int) -> None:
    """The job is in no route from now on."""
    size = numbers[WAITING]
    at, other = jobs[job, BANKED_AT], jobs[size, BANK]
    jobs[at, BANK], jobs[other, BANKED_AT] = other, at
    jobs[size, BANK], jobs[job, BANKED_AT] = job, size
    numbers[WAITING] = size + 1


@lean
def find_idle(layout: Layout, chain: Chain, kind: int) -> None:
    """The first duty of a kind with nothing to do."""
    of_kind, size, found = layout.of_kind, chain.size, NOBODY
    for i in range(layout.kind_at[kind], layout.kind_at[kind + 1]):
        if size[NOW, of_kind[i]] == 0:
            found = of_kind[i]
            break
    chain.idle[kind] = found


@compiled
def unfairness_ms(layout: Layout, chain: Chain) -> int:
    """The price of the spread of spare time inside each crew, travel taken at its usual speed."""
    clock = layout.clock
    price = clock.numbers[UNFAIRNESS_PRICE]
    if price == 0:
        return 0
    chain.spare_s[:] = 0
    for duty in range(chain.size.shape[1]):
        person, size = clock.duties[duty, PERSON], chain.size[NOW, duty]
        chain.spare_s[person] += clock.duties[duty, SHIFT_END_S] - clock.duties[duty, SHIFT_START_S]
        for at in range(1, size + 1):
            job = chain.nodes[NOW, duty, at]
            chain.spare_s[person] -= (
                clock.who[job, person, DURATION_S] + clock.travel_s[0, chain.nodes[NOW, duty, at - 1], job]
            )
        if size:
            chain.spare_s[person] -= clock.travel_s[0, chain.nodes[NOW, duty, size], chain.nodes[NOW, duty, size + 1]]
    spread = 0
    for crew in range(len(layout.crew)):
        least, most, is_any = 0, 0, False
        for person in range(len(layout.crew)):
            if layout.crew[person] == crew:
                own = chain.spare_s[person]
                least, most = (min(least, own), max(most, own)) if is_any else (own, own)
                is_any = True
        spread += most - least
    return int(price * spread)
