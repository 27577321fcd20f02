"""Where a job costs least: what is known of each route is remembered until the route changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import inlined, lean
from optimizer.fast.chain import LOOKS, MAY_PAY, NOW, PLACES, VERSION, Chain
from optimizer.fast.in_time import between, least_of, pins_stay, start_between
from optimizer.fast.increase import increase_ms, least_increase_ms
from optimizer.fast.layout import (
    DURATION_S,
    FREEZE_S,
    HAS_PINS,
    HEAD,
    IS_PLAIN,
    KIND,
    LEFT_OUT_MS,
    NOBODY,
    PERSON,
    PRICE_MS,
    PROFILE,
    STATES,
    Layout,
)
from optimizer.fast.pieces import IMPOSSIBLE
from optimizer.fast.random_numbers import draw
from optimizer.fast.routes import LEG_S
from optimizer.fast.ruin import Settings

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: a place is looked for in the routes of so many neighbours
BESIDE = 40
#: of a place kept
BOUND, DUTY, AT, IS_EXACT = range(4)
#: an entry of `known` says, from its lowest bit: whether the bound is the cost, the stop, the version of the route
VERSION_AT = 17
AT_MASK = (1 << (VERSION_AT - 1)) - 1
#: a route listed because its best place is overlooked says which that is
DUTY_BITS = 32
DUTY_MASK = (1 << DUTY_BITS) - 1


@inlined
def best_place(layout: Layout, chain: Chain, job: int, settings: Settings, everywhere: bool) -> tuple[int, int, int]:  # noqa: FBT001 - compiled
    """Where the job costs least: (duty, stop, ms); NOBODY if that is dearer than leaving it out.

    Only places near the job are looked at, unless `everywhere`.
    """
    chain.places[0, 0] = 0  # how many are kept
    count = _gather_all(layout, chain) if everywhere else _gather_near(layout, chain, job)
    limit = int(chain.worth[MAY_PAY] * layout.clock.jobs[job, LEFT_OUT_MS])
    count, limit = _recall(layout, chain, job, count, settings, limit)
    _look(layout, chain, job, count, settings, limit)
    kept = chain.places[0, 0]
    if kept == 0:
        return NOBODY, 0, 0
    if layout.clock.numbers[IS_PLAIN]:
        return chain.places[1, DUTY], chain.places[1, AT], chain.places[1, BOUND]
    return _cheapest(layout, chain, job)


@lean
def _cheapest(layout: Layout, chain: Chain, job: int) -> tuple[int, int, int]:
    """The cheapest of the places kept, priced exactly as far as they are not."""
    places, known, stamps = chain.places, chain.known, chain.stamps
    best, duty, at = int(chain.worth[MAY_PAY] * layout.clock.jobs[job, LEFT_OUT_MS]), NOBODY, 0
    for i in range(1, places[0, 0] + 1):
        if places[i, BOUND] >= best:
            break
        other, there, cost = places[i, DUTY], places[i, AT], places[i, BOUND]
        if not places[i, IS_EXACT]:
            cost = increase_ms(layout.clock, chain, other, there, job)
            if known[job, other, 0] == _entry(stamps[other, VERSION], there, 0):  # not while a better one is overlooked
                known[job, other, 0], known[job, other, 1] = _entry(stamps[other, VERSION], there, 1), cost
        if cost < best:
            best, duty, at = cost, other, there
    return duty, at, best


@inlined
def _gather_all(layout: Layout, chain: Chain) -> int:
    """List every route that is worth looking at."""
    kinds, size, idle, listed, count = layout.clock.duties, chain.size, chain.idle, chain.listed, 0
    for duty in range(size.shape[1]):
        if size[NOW, duty] or idle[kinds[duty, KIND]] == duty:
            listed[count] = duty
            count += 1
    return count


@inlined
def _gather_near(layout: Layout, chain: Chain, job: int) -> int:
    """List the routes of the nearest neighbours, and those of duties that start near by."""
    near, duty_of, seen, listed, count = layout.around[job, :BESIDE], chain.duty_of, chain.seen, chain.listed, 0
    look = chain.numbers[LOOKS] + 1
    chain.numbers[LOOKS] = look
    seen[NOBODY] = look
    for other in near:  # without a branch: nobody can tell which neighbours share a route
        duty = duty_of[other]
        listed[count] = duty
        count += seen[duty] != look
        seen[duty] = look
    near_kinds, kind_at, of_kind, idle = layout.near_kinds, layout.kind_at, layout.of_kind, chain.idle
    for i in range(near_kinds.shape[1]):
        kind = near_kinds[job, i]
        if kind == NOBODY:
            break
        duty = of_kind[kind_at[kind]] if kind_at[kind + 1] - kind_at[kind] == 1 else idle[kind]
        if duty != NOBODY and seen[duty] != look:
            seen[duty], listed[count] = look, duty
            count += 1
    return count


@inlined
def _recall(layout: Layout, chain: Chain, job: int, count: int, settings: Settings, limit: int) -> tuple[int, int]:
    """Keep what is known of the routes listed; list those that must be looked at: their number, and the limit.

    A place that is overlooked is listed with its route.
    """
    known, places, random, stamps, listed = chain.known[job], chain.places, chain.random, chain.stamps, chain.listed
    most, blink, stale = _kept(layout), settings.blink, 0
    for i in range(count):
        duty = listed[i]
        entry, bound = known[duty, 0], known[duty, 1]
        at = (entry >> 1) & AT_MASK
        if entry >> VERSION_AT != stamps[duty, VERSION] or (bound < limit and at == 0):
            listed[stale] = duty
            stale += 1
        elif bound < limit and draw(random) < blink:
            listed[stale] = duty | (at << DUTY_BITS)
            stale += 1
        elif bound < limit:
            limit = _keep(places, most, limit, bound, duty, at, entry & 1)
    return stale, limit


@inlined
def _look(layout: Layout, chain: Chain, job: int, count: int, settings: Settings, limit: int) -> None:
    """Keep the best place in each of the listed routes, if it is among the best of all, and remember it.

    Arrays are taken out of their tuples before the loops: inside them that would cost more than the work.
    """
    clock = layout.clock
    who, jobs, duties, pauses = clock.who, clock.jobs, clock.duties, clock.pauses
    at_rows, spans, pieces = clock.at, clock.spans, clock.pieces
    nodes, times, places, random = chain.nodes[NOW], chain.times[NOW], chain.places, chain.random
    stamps, size, known, listed = chain.stamps, chain.size, chain.known[job], chain.listed
    periods, made, work, cost_ms = clock.periods, chain.made, chain.work, chain.cost_ms[NOW]
    there_s, onward_s = layout.to_s[0, job], clock.travel_s[0, job]
    fast_there_s, fast_onward_s = layout.to_s[-1, job], clock.travel_s[-1, job]
    allowed, needs, left = layout.allowed[job], layout.needs, chain.left
    is_plain, has_pins, blink = clock.numbers[IS_PLAIN] != 0, clock.numbers[HAS_PINS] != 0, settings.blink
    most = _kept(layout)
    for i in range(count):
        duty, overlooked = listed[i] & DUTY_MASK, listed[i] >> DUTY_BITS
        if not allowed[duty] or not _has_parts(needs, left, duty, job):
            known[duty, 0], known[duty, 1] = _entry(stamps[duty, VERSION], 0, 0), IMPOSSIBLE
            continue
        row, own = nodes[duty], times[duty]
        person, states, floor_s = duties[duty, PERSON], duties[duty, STATES], duties[duty, FREEZE_S]
        took_s, price_ms, profile = (
            who[job, person, DURATION_S],
            int(who[job, person, PRICE_MS]),
            who[job, person, PROFILE],
        )
        least, best, best_at, is_all = IMPOSSIBLE, limit, 0, overlooked == 0
        first, end = between(own, states, duties[duty, HEAD] + 1, size[NOW, duty] + 2, took_s, at_rows, spans, profile)
        for at in range(first, end):
            before, after = row[at - 1], row[at]
            bound = 1000 * int(there_s[before] + onward_s[after] - own[at, 0, LEG_S]) + price_ms
            if bound < best:
                legs_s = (fast_there_s[before], fast_onward_s[after])
                start_s = start_between(pauses, states, duty, own, at, legs_s, took_s, floor_s, at_rows, spans, profile)
                bound += least_of(pieces, at_rows, profile, start_s, is_plain)
                bound = least_increase_ms(
                    made,
                    work,
                    (duties, jobs, pauses, periods, at_rows, spans, pieces),
                    duty,
                    row,
                    size[NOW, duty],
                    own,
                    at,
                    profile,
                    (legs_s[0], took_s, legs_s[1]),
                    price_ms - cost_ms[duty],
                    bound,
                    -IMPOSSIBLE if is_plain else best,
                )
                if has_pins and not pins_stay(jobs, row, size[NOW, duty], at, job):
                    bound = IMPOSSIBLE
            if bound >= best:
                least = min(least, bound)
            elif at == overlooked or draw(random) < blink:
                is_all = False
            else:
                best, best_at = bound, at
        if is_all:
            known[duty, 0], known[duty, 1] = _entry(stamps[duty, VERSION], best_at, 0), best if best_at else least
        if best_at:
            limit = _keep(places, most, limit, best, duty, best_at, 0)


@inlined
def _kept(layout: Layout) -> int:
    """How many places are kept: where nothing depends on the time, a bound is the cost."""
    return 1 if layout.clock.numbers[IS_PLAIN] else PLACES


@inlined
def _entry(version: int, at: int, is_exact: int) -> int:
    """What is known of a route, in one number: its version, the best place (0: none), whether the bound is the cost."""
    return (version << VERSION_AT) | (at << 1) | is_exact


@inlined
def _has_parts(needs: Ints, left: Ints, duty: int, job: int) -> bool:
    """Whether the van still carries what the job needs."""
    has_all = True
    for part in range(needs.shape[1]):
        has_all = has_all and (needs[job, part] == 0 or needs[job, part] <= left[NOW, duty, part])
    return has_all


@lean
def _keep(places: Longs, most: int, limit: int, bound: int, duty: int, at: int, is_exact: int) -> int:
    """Put a place among the best, its bound first; returns the bound that another must be below."""
    kept = places[0, 0]
    k = kept + 1 if kept < most else kept
    while k > 1 and places[k - 1, BOUND] > bound:
        for column in range(places.shape[1]):
            places[k, column] = places[k - 1, column]
        k -= 1
    places[k, BOUND], places[k, DUTY], places[k, AT], places[k, IS_EXACT] = bound, duty, at, is_exact
    places[0, 0] = min(kept + 1, most)
    return places[most, BOUND] if places[0, 0] == most else limit
