"""Which change would fit a job that is left out, and what is the cheapest?

Each kind of limit is lifted on its own, the best place found with arrays, then the change
made as small as it can be, and proven. Where no single change would do, overtime comes to it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from optimizer.evaluation import Order
from optimizer.problem import Job, Problem
from optimizer.remedies.changes import (
    AllowedTechnician,
    AtThatPrice,
    Change,
    InsteadOf,
    MoreOvertime,
    OnePart,
    OneSkill,
)
from optimizer.remedies.instead import Replaceable
from optimizer.remedies.moving import cheapest_move, least_move, limits_in_time
from optimizer.remedies.proof import Remedy, prove
from optimizer.remedies.room import Mask, Needs, Room, Spot, freed, with_longer_days
from optimizer.solution import Solution

#: nobody is asked for more overtime than this beyond the limit
MOST_OVERTIME_S = 3 * 3600
MOST_REMEDIES = 3
SENDING = (OneSkill, OnePart, AllowedTechnician)


class Remedies:
    """What would fit the jobs that a plan leaves out; what the search needs is built once."""

    def __init__(self, problem: Problem, solution: Solution) -> None:
        self.problem, self.solution = problem, solution
        self._left_out = frozenset(one.job for one in solution.unassigned)

    def of(self, job: str, most: int = MOST_REMEDIES) -> list[Remedy]:
        """The cheapest single changes, one of a kind, cheapest first; if none would do, two together, one overtime.

        If the job fits as things are, and only costs more than it is worth, that alone is said.
        Empty if nothing of this would do. Raises KeyError if the plan does not leave the job out.
        """
        if job not in self._left_out:
            raise KeyError(job)
        if job in self.problem.frozen_jobs:
            return []
        asked = self.problem.jobs_by_id[job]
        needs = self._room.needs(asked)
        able = np.array([one == () for one in needs], dtype=np.bool_)
        at_that_price = self._at_that_price(asked, able)
        if at_that_price is not None:
            return [at_that_price]
        return _ranked(self._single(asked, able, needs), most) or _ranked(self._double(asked, able, needs), most)

    def _single(self, job: Job, able: Mask, needs: list[Needs]) -> Iterator[Remedy | None]:
        """One change of each kind."""
        yield self._overtime(job, able)
        yield self._instead(job, able)
        for kind in SENDING:
            found = self._sent(self._room, job, needs, kind)
            yield None if found is None else self._proven(job, (found[0],), found[1])
        for family in limits_in_time(job, self._room.tables.duties):
            moved = least_move(self._room, job, able, family)
            yield None if moved is None else self._proven(job, (moved[0],), moved[1])

    def _double(self, job: Job, able: Mask, needs: list[Needs]) -> Iterator[Remedy | None]:
        """One change of each kind for somebody who then stays longer."""
        for kind in SENDING:
            found = self._sent(self._longer, job, needs, kind)
            yield None if found is None else self._staying(job, (found[0],), found[1])
        for family in limits_in_time(job, self._longer.tables.duties):
            moved = cheapest_move(self._longer, job, able, family)
            yield None if moved is None else self._staying(job, (moved[0],), moved[1])

    @cached_property
    def _free(self) -> Problem:
        return freed(self.problem, self._left_out)

    @cached_property
    def _room(self) -> Room:
        return Room(self.problem, self._free, self.solution.routes)

    @cached_property
    def _longer(self) -> Room:
        return Room(self.problem, with_longer_days(self._free, MOST_OVERTIME_S), self.solution.routes)

    @cached_property
    def _replaceable(self) -> Replaceable:
        return Replaceable(self._room, self.solution.routes)

    def _proven(self, job: Job, changes: tuple[Change, ...], spot: Spot, orders: Sequence[Order] = ()) -> Remedy | None:
        """The remedy at a spot, or with the cheapest of these orders of its duty, if the checker accepts it."""
        duty = spot.duty
        found = prove(self.problem, self._room.tables.duties[duty], job.id, changes, orders or [spot.order])
        return None if found is None else replace(found, price_ms=found.price_ms - self._room.cost_ms(duty))

    def _at_that_price(self, job: Job, able: Mask) -> Remedy | None:
        spot = self._room.cheapest(job, self._room.rows(job, able))
        return None if spot is None else self._proven(job, (AtThatPrice(),), spot)

    def _sent(self, room: Room, job: Job, needs: list[Needs], kind: type[Change]) -> tuple[Change, Spot] | None:
        """The best of those who lack nothing else: one skill, one part, or leave to come."""
        lacking = [one[0] if one is not None and len(one) == 1 and isinstance(one[0], kind) else None for one in needs]
        mask = np.array([change is not None for change in lacking], dtype=np.bool_)
        spot = room.cheapest(job, room.rows(job, mask)) if mask.any() else None
        change = None if spot is None else lacking[spot.duty]
        return None if spot is None or change is None else (change, spot)

    def _overtime(self, job: Job, able: Mask) -> Remedy | None:
        """The technician for whom staying longer costs the plan least."""
        spot = self._longer.cheapest(job, self._longer.rows(job, able))
        return None if spot is None else self._staying(job, (), spot)

    def _staying(self, job: Job, changes: tuple[Change, ...], spot: Spot) -> Remedy | None:
        """The technician of the spot stays as little longer as any place in the route takes, other changes made."""
        duty = self._room.tables.duties[spot.duty]
        orders = self._longer.places_on(job, spot.duty)

        def proven(minutes: int) -> Remedy | None:
            longer = MoreOvertime(duty.technician.id, duty.shift_index, minutes)
            return self._proven(job, (*changes, longer), spot, orders)

        most = -(-(spot.timing.route.end_s - duty.limit_s) // 60)
        if most <= 1 or proven(most - 1) is None:
            return proven(most)
        return proven(1 + bisect_left(range(1, most - 1), 1, key=lambda minutes: proven(minutes) is not None))

    def _instead(self, job: Job, able: Mask) -> Remedy | None:
        found = self._replaceable.cheapest(job, able)
        return None if found is None else self._proven(job, (InsteadOf(found[0]),), found[1])


def _ranked(found: Iterator[Remedy | None], most: int) -> list[Remedy]:
    """The cheapest of each kind, cheapest first."""
    kinds: dict[tuple[str, ...], Remedy] = {}
    for remedy in sorted((one for one in found if one is not None), key=lambda one: one.price_ms):
        kinds.setdefault(tuple(change.code for change in remedy.changes), remedy)
    return list(kinds.values())[:most]


def remedies(problem: Problem, solution: Solution, job: str, most: int = MOST_REMEDIES) -> list[Remedy]:
    """The cheapest changes with which a job left out would fit; see `Remedies.of`.

    To ask about several jobs of a plan, keep a Remedies.
    """
    return Remedies(problem, solution).of(job, most)
