"""Offers: windows that can be kept, cheapest first, their routes timed when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from optimizer.driven_route import Timing
from optimizer.problem import Window
from optimizer.quoting.sifting import Found
from optimizer.solution import Route


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A job at one place of one route in one window: how to time it, and what it costs more than now."""

    technician: str
    shift: int
    position: int
    timed: Callable[[], Timing | None]
    increase_ms: Callable[[], int | None]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A window that can be kept: who comes, where in the route, when, and what it adds to the cost.

    `cost_ms` is what the plan costs more with the job than without it (what leaving it out
    would have cost is not deducted); `route` is the technician's route with the job in it,
    as the routes were when it was asked. It is timed when it is first read.
    """

    window: Window
    technician: str
    shift: int
    position: int
    cost_ms: int
    timed: Callable[[], Timing | None] = field(repr=False, compare=False)

    @cached_property
    def route(self) -> Route:
        """The technician's route with the job in it, in its cheapest times."""
        timing = self.timed()
        if timing is None:
            raise AssertionError("a window was offered that cannot be kept")
        return timing.route

    @property
    def start_s(self) -> int:
        """When service starts."""
        return self.route.stops[self.position].start_s


MakeCandidate = Callable[[int, int, int], Candidate]


def cheapest_offers(found: Found, windows: Sequence[Window], candidate: MakeCandidate) -> list[Offer]:
    """An offer for each window that can be kept, cheapest and then earliest first.

    What is in doubt is timed, cheapest bound first, until nothing cheaper can follow;
    `candidate` makes one of (window, duty, gap).
    """
    cost_ms = [int(cost) for cost in found.cost_ms]
    best = [
        candidate(window, int(found.duty[window]), int(found.gap[window])) if found.duty[window] >= 0 else None
        for window in range(len(windows))
    ]
    for window, duty, gap, bound_ms in found.doubtful.tolist():
        if bound_ms >= cost_ms[window]:
            continue
        one = candidate(window, duty, gap)
        increase = one.increase_ms()
        if increase is not None and increase < cost_ms[window]:
            best[window], cost_ms[window] = one, increase
    offers = [
        Offer(
            window=window,
            technician=one.technician,
            shift=one.shift,
            position=one.position,
            cost_ms=cost,
            timed=one.timed,
        )
        for window, one, cost in zip(windows, best, cost_ms, strict=True)
        if one is not None
    ]
    return sorted(offers, key=lambda one: (one.cost_ms, one.window.start_s))
