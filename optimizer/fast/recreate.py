"""Putting jobs back, one after the other, each where it costs least."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled, inlined
from optimizer.fast.chain import (
    LOOK,
    LOOKED_AT,
    LOOKS,
    MOVED,
    MOVING,
    NOW,
    PLACES,
    ROUTE,
    STOP,
    Chain,
    find_idle,
    renew,
    take_from_bank,
)
from optimizer.fast.layout import (
    DURATION_S,
    FAR_S,
    FREEZE_S,
    HAS_PINS,
    HEAD,
    IS_PLAIN,
    KIND,
    LEFT_OUT_MS,
    NEVER,
    NOBODY,
    PERSON,
    PIECES,
    PINNED_AT,
    PRICE_MS,
    PROFILE,
    SPANS,
    STATES,
    Clock,
    Layout,
)
from optimizer.fast.pieces import IMPOSSIBLE, least_from
from optimizer.fast.random_numbers import draw
from optimizer.fast.route_cost import first_start, route_cost
from optimizer.fast.routes import LEG_S, arrival, departure
from optimizer.fast.ruin import Settings, touch

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: up to so many jobs every place of every route is looked at, beyond only those beside neighbours
FEW_JOBS = 130
BESIDE = 40
#: what costs more than this to leave out is worth looking everywhere
WORTH_A_SEARCH_MS = 900_000_000


@compiled
def recreate(layout: Layout, chain: Chain, settings: Settings) -> None:
    """Place what `moved` lists, as far as it is worth more than it costs."""
    clock = layout.clock
    count = chain.numbers[MOVED]
    is_few = len(clock.jobs) <= FEW_JOBS
    _rank(layout, chain, count)
    for i in range(count):
        job = chain.jobs[i, MOVING]
        duty, at, _cost = best_place(layout, chain, job, settings, is_few)
        if duty == NOBODY and not is_few and clock.jobs[job, LEFT_OUT_MS] >= WORTH_A_SEARCH_MS:
            duty, at, _cost = best_place(layout, chain, job, settings, not is_few)
        if duty != NOBODY:
            insert(layout, chain, duty, at, job)


@compiled
def insert(layout: Layout, chain: Chain, duty: int, at: int, job: int) -> None:
    """Let the job be stop `at` of the duty's route."""
    touch(chain, duty)
    nodes, jobs, needs, left = chain.nodes, chain.jobs, layout.needs, chain.left
    size = chain.size[NOW, duty]
    for i in range(size + 1, at - 1, -1):
        node = nodes[NOW, duty, i]
        nodes[NOW, duty, i + 1] = node
        if i <= size:
            jobs[node, STOP] = i + 1
    nodes[NOW, duty, at] = job
    jobs[job, ROUTE], jobs[job, STOP] = duty, at
    chain.size[NOW, duty] = size + 1
    for part in range(needs.shape[1]):
        left[NOW, duty, part] -= needs[job, part]
    take_from_bank(jobs, chain.numbers, job)
    renew(layout, chain, duty)
    if size == 0:
        find_idle(layout, chain, layout.clock.duties[duty, KIND])


@compiled
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


@compiled
def _idea(u: float) -> int:
    """At random, dearest and largest first, far first, near first, shortest window, first window, last window."""
    idea = 0
    for share in (0.235, 0.235, 0.118, 0.059, 0.118, 0.118):
        if u < share:
            return idea
        u -= share
        idea += 1
    return idea


@compiled
def best_place(layout: Layout, chain: Chain, job: int, settings: Settings, everywhere: bool) -> tuple[int, int, int]:  # noqa: FBT001 - compiled
    """Where the job costs least: (duty, stop, ms); NOBODY if that is dearer than leaving it out.

    Only places near the job are looked at, unless `everywhere`.
    """
    clock = layout.clock
    chain.places[0, 0] = 0  # how many are kept
    count = _gather_all(layout, chain) if everywhere else _gather_near(layout, chain, job)
    _look(layout, chain, job, count, settings)
    kept = chain.places[0, 0]
    if kept == 0:
        return NOBODY, 0, 0
    if clock.numbers[IS_PLAIN]:
        return chain.places[1, 1], chain.places[1, 2], chain.places[1, 0]
    best, duty, at = int(chain.ease[0] * clock.jobs[job, LEFT_OUT_MS]), NOBODY, 0
    for i in range(1, kept + 1):
        if chain.places[i, 0] >= best:
            break
        cost = increase_ms(clock, chain, chain.places[i, 1], chain.places[i, 2], job)
        if cost < best:
            best, duty, at = cost, chain.places[i, 1], chain.places[i, 2]
    return duty, at, best


@compiled
def increase_ms(clock: Clock, chain: Chain, duty: int, at: int, job: int) -> int:
    """What the job as stop `at` of the duty's route adds to its cost, exactly."""
    size = chain.size[NOW, duty]
    chain.trial[:at] = chain.nodes[NOW, duty, :at]
    chain.trial[at] = job
    chain.trial[at + 1 : size + 3] = chain.nodes[NOW, duty, at : size + 2]
    cost = route_cost(clock, duty, chain.trial, size + 1, chain.work)
    return IMPOSSIBLE if cost >= IMPOSSIBLE else cost - chain.cost_ms[NOW, duty]


@compiled
def _gather_all(layout: Layout, chain: Chain) -> int:
    """List every route that is worth looking at."""
    kinds, size, idle, stamps, count = layout.clock.duties, chain.size, chain.idle, chain.stamps, 0
    for duty in range(size.shape[1]):
        if size[NOW, duty] or idle[kinds[duty, KIND]] == duty:
            stamps[count, LOOKED_AT] = duty
            count += 1
    return count


