"""When does each stop of a route start? The cheapest times for a given order, exactly.

A dynamic program over the stops: for each number of breaks taken, the cost of being free
by a time is a non-increasing piecewise linear function of that time (piecewise.py). It
weighs agreed times, promises, announced windows, overtime and rush hours against each
other and finds the least cost in whole seconds. Where the earliest times cost nothing but
travel they are taken at once. Ties go to the earliest start.
"""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.driven_route import Chosen, Timing, drive_route
from optimizer.legs import Leg, legs
from optimizer.piecewise import FOREVER, Piece, cut, delayed, lowest_so_far, minimum, total, value_at
from optimizer.tables import Call, Duty, Tables

Costs = list[Piece]


def time_route(tables: Tables, duty: Duty, calls: Sequence[Call]) -> Timing | None:
    """The cheapest times for these calls in this order; None if hard time limits cannot be met."""
    chosen = _RouteTimer(tables, duty, calls).solve()
    return None if chosen is None else drive_route(tables, duty, calls, chosen)


class _RouteTimer:
    """The dynamic program over one route."""

    def __init__(self, tables: Tables, duty: Duty, calls: Sequence[Call]) -> None:
        self.tables, self.duty, self.calls = tables, duty, calls
        self.begun = sum(call.begun_s is not None for call in calls)
        self.limit_s = FOREVER if all(call.frozen for call in calls) else duty.limit_s
        self.states = len(duty.breaks) + 1
        self.now_s = tables.problem.now_s
        self.until_s = self._latest_leaves()

    def solve(self) -> list[Chosen] | None:
        """The chosen starts of the calls not begun, then the end of the route."""
        quick = self._earliest() if len(self.tables.periods) == 1 else None
        if quick is not None and self._is_free_of_charge(quick):
            return quick
        if len(self.tables.periods) == 1 and quick is None:
            return None
        return self._cheapest()

    def _latest_leaves(self) -> list[int]:
        """No later than this anybody leaves for each stop, and then for the end of the route."""
        latest, arrive_s = [], self.limit_s
        for position in range(len(self.calls), -1, -1):
            latest.append(arrive_s)
            if position:
                call = self.calls[position - 1]
                ends = [piece.last for piece in call.profile]
                arrive_s = min(max(ends, default=FOREVER), arrive_s - call.duration_s) if not call.frozen else FOREVER
        return latest[::-1]

    def _place(self, position: int) -> int:
        """Where the technician is after `position` stops."""
        return self.calls[position - 1].place if position else self.duty.start_place

    def _next_place(self, position: int) -> int:
        """The place of the stop at a position, or where the day ends."""
        if position < len(self.calls):
            return self.calls[position].place
        return self._place(position) if self.duty.end_place is None else self.duty.end_place

    def _usual_s(self, position: int) -> int:
        return int(self.tables.travel_s[self._place(position), self._next_place(position)])

    def _ready_s(self) -> int:
        """When the technician is free for the first stop not begun."""
        if self.begun:
            last = self.calls[self.begun - 1]
            return (last.begun_s or 0) + last.duration_s
        return self.duty.shift.start_s

    def _free_from(self, position: int) -> int | None:
        """Nobody leaves before now for the first stop that is not frozen."""
        if position >= len(self.calls) or self.calls[position].frozen:
            return None
        if position and not self.calls[position - 1].frozen:
            return None
        return self.now_s

    def _floor(self, position: int) -> int:
        """Nothing but frozen stops starts before the route's freeze."""
        if position >= len(self.calls) or self.calls[position].frozen:
            return -FOREVER
        return self.duty.freeze_s

    # --- the earliest times, by breaks taken ---------------------------------------------------

    def _earliest(self) -> list[Chosen] | None:
        """The earliest times in which the route can be done, None if it cannot."""
        free: list[int | None] = [self._ready_s(), *[None] * (self.states - 1)]
        trail: list[list[tuple[int, int, Leg] | None]] = []
        for position in range(self.begun, len(self.calls)):
            call = self.calls[position]
            after_now = self._free_from(position)
            if after_now is not None:
                free = [None if t is None else max(t, after_now) for t in free]
            reached = self._reach(free, position)
            trail.append([_first_start(call, one) for one in reached])
            free = [None if one is None else one[0] + call.duration_s for one in trail[-1]]
        ends = self._reach(free, len(self.calls))
        best = min(
            ((one[0], taken) for taken, one in enumerate(ends) if one is not None and self._may_end(one[0], taken)),
            default=None,
        )
        if best is None:
            return None
        return _traced([*trail, ends], best[1])

    def _reach(self, free: list[int | None], position: int) -> list[tuple[int, int, Leg] | None]:
        """For each number of breaks taken, the earliest arrival as (time, breaks before, leg)."""
        usual_s, floor = self._usual_s(position), self._floor(position)
        reached: list[tuple[int, int, Leg] | None] = [None] * self.states
        for taken, t in enumerate(free):
            if t is None:
                continue
            for then in range(taken, self.states):
                for leg in legs(self.tables, self.duty, usual_s, taken, then, t, self.until_s[position]):
                    best = reached[then]
                    s = max(t + leg.delay_s, leg.not_before_s, floor)
                    if t <= leg.latest_s and (best is None or s < best[0]):
                        reached[then] = (s, taken, leg)
        return reached

    def _may_end(self, end_s: int, taken: int) -> bool:
        rest = self.duty.gap(taken, self.states - 1)
        return end_s <= self.limit_s and rest is not None and end_s <= rest.latest_s

    def _is_free_of_charge(self, chosen: list[Chosen]) -> bool:
        if chosen[-1].start_s > self.duty.shift.end_s:
            return False
        return all(
            value_at(call.profile, one.start_s) == 0
            for call, one in zip(self.calls[self.begun :], chosen, strict=False)
        )

    # --- the cheapest times -------------------------------------------------------------------

    def _cheapest(self) -> list[Chosen] | None:
        free: list[Costs] = [[Piece(self._ready_s(), FOREVER, 0, 0)], *[[] for _ in range(self.states - 1)]]
        before: list[list[Costs]] = []
        starts: list[list[Costs]] = []
        for position in range(self.begun, len(self.calls)):
            call = self.calls[position]
            after_now = self._free_from(position)
            if after_now is not None:
                free = [cut(costs, after_now, FOREVER) for costs in free]
            before.append(free)
            starts.append([total(costs, call.profile) for costs in self._arrive(free, position)])
            free = [lowest_so_far(costs, call.duration_s) for costs in starts[-1]]
        before.append(free)
        starts.append(self._ending(free))
        return self._traced_back(before, starts)

    def _options(self, position: int, taken: int, then: int, since_s: int) -> list[Leg]:
        usual_s, until_s = self._usual_s(position), self.until_s[position]
        return legs(self.tables, self.duty, usual_s, taken, then, since_s, until_s)

    def _arrive(self, free: list[Costs], position: int) -> list[Costs]:
        """The cost of starting at the next stop at each time, by breaks taken."""
        arrived: list[Costs] = [[] for _ in range(self.states)]
        for taken, costs in enumerate(free):
            for then in range(taken, self.states if costs else 0):
                for leg in self._options(position, taken, then, costs[0].first):
                    moved = delayed(costs, leg.delay_s, leg.latest_s, leg.not_before_s, 1000 * leg.travel_s)
                    arrived[then] = minimum(arrived[then], moved)
        return [cut(costs, self._floor(position), FOREVER) for costs in arrived]

    def _ending(self, free: list[Costs]) -> list[Costs]:
        """The cost of ending the route at each time; breaks not yet taken must still be possible."""
        price = self.tables.problem.weights.overtime_price_ms_per_s
        end_s = self.duty.shift.end_s
        overtime = [Piece(-FOREVER, end_s, 0, 0), Piece(end_s + 1, FOREVER, price, price)]
        ending = []
        for taken, costs in enumerate(self._arrive(free, len(self.calls))):
            rest = self.duty.gap(taken, self.states - 1)
            last = -FOREVER if rest is None else min(self.limit_s, rest.latest_s)
            ending.append(cut(total(costs, overtime), -FOREVER, last))
        return ending

    def _traced_back(self, before: list[list[Costs]], starts: list[list[Costs]]) -> list[Chosen] | None:
        """Read the chosen times off the functions, from the end of the route to its head."""
        found = [(*_lowest(costs, FOREVER), taken) for taken, costs in enumerate(starts[-1]) if costs]
        if not found:
            return None
        cost, at, taken = min(found)
        chosen: list[Chosen] = []
        for index in range(len(starts) - 1, -1, -1):
            position = self.begun + index
            if position < len(self.calls):
                own = value_at(self.calls[position].profile, at) or 0
            else:
                own = self.tables.problem.weights.overtime_price_ms_per_s * max(0, at - self.duty.shift.end_s)
            free_s, taken, leg = self._came_by(before[index], position, taken, at, cost - own)
            chosen.append(Chosen(at, leg))
            if index:
                done_s = free_s - self.calls[position - 1].duration_s
                cost, at = _lowest(starts[index - 1][taken], done_s)
        return chosen[::-1]

    def _came_by(self, free: list[Costs], position: int, then: int, at: int, cost: int) -> tuple[int, int, Leg]:
        """The leg that reaches a stop at this time for this cost: (free by, breaks before, leg)."""
        for taken, costs in enumerate(free[: then + 1]):
            for leg in self._options(position, taken, then, costs[0].first) if costs else ():
                t = min(at - leg.delay_s, leg.latest_s)
                if at < leg.not_before_s:
                    continue
                value = value_at(free[taken], t)
                if value is not None and value + 1000 * leg.travel_s == cost:
                    return t, taken, leg
        raise AssertionError("the functions of a route do not agree")


def _first_start(call: Call, reached: tuple[int, int, Leg] | None) -> tuple[int, int, Leg] | None:
    """The first allowed start at or after an arrival."""
    if reached is None:
        return None
    for piece in call.profile:
        if reached[0] <= piece.last:
            return (max(reached[0], piece.first), *reached[1:])
    return None


def _traced(trail: list[list[tuple[int, int, Leg] | None]], taken: int) -> list[Chosen]:
    chosen = []
    for step in reversed(trail):
        one = step[taken]
        if one is None:
            raise AssertionError("the trail of a route is broken")
        chosen.append(Chosen(one[0], one[2]))
        taken = one[1]
    return chosen[::-1]


def _lowest(costs: Costs, until: int) -> tuple[int, int]:
    """The least value up to a time and the earliest time that has it."""
    best: tuple[int, int] | None = None
    for piece in cut(costs, -FOREVER, until):
        at = piece.last if piece.slope < 0 else piece.first
        if best is None or piece.at(at) < best[0]:
            best = (piece.at(at), at)
    if best is None:
        raise AssertionError("an infinite function has no lowest value")
    return best
