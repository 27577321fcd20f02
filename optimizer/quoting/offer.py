"""What is asked, and what is offered: windows that can be kept, their routes timed when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from optimizer.driven_route import Timing
from optimizer.problem import Job, Window
from optimizer.quoting.reach import Reach
from optimizer.quoting.standing_duty import StandingDuty
from optimizer.solution import Route


class Question(Protocol):
    """A job that is in no route, the windows it is asked for, and how to time a duty with it."""

    @property
    def job(self) -> Job:
        """The job."""

    @property
    def windows(self) -> Sequence[Window]:
        """The windows."""

    @property
    def reach(self) -> Reach:
        """How far the job's place is from all numbered places."""

    def timed(self, window: Window, one: StandingDuty, position: int) -> Timing | None:
        """A duty in its cheapest times with the job at a position, starting in a window."""

    def increase_ms(self, window: Window, one: StandingDuty, position: int) -> int | None:
        """What the plan costs more then, by its timing; None if it cannot be."""


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
