"""A large problem cut into districts: technicians whose routes lie side by side, and the jobs that are theirs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from optimizer.fast.chain import Order
from optimizer.fast.layout import (
    END_NODE,
    KIND,
    LONGEST,
    NOBODY,
    PERSON,
    PRICE_MS,
    START_NODE,
    Clock,
    Layout,
)
from optimizer.fast.nearness import back, near_kinds, neighbours

Indexes = NDArray[np.int64]


def cut(
    layout: Layout, orders: Mapping[int, Order], count: int, random: np.random.Generator
) -> list[tuple[Indexes, Indexes]]:
    """The jobs and the duties of at most `count` districts, each job and each duty in one of them.

    Routes are cut apart where they lie, elsewhere each time; a job in no route goes to a neighbour
    who may serve it, and a duty with nothing to do to where it starts.
    """
    busy = np.array([duty for duty, jobs in orders.items() if jobs], dtype=np.int64)
    middle = np.array([orders[int(duty)][len(orders[int(duty)]) // 2] for duty in busy], dtype=np.int64)
    of_duty = np.zeros(len(layout.clock.duties), dtype=np.int64)
    for district, rows in enumerate(_split(layout, middle, np.arange(len(busy)), count, random)):
        of_duty[busy[rows]] = district
    _place_idle(layout, of_duty, busy, middle, count)
    found, of_duty = np.unique(of_duty, return_inverse=True)
    of_job = _districts_of_jobs(layout, orders, of_duty)
    return [(np.flatnonzero(of_job == one), np.flatnonzero(of_duty == one)) for one in range(len(found))]


def _split(layout: Layout, middle: Indexes, rows: Indexes, count: int, random: np.random.Generator) -> list[Indexes]:
    """Cut routes into `count` groups of about the same size: between two that lie far apart, again and again."""
    if count == 1 or not len(rows):
        return [rows] + [rows[:0]] * (count - 1)
    travel_s = layout.clock.travel_s[0]
    one = middle[random.choice(rows)]
    other = middle[rows[travel_s[one, middle[rows]].argmax()]]
    nearer = travel_s[middle[rows], one].astype(np.int64) - travel_s[middle[rows], other]
    order = rows[np.argsort(nearer, kind="stable")]
    half = count // 2
    at = len(rows) * half // count
    return _split(layout, middle, order[:at], half, random) + _split(layout, middle, order[at:], count - half, random)


def _place_idle(layout: Layout, of_duty: Indexes, busy: Indexes, middle: Indexes, count: int) -> None:
    """Those with nothing to do go where they start; of a kind that are many, some to every district."""
    duties, is_idle = layout.clock.duties, np.ones(len(of_duty), dtype=bool)
    is_idle[busy] = False
    seen: dict[int, int] = {}
    for duty in np.flatnonzero(is_idle):
        kind = int(duties[duty, KIND])
        turn = seen[kind] = seen.get(kind, -1) + 1
        nearest = 0
        if len(busy):
            nearest = of_duty[busy[layout.clock.travel_s[0, duties[duty, START_NODE], middle].argmin()]]
        of_duty[duty] = (nearest + turn) % count


def _districts_of_jobs(layout: Layout, orders: Mapping[int, Order], of_duty: Indexes) -> Indexes:
    """Of each job the district of who serves it, else of the nearest neighbour whose technician may."""
    jobs = len(layout.clock.jobs)
    duty_of = np.full(jobs, NOBODY, dtype=np.int64)
    for duty, order in orders.items():
        duty_of[list(order)] = duty
    of_job = of_duty[duty_of]
    for job in np.flatnonzero(duty_of == NOBODY):
        near = duty_of[layout.around[job]]
        able = near[(near != NOBODY) & layout.allowed[job, near]]
        if not len(able):
            able = np.flatnonzero(layout.allowed[job])
        of_job[job] = of_duty[able[0]] if len(able) else 0
    return of_job


def district_of(layout: Layout, jobs: Indexes, duties: Indexes) -> Layout:
    """The layout of these jobs and duties alone, both in the order given."""
    clock = layout.clock
    rows = clock.duties[duties]
    ends, places = np.unique(rows[:, [START_NODE, END_NODE]], return_inverse=True)
    people, person = np.unique(rows[:, PERSON], return_inverse=True)
    _kinds, kind = np.unique(rows[:, KIND], return_inverse=True)
    rows[:, [START_NODE, END_NODE]] = places.reshape(-1, 2) + len(jobs)
    rows[:, PERSON], rows[:, KIND] = person, kind
    nodes = np.concatenate([jobs, ends])
    travel_s = np.ascontiguousarray(clock.travel_s[:, nodes[:, None], nodes[None, :]])
    who = np.ascontiguousarray(clock.who[jobs[:, None], people[None, :]])
    allowed = np.ascontiguousarray(layout.allowed[jobs[:, None], duties[None, :]])
    numbers = clock.numbers.copy()
    numbers[LONGEST] = min(int(numbers[LONGEST]), len(jobs))
    of_kind = np.argsort(kind, kind="stable").astype(np.int32)
    kind_at = np.searchsorted(kind[of_kind], np.arange(len(_kinds) + 1)).astype(np.int32)
    price_ms = who[:, person, PRICE_MS].astype(np.int64)
    return Layout(
        clock=Clock(
            travel_s=travel_s,
            who=who,
            jobs=np.ascontiguousarray(clock.jobs[jobs]),
            at=clock.at,
            pieces=clock.pieces,
            spans=clock.spans,
            duties=rows,
            pauses=np.ascontiguousarray(clock.pauses[duties]),
            periods=clock.periods,
            numbers=numbers,
        ),
        to_s=back(travel_s),
        allowed=allowed,
        needs=np.ascontiguousarray(layout.needs[jobs]),
        carries=np.ascontiguousarray(layout.carries[duties]),
        around=neighbours(travel_s[0], len(jobs)),
        near_kinds=near_kinds(travel_s[0], rows[:, START_NODE].astype(np.int32), allowed, price_ms, kind_at, of_kind),
        kind_at=kind_at,
        of_kind=of_kind,
        crew=layout.crew[people],
    )
