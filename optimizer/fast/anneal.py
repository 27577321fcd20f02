"""Ruin, recreate, and keep what is better or not much worse: the steps of a search."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled, inlined, lean
from optimizer.fast.absence import count_absence, insist, insisted_ms
from optimizer.fast.best_places import best_place
from optimizer.fast.chain import (
    BANK,
    BEST,
    BEST_STAMP,
    CHANGE,
    COUNTS,
    CURRENT,
    HAND,
    LEFT_OUT,
    MAY_PAY,
    MOVED,
    MOVING,
    NOW,
    OLD,
    OLD_VERSION,
    STAMP,
    STOP,
    TOP,
    TOUCHED,
    UNFAIR,
    USED,
    VERSION,
    WAITING,
    Chain,
    copy_route,
    find_idle,
    put_in_bank,
    take_from_bank,
    unfairness_ms,
)
from optimizer.fast.layout import FAR_S, IS_PLAIN, KIND, LEFT_OUT_MS, NOBODY, UNFAIRNESS_PRICE, Layout
from optimizer.fast.pool import collect
from optimizer.fast.random_numbers import draw
from optimizer.fast.recreate import insert, recreate
from optimizer.fast.route_functions import renewed_cost
from optimizer.fast.ruin import Settings, ruin

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
#: up to so many jobs a first plan looks at every place
MANY_JOBS = 1000
#: some steps may pay so many times more for a job than leaving it out costs: several may pay only together
GENEROUS = 4.0


@compiled
def construct(layout: Layout, chain: Chain, settings: Settings) -> None:
    """Place every job left out that is worth it, the dearest first, looking everywhere."""
    clock = layout.clock
    is_few = len(clock.jobs) <= MANY_JOBS
    _begin(chain)
    waiting = chain.numbers[WAITING]
    for i in range(waiting):
        chain.jobs[i, MOVING] = chain.jobs[i, BANK]
        chain.ranks[i] = -float(clock.jobs[chain.jobs[i, BANK], LEFT_OUT_MS]) + clock.jobs[chain.jobs[i, BANK], FAR_S]
    for i in chain.ranks[:waiting].argsort():
        job = chain.jobs[i, MOVING]
        duty, at, _cost = best_place(layout, chain, job, settings, is_few)
        if duty == NOBODY and not is_few:
            duty, at, _cost = best_place(layout, chain, job, settings, not is_few)
        if duty != NOBODY:
            insert(layout, chain, duty, at, job)
    _settle(layout, chain, math.inf, settings)


@lean
def anneal(layout: Layout, chain: Chain, settings: Settings, steps: int, warm: float, cool: float, ease: float) -> None:
    """So many steps, at temperatures (ms) that fall from `warm` to `cool`, leaving jobs out at `ease` of its price."""
    clock = layout.clock
    if steps <= 0 or len(clock.jobs) == 0:
        return
    chain.worth[COUNTS] = ease
    fall = (cool / warm) ** (1.0 / steps)
    heat = warm
    is_fair = clock.numbers[UNFAIRNESS_PRICE] != 0  # of no half step can it be said what the spread will be
    for _ in range(steps):
        allowed_ms = -heat * math.log(draw(chain.random) + 1e-300)
        chain.worth[MAY_PAY] = ease * (GENEROUS if draw(chain.random) < settings.generous else 1.0)
        insist(chain, settings.absence * heat)
        _begin(chain)
        ruin(layout, chain, settings)
        if recreate(layout, chain, settings, math.inf if is_fair else allowed_ms):
            _settle(layout, chain, allowed_ms, settings)
        else:
            _step_back(layout, chain)
        count_absence(chain)
        heat *= fall


@inlined
def _begin(chain: Chain) -> None:
    chain.numbers[STAMP] += 1
    chain.numbers[TOUCHED] = chain.numbers[MOVED] = 0


@lean
def _settle(layout: Layout, chain: Chain, allowed_ms: float, settings: Settings) -> None:
    """Keep the step, unless it makes the plan dearer by `allowed_ms` or more."""
    clock = layout.clock
    numbers = chain.numbers
    cost, left_out, insisted = numbers[CURRENT] - numbers[UNFAIR], numbers[LEFT_OUT], 0.0
    for i in range(chain.numbers[TOUCHED]):
        duty = chain.stamps[i, HAND]
        cost += chain.cost_ms[NOW, duty] - chain.cost_ms[OLD, duty]
        left_out -= _left_out(clock.jobs, chain.nodes, chain.size, duty)
        insisted += _insisted(chain, duty)
    unfair = unfairness_ms(layout, chain) if clock.numbers[UNFAIRNESS_PRICE] else 0
    dearer = cost + unfair - numbers[CURRENT] + chain.worth[COUNTS] * (left_out - numbers[LEFT_OUT])
    if dearer - insisted < allowed_ms:
        numbers[CURRENT], numbers[UNFAIR], numbers[LEFT_OUT] = cost + unfair, unfair, left_out
        _take_over(layout, chain, settings)
    else:
        _step_back(layout, chain)


@inlined
def _left_out(rows: Longs, nodes: Ints, size: Ints, duty: int) -> int:
    """The price of leaving out what the route serves now, less of what it served before."""
    price = 0
    for at in range(1, size[NOW, duty] + 1):
        price += rows[nodes[NOW, duty, at], LEFT_OUT_MS]
    for at in range(1, size[OLD, duty] + 1):
        price -= rows[nodes[OLD, duty, at], LEFT_OUT_MS]
    return price


@inlined
def _insisted(chain: Chain, duty: int) -> float:
    """What serving what the route serves now is worth beyond its price, less of what it served before."""
    ms = 0.0
    for at in range(1, chain.size[NOW, duty] + 1):
        ms += insisted_ms(chain, chain.nodes[NOW, duty, at])
    for at in range(1, chain.size[OLD, duty] + 1):
        ms -= insisted_ms(chain, chain.nodes[OLD, duty, at])
    return ms


@compiled
def _take_over(layout: Layout, chain: Chain, settings: Settings) -> None:
    stamp, cost = chain.numbers[STAMP], chain.numbers[CURRENT] + chain.numbers[LEFT_OUT]
    is_best = cost < chain.numbers[BEST]
    is_collected = is_best or draw(chain.random) < settings.collected
    for i in range(chain.numbers[TOUCHED]):
        duty = chain.stamps[i, HAND]
        chain.stamps[duty, CHANGE] = stamp
        if is_collected:
            collect(layout, chain.pool, duty, chain.nodes[NOW, duty], chain.size[NOW, duty], chain.cost_ms[NOW, duty])
    if not is_best:
        return
    for duty in range(chain.size.shape[1]):
        if chain.stamps[duty, CHANGE] >= chain.numbers[BEST_STAMP]:
            size = chain.size[NOW, duty]
            chain.size[TOP, duty] = size
            chain.nodes[TOP, duty, : size + 2] = chain.nodes[NOW, duty, : size + 2]
    chain.numbers[BEST], chain.numbers[BEST_STAMP] = cost, stamp


@lean
def _step_back(layout: Layout, chain: Chain) -> None:
    """Every route and every job as before the step."""
    nodes, size, jobs, numbers, hands = chain.nodes, chain.size, chain.jobs, chain.numbers, chain.stamps
    cost_ms, times, left, duties = chain.cost_ms, chain.times, chain.left, layout.clock.duties
    duty_of = chain.duty_of
    for i in range(numbers[TOUCHED]):
        duty = hands[i, HAND]
        for at in range(1, size[NOW, duty] + 1):
            job = nodes[NOW, duty, at]
            if duty_of[job] == duty:
                duty_of[job] = NOBODY
                put_in_bank(jobs, numbers, job)
    for i in range(numbers[TOUCHED]):
        duty = hands[i, HAND]
        count = size[OLD, duty]
        is_other = (count == 0) != (size[NOW, duty] == 0)
        size[NOW, duty], cost_ms[NOW, duty] = count, cost_ms[OLD, duty]
        hands[duty, VERSION] = hands[duty, OLD_VERSION]
        copy_route(nodes, times, left, duty, count, OLD, NOW)
        if not layout.clock.numbers[IS_PLAIN]:
            renewed_cost(layout.clock, chain.made, chain.work, duty, nodes[NOW, duty], int(count), numbers[STAMP])
        for at in range(1, count + 1):
            job = nodes[NOW, duty, at]
            duty_of[job], jobs[job, STOP] = duty, at
            take_from_bank(jobs, numbers, job)
        if is_other:
            numbers[USED] += 1 if count else -1
            find_idle(layout, chain, duties[duty, KIND])
