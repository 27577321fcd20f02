"""Putting jobs back, one after the other, each where it costs least."""

from __future__ import annotations

from optimizer.compiled import inlined, lean
from optimizer.fast.absence import worth_ms
from optimizer.fast.best_places import best_place
from optimizer.fast.chain import (
    HAND,
    HOPED_MS,
    MOVED,
    MOVING,
    NOW,
    OLD,
    STOP,
    TOUCHED,
    USED,
    Chain,
    find_idle,
    take_from_bank,
    update,
)
from optimizer.fast.layout import (
    FAR_S,
    KIND,
    LEFT_OUT_MS,
    NOBODY,
    PERSON,
    PRICE_MS,
    PROFILE,
    SPANS,
    Layout,
)
from optimizer.fast.random_numbers import draw
from optimizer.fast.ruin import Settings, touch

#: up to so many jobs every place of every route is looked at, beyond only those beside neighbours
FEW_JOBS = 130
#: what costs more than this to leave out is worth looking everywhere
WORTH_A_SEARCH_MS = 900_000_000


@lean
def recreate(layout: Layout, chain: Chain, settings: Settings, allowed_ms: float) -> bool:
    """Place what `moved` lists, as far as it is worth more than it costs.

    False, with the step half done, as soon as it must make the plan dearer by `allowed_ms` or more.
    """
    clock, numbers = layout.clock, chain.numbers
    count = numbers[MOVED]
    is_few = len(clock.jobs) <= FEW_JOBS
    dearer = -chain.worth[HOPED_MS]
    for i in range(numbers[TOUCHED]):
        duty = chain.stamps[i, HAND]
        dearer += chain.cost_ms[NOW, duty] - chain.cost_ms[OLD, duty]
    _rank(layout, chain, count)
    for i in range(count):
        job = chain.jobs[i, MOVING]
        for try_ in range(2):
            duty, at, cost = best_place(layout, chain, job, settings, is_few or try_ == 1)
            if duty != NOBODY or is_few or clock.jobs[job, LEFT_OUT_MS] < WORTH_A_SEARCH_MS:
                break
        dearer += worth_ms(clock.jobs, chain, job) if duty == NOBODY else cost
        if dearer >= allowed_ms:
            return False
        if duty != NOBODY:
            insert(layout, chain, duty, at, job)
    return True


@inlined
def insert(layout: Layout, chain: Chain, duty: int, at: int, job: int) -> None:
    """Let the job be stop `at` of the duty's route."""
    touch(chain, duty)
    nodes, times, jobs, needs, left = (
        chain.nodes[NOW, duty],
        chain.times[NOW, duty],
        chain.jobs,
        layout.needs,
        chain.left,
    )
    clock, size, duty_of = layout.clock, chain.size[NOW, duty], chain.duty_of
    for i in range(size + 1, at - 1, -1):
        node = nodes[i]
        nodes[i + 1] = node
        if i <= size:
            jobs[node, STOP] = i + 1
        for k in range(times.shape[1]):
            for column in range(times.shape[2]):
                times[i + 1, k, column] = times[i, k, column]
    nodes[at] = job
    duty_of[job], jobs[job, STOP] = duty, at
    chain.size[NOW, duty] = size + 1
    for part in range(needs.shape[1]):
        left[NOW, duty, part] -= needs[job, part]
    take_from_bank(jobs, chain.numbers, job)
    at = int(at)
    update(layout, chain, duty, at, at, int(clock.who[job, clock.duties[duty, PERSON], PRICE_MS]))
    if size == 0:
        chain.numbers[USED] += 1
        find_idle(layout, chain, clock.duties[duty, KIND])


@inlined
def _rank(layout: Layout, chain: Chain, count: int) -> None:
    """Order what is to be placed by one of several ideas of what is hard to place."""
    clock = layout.clock
    idea = _idea(draw(chain.random))
    for i in range(count):
        job = chain.jobs[i, MOVING]
        profile = clock.who[job, 0, PROFILE]
        first, last = clock.at[profile, SPANS], clock.at[profile + 1, SPANS] - 1
        rank = 0.0
        if idea == 1:
            rank = -float(clock.jobs[job, LEFT_OUT_MS])
            for part in range(layout.needs.shape[1]):
                rank -= float(layout.needs[job, part])
        elif idea == 2:
            rank = -float(clock.jobs[job, FAR_S])
        elif idea == 3:
            rank = float(clock.jobs[job, FAR_S])
        elif last >= first and idea == 4:
            rank = float(clock.spans[last, 1]) - float(clock.spans[first, 0])
        elif last >= first and idea == 5:
            rank = float(clock.spans[first, 0])
        elif last >= first and idea == 6:
            rank = -float(clock.spans[last, 1])
        rank += 0.001 * draw(chain.random)
        k = i
        while k > 0 and chain.ranks[k - 1] > rank:
            chain.ranks[k], chain.jobs[k, MOVING] = chain.ranks[k - 1], chain.jobs[k - 1, MOVING]
            k -= 1
        chain.ranks[k], chain.jobs[k, MOVING] = rank, job


@inlined
def _idea(u: float) -> int:
    """At random, dearest and largest first, far first, near first, shortest window, first window, last window."""
    idea = 0
    for share in (0.235, 0.235, 0.118, 0.059, 0.118, 0.118):
        if u < share:
            return idea
        u -= share
        idea += 1
    return idea
