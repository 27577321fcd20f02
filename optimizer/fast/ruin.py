"""Taking a part of the plan down: strings of neighbouring stops out of neighbouring routes.

After J. Christiaens and G. Vanden Berghe, Slack induction by string removals for vehicle
routing problems, Transportation Science 54(2), 2020.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import inlined, lean
from optimizer.fast.absence import worth_ms
from optimizer.fast.chain import (
    BANK,
    HAND,
    HOPED_MS,
    MARKED,
    MOVED,
    MOVING,
    NOW,
    OLD,
    OLD_VERSION,
    STAMP,
    STEP,
    STOP,
    TOUCHED,
    USED,
    VERSION,
    WAITING,
    Chain,
    copy_route,
    find_idle,
    put_in_bank,
    update,
)
from optimizer.fast.layout import (
    HEAD,
    IS_FROZEN,
    KIND,
    NOBODY,
    PERSON,
    PINNED_AT,
    PRICE_MS,
    Layout,
)
from optimizer.fast.random_numbers import below, draw

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
#: where a third of the routes are less, the strings of a step are drawn from below this: one or two
STRINGS_OF_FEW = 2.5


class Settings(NamedTuple):
    """How the search goes about it; each can be switched off to see what it earns."""

    removed: float = 10.0  # stops taken out of the plan, on average
    longest: float = 10.0  # stops of one string
    waiting: float = 0.3  # share of ruins around a job left out, while there is one
    blink: float = 0.03  # share of places overlooked
    absence: float = 12.0  # in laps, what a job left out at every step is worth beyond its price, in temperatures
    generous: float = 0.1  # share of steps that may pay more for a job than leaving it out costs
    collected: float = 0.02  # share of accepted plans whose routes are collected


@lean
def ruin(layout: Layout, chain: Chain, settings: Settings) -> None:
    """Take strings out of the routes around a job; `moved` lists what is to be placed."""
    clock = layout.clock
    waiting = chain.numbers[WAITING]
    state = chain.random
    seed = below(state, len(clock.jobs))
    if waiting and draw(state) < settings.waiting:
        seed = chain.jobs[below(state, waiting), BANK]
    cap, strings = _how_much(chain, settings)
    _ruin_at(layout, chain, seed, cap)
    around, duty_of, stamps, numbers = layout.around, chain.duty_of, chain.stamps, chain.numbers
    for i in range(around.shape[1]):
        if numbers[TOUCHED] >= strings:
            break
        other = int(around[seed, i])
        duty = duty_of[other]
        if duty == NOBODY or stamps[duty, STEP] == numbers[STAMP]:
            continue
        _ruin_at(layout, chain, other, cap)
    _take_up_waiting(clock.jobs, chain, seed, around)


@inlined
def _how_much(chain: Chain, settings: Settings) -> tuple[float, int]:
    """The longest string of this step, and the number of strings: out of a third of the routes at the most.

    With few long routes that ends in better plans (docs/benchmarks.md, where we lose).
    """
    jobs, routes = len(chain.jobs) - 1 - chain.numbers[WAITING], max(chain.numbers[USED], 1)
    cap = max(1.0, min(settings.longest, jobs / routes))
    most = min(4.0 * settings.removed / (1.0 + cap), max(STRINGS_OF_FEW, routes / 3.0)) - 1.0
    return cap, int(1.0 + draw(chain.random) * max(most, 0.0))


@lean
def _ruin_at(layout: Layout, chain: Chain, job: int, cap: float) -> None:
    """Take a string with this job out of its route, if the route stands and the job may move."""
    clock = layout.clock
    duty = chain.duty_of[job]
    if duty == NOBODY or chain.stamps[duty, STEP] == chain.numbers[STAMP] or clock.jobs[job, IS_FROZEN]:
        return
    head, state = clock.duties[duty, HEAD], chain.random
    loose = chain.size[NOW, duty] - head
    length = int(1.0 + draw(state) * min(float(loose), cap))
    length = min(length, loose)
    own = chain.jobs[job, STOP] - head - 1
    low, high = max(0, own - length + 1), min(own, loose - length)
    first = low + below(state, high - low + 1)
    touch(chain, duty)
    for i in range(first, first + length):
        _take_out(layout, chain, duty, chain.nodes[NOW, duty, head + 1 + i])
    close_up(layout, chain, duty)


@inlined
def _take_out(layout: Layout, chain: Chain, duty: int, job: int) -> None:
    chain.duty_of[job] = NOBODY
    put_in_bank(chain.jobs, chain.numbers, job)
    left, needs = chain.left, layout.needs
    for part in range(needs.shape[1]):
        left[NOW, duty, part] += needs[job, part]
    chain.jobs[job, MARKED] = chain.numbers[STAMP]
    chain.jobs[chain.numbers[MOVED], MOVING] = job
    chain.numbers[MOVED] += 1


@lean
def close_up(layout: Layout, chain: Chain, duty: int) -> None:
    """Close the gaps of a route; what was pinned to a position behind one goes too."""
    clock = layout.clock
    nodes, times, jobs, person = chain.nodes[NOW, duty], chain.times[NOW, duty], chain.jobs, clock.duties[duty, PERSON]
    size, m, low, high, price_ms = chain.size[NOW, duty], 0, 0, 0, np.int64(0)
    duty_of = chain.duty_of
    for at in range(1, size + 2):
        job = nodes[at]
        if at <= size:
            is_there = duty_of[job] == duty
            if is_there and at != m + 1 and clock.jobs[job, PINNED_AT] != NOBODY:
                _take_out(layout, chain, duty, job)
                is_there = False
            if not is_there:
                price_ms -= clock.who[job, person, PRICE_MS]
                low, high = low if low else m + 1, m
                continue
        m += 1
        if at == m:
            continue
        nodes[m] = job
        if at <= size:
            jobs[job, STOP] = m
        for k in range(times.shape[1]):
            for column in range(times.shape[2]):
                times[m, k, column] = times[at, k, column]
    chain.size[NOW, duty] = m - 1
    update(layout, chain, duty, low, high, int(price_ms))
    if m == 1:
        chain.numbers[USED] -= 1
        find_idle(layout, chain, clock.duties[duty, KIND])


@lean
def touch(chain: Chain, duty: int) -> None:
    """Remember a route as it was before this step."""
    stamps, numbers, nodes, times, left = chain.stamps, chain.numbers, chain.nodes, chain.times, chain.left
    if stamps[duty, STEP] == numbers[STAMP]:
        return
    stamps[duty, STEP] = numbers[STAMP]
    stamps[numbers[TOUCHED], HAND] = duty
    numbers[TOUCHED] += 1
    count = chain.size[NOW, duty]
    chain.size[OLD, duty], chain.cost_ms[OLD, duty] = count, chain.cost_ms[NOW, duty]
    stamps[duty, OLD_VERSION] = stamps[duty, VERSION]
    copy_route(nodes, times, left, duty, count, NOW, OLD)


@inlined
def _take_up_waiting(rows: Longs, chain: Chain, seed: int, around: Ints) -> None:
    """Beside what was taken out, place the jobs left out near by; all of them if they are few."""
    chain.worth[HOPED_MS] = 0.0
    if chain.numbers[WAITING] - chain.numbers[MOVED] <= 12:
        for i in range(chain.numbers[WAITING]):
            _take_up(rows, chain, chain.jobs[i, BANK])
        return
    _take_up(rows, chain, seed)
    limit = chain.numbers[MOVED] + 15
    for i in range(around.shape[1]):
        if chain.numbers[MOVED] >= limit:
            break
        _take_up(rows, chain, around[seed, i])


@inlined
def _take_up(rows: Longs, chain: Chain, job: int) -> None:
    if chain.duty_of[job] == NOBODY and chain.jobs[job, MARKED] != chain.numbers[STAMP]:
        chain.jobs[job, MARKED] = chain.numbers[STAMP]
        chain.jobs[chain.numbers[MOVED], MOVING] = job
        chain.numbers[MOVED] += 1
        chain.worth[HOPED_MS] += worth_ms(rows, chain, job)