@compiled
def _gather_near(layout: Layout, chain: Chain, job: int) -> int:
    """List the routes of the nearest neighbours, and those of duties that start near by."""
    around, jobs, stamps, numbers, count = layout.around, chain.jobs, chain.stamps, chain.numbers, 0
    numbers[LOOKS] += 1
    for i in range(min(BESIDE, around.shape[2])):
        for nearness in range(2):
            duty = jobs[around[nearness, job, i], ROUTE]
            if duty != NOBODY and stamps[duty, LOOK] != numbers[LOOKS]:
                stamps[duty, LOOK], stamps[count, LOOKED_AT] = numbers[LOOKS], duty
                count += 1
    near_kinds, kind_at, of_kind, idle = layout.near_kinds, layout.kind_at, layout.of_kind, chain.idle
    for i in range(near_kinds.shape[1]):
        kind = near_kinds[job, i]
        if kind == NOBODY:
            break
        duty = of_kind[kind_at[kind]] if kind_at[kind + 1] - kind_at[kind] == 1 else idle[kind]
        if duty != NOBODY and stamps[duty, LOOK] != numbers[LOOKS]:
            stamps[duty, LOOK], stamps[count, LOOKED_AT] = numbers[LOOKS], duty
            count += 1
    return count


@compiled
def _look(layout: Layout, chain: Chain, job: int, count: int, settings: Settings) -> None:
    """Keep the best possible places for a job in the listed routes.

    Arrays are taken out of their tuples before the loops: inside them that would cost more than the work.
    """
    clock = layout.clock
    who, jobs, duties, pauses = clock.who, clock.jobs, clock.duties, clock.pauses
    at_rows, spans, pieces = clock.at, clock.spans, clock.pieces
    nodes, times, places, random, stamps, size = (
        chain.nodes[NOW],
        chain.times[NOW],
        chain.places,
        chain.random,
        chain.stamps,
        chain.size,
    )
    there_s, onward_s = layout.to_job_s[0, job], clock.travel_s[0, job]
    fast_there_s, fast_onward_s = layout.to_job_s[-1, job], clock.travel_s[-1, job]
    allowed, needs, left = layout.allowed[job], layout.needs, chain.left
    is_plain, has_pins, blink = clock.numbers[IS_PLAIN] != 0, clock.numbers[HAS_PINS] != 0, settings.blink
    most = 1 if is_plain else PLACES
    limit = int(chain.ease[0] * jobs[job, LEFT_OUT_MS])
    for i in range(count):
        duty = stamps[i, LOOKED_AT]
        if not allowed[duty] or not _has_parts(needs, left, duty, job):
            continue
        row, own = nodes[duty], times[duty]
        person, states, floor_s = duties[duty, PERSON], duties[duty, STATES], duties[duty, FREEZE_S]
        took_s, price_ms, profile = who[job, person, DURATION_S], who[job, person, PRICE_MS], who[job, person, PROFILE]
        for at in range(duties[duty, HEAD] + 1, size[NOW, duty] + 2):
            before, after = row[at - 1], row[at]
            bound = 1000 * int(there_s[before] + onward_s[after] - own[at, 0, LEG_S]) + price_ms
            if bound >= limit or draw(random) < blink:
                continue
            start_s = NEVER
            for k in range(states):
                arrive_s = arrival(pauses, duty, own, at - 1, fast_there_s[before], k, floor_s)
                s = first_start(at_rows, spans, profile, arrive_s)
                if s < start_s and s + took_s <= departure(pauses, states, duty, own, at, fast_onward_s[after], k):
                    start_s = s
            if start_s >= NEVER or (has_pins and not _pins_stay(jobs, row, size[NOW, duty], at, job)):
                continue
            if not is_plain:
                bound += least_from(pieces, at_rows[profile, PIECES], at_rows[profile + 1, PIECES], start_s)
            if bound < limit:
                limit = _keep(places, most, limit, bound, duty, at)


@inlined
def _has_parts(needs: Ints, left: Ints, duty: int, job: int) -> bool:
    """Whether the van still carries what the job needs."""
    has_all = True
    for part in range(needs.shape[1]):
        has_all = has_all and (needs[job, part] == 0 or needs[job, part] <= left[NOW, duty, part])
    return has_all


@compiled
def _keep(places: Longs, most: int, limit: int, bound: int, duty: int, at: int) -> int:
    """Put a place among the best, its bound first; returns the bound that another must be below."""
    kept = places[0, 0]
    for i in range(1, kept + 1):
        if places[i, 1] == duty and places[i, 2] == at:
            return limit
    k = kept + 1 if kept < most else kept
    while k > 1 and places[k - 1, 0] > bound:
        places[k] = places[k - 1]
        k -= 1
    places[k, 0], places[k, 1], places[k, 2] = bound, duty, at
    places[0, 0] = min(kept + 1, most)
    return places[most, 0] if places[0, 0] == most else limit


@compiled
def _pins_stay(jobs: Longs, row: Ints, count: int, at: int, job: int) -> bool:
    """Whether the job may be this stop and nothing pinned to a position is pushed from it; positions count from 0."""
    is_free = bool(jobs[job, PINNED_AT] == NOBODY or jobs[job, PINNED_AT] == at - 1)
    for i in range(at, count + 1):
        is_free = is_free and bool(jobs[row[i], PINNED_AT] == NOBODY)
    return is_free
