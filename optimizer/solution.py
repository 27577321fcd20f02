"""A plan: who goes where and when, what is left out and why, and what it all costs."""

from __future__ import annotations

from dataclasses import dataclass, fields

from optimizer.failure import Failure
from optimizer.obstacles import Obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One job of a route, in seconds from the horizon's start.

    The technician leaves the place before at `leave_s`, drives `travel_s` (a break may
    interrupt it), arrives, and serves from `start_s` to `finish_s`.
    """

    job: str
    leave_s: int
    travel_s: int
    arrive_s: int
    start_s: int
    finish_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A break as it is planned."""

    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A technician's shift with its stops in order; ends at `end_s`, at the end place if there is one.

    `return_leave_s` and `return_travel_s` are the way back; without an end place the route
    ends when the last service does, and they are that instant and 0. `pauses` are the breaks
    that were not history.
    """

    technician: str
    shift: int
    stops: tuple[Stop, ...]
    pauses: tuple[Pause, ...]
    return_leave_s: int
    return_travel_s: int
    end_s: int

    @property
    def jobs(self) -> tuple[str, ...]:
        """The ids of the jobs, in order."""
        return tuple(stop.job for stop in self.stops)

    @property
    def travel_s(self) -> int:
        """Seconds on the road, the way back included."""
        return sum(stop.travel_s for stop in self.stops) + self.return_travel_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassigned:
    """A job left out, with every obstacle found."""

    job: str
    obstacles: tuple[Obstacle, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a plan costs, term by term, in thousandths of a second of travel.

    `preference` is sending somebody not preferred or not the regular technician; `changes`
    is another technician, or a start, than was announced, and another technician than planned.
    """

    unserved_ms: int = 0
    lateness_ms: int = 0
    changes_ms: int = 0
    overtime_ms: int = 0
    target_ms: int = 0
    preference_ms: int = 0
    unfairness_ms: int = 0
    travel_ms: int = 0

    @property
    def total_ms(self) -> int:
        """The sum of the terms: what engines minimise."""
        return sum(self.by_term().values())

    def by_term(self) -> dict[str, int]:
        """The terms by name, `travel` to `unserved`, in the order they are declared."""
        return {term.name.removesuffix("_ms"): getattr(self, term.name) for term in fields(self)}

    def __add__(self, other: Cost) -> Cost:
        return Cost(**{term.name: getattr(self, term.name) + getattr(other, term.name) for term in fields(self)})

    def __sub__(self, other: Cost) -> Cost:
        return Cost(**{term.name: getattr(self, term.name) - getattr(other, term.name) for term in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A plan for a problem: its routes (empty ones left out), what it leaves out, its cost.

    `level_failure` is what ended the search for a plan that keeps windows with a level, if anything did.
    """

    routes: tuple[Route, ...]
    unassigned: tuple[Unassigned, ...]
    cost: Cost
    engine: str
    level_failure: Failure | None = None

    @property
    def served(self) -> int:
        """How many jobs are in routes."""
        return sum(len(route.stops) for route in self.routes)
