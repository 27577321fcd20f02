"""What is to be planned: jobs, technicians, travel, prices and the routes as they stand.

Every time is a whole number of seconds counted from `Problem.horizon_start_at`, an aware
instant, so that a day may have 23 or 25 hours. Every price is in travel: `..._price_s` is
what one event costs in seconds of travel, `..._price_ms_per_s` what each second costs in
thousandths of a second of travel. See docs/problem-format.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal

from optimizer.faults import InvalidProblem
from optimizer.travel_model import SpeedModel, TravelMatrix
from optimizer.validation import faults_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere to be; coordinates are WGS-84 degrees, needed only where a speed model is used."""

    id: str
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """What a technician can do, up to a level; a certificate counts on shifts it outlasts."""

    code: str
    level: int = 1
    expires_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillNeed:
    """What a job asks for: the skill, at this level or above."""

    code: str
    level: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A pause that must start between two times; it may interrupt travel, never service."""

    duration_s: int
    earliest_start_s: int
    latest_start_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One working day: where and when it starts and ends, its breaks, and the parts on the van.

    With no `end_place` the day ends where the last job is. The end may be overrun by up to
    `overtime_limit_s`, at a price; nothing may pass that limit.
    """

    start_s: int
    end_s: int
    start_place: str
    end_place: str | None = None
    breaks: tuple[Break, ...] = ()
    overtime_limit_s: int = 0
    parts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Technician:
    """Who can be sent, on which shifts (a route is named by technician and index of shift)."""

    id: str
    shifts: tuple[Shift, ...]
    skills: tuple[Skill, ...] = ()
    crew: str | None = None
    duration_percent: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Service must start in it; both ends belong to it."""

    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A time given to the customer, and what breaking it costs: once, and for every second."""

    due_s: int
    measure: Literal["start", "finish"] = "finish"
    late_price_ms_per_s: int = 5_000
    broken_price_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What the customer has been told: who comes, and the window in which service starts."""

    technician: str | None = None
    window: Window | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """What a person has fixed: the technician, the shift, the place in the route, the start.

    `position` counts all stops of the route from 0. A pinned job is mandatory.
    """

    technician: str | None = None
    shift: int | None = None
    position: int | None = None
    start_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One attendance at one place.

    Hard: skills, `windows` (none: at any time), `release_s` (service starts no earlier),
    `deadline_s` (service is finished by then), forbidden technicians, parts, the pin.
    At a price: the agreed time `target_s`, promises, preferred and regular technicians, what
    was announced, and leaving the job out (`value` points, see Weights).
    """

    id: str
    place: str
    duration_s: int
    skills: tuple[SkillNeed, ...] = ()
    windows: tuple[Window, ...] = ()
    release_s: int | None = None
    deadline_s: int | None = None
    target_s: int | None = None
    promises: tuple[Promise, ...] = ()
    value: int = 10
    mandatory: bool = False
    durations_s: Mapping[str, int] = field(default_factory=dict)
    preferred_technicians: tuple[str, ...] = ()
    regular_technicians: tuple[str, ...] = ()
    forbidden_technicians: tuple[str, ...] = ()
    parts: Mapping[str, int] = field(default_factory=dict)
    pin: Pin | None = None
    announced: Announcement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseStop:
    """A stop of a route as it stands; of a begun one `start_s` is a fact and never moves."""

    job: str
    start_s: int
    begun: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseRoute:
    """A route as it stands.

    Stops begun, and those that start before `freeze_before_s`, are frozen: they keep their
    place and order at the head of the route, whatever their windows, skills or the shift's
    end say; nothing else may start before that instant. The first `breaks_done` breaks of
    the shift are history (taken or waived).
    """

    technician: str
    shift: int = 0
    stops: tuple[BaseStop, ...] = ()
    freeze_before_s: int | None = None
    breaks_done: int = 0

    @property
    def frozen(self) -> tuple[BaseStop, ...]:
        """The stops that keep their place and order."""
        before = self.freeze_before_s
        return tuple(stop for stop in self.stops if stop.begun or (before is not None and stop.start_s < before))


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelPeriod:
    """Travel begun from `start_s` until before `end_s` takes this share of its usual time."""

    start_s: int
    end_s: int
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What things cost, in travel.

    `travel_s_per_value` is the exchange rate: how long a detour one point of `Job.value` is
    worth. Leaving a job out costs its value, `window_missed_price_s` if a window was
    announced, and `mandatory_price_s` if it is mandatory. `reassigned_price_s` is for each job
    of a base route that somebody else than that route's technician is given.
    """

    travel_s_per_value: int = 600
    mandatory_price_s: int = 1_000_000
    target_price_ms_per_s: int = 500
    overtime_price_ms_per_s: int = 3_000
    not_preferred_price_s: int = 900
    not_regular_price_s: int = 300
    technician_changed_price_s: int = 1_800
    reassigned_price_s: int = 0
    window_missed_price_s: int = 7_200
    unfairness_price_ms_per_s: int = 0


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Everything an engine needs to know; raises InvalidProblem with every fault on construction.

    Nobody leaves for a stop that is not frozen before `now_s`.
    """

    horizon_start_at: datetime
    places: tuple[Place, ...]
    technicians: tuple[Technician, ...]
    jobs: tuple[Job, ...]
    travel: SpeedModel | TravelMatrix = field(default_factory=SpeedModel)
    travel_periods: tuple[TravelPeriod, ...] = ()
    weights: Weights = field(default_factory=Weights)
    base_routes: tuple[BaseRoute, ...] = ()
    now_s: int | None = None

    def __post_init__(self) -> None:
        faults = faults_of(self)
        if faults:
            raise InvalidProblem(faults)

    @cached_property
    def jobs_by_id(self) -> Mapping[str, Job]:
        """The jobs, by id."""
        return {job.id: job for job in self.jobs}

    @cached_property
    def technicians_by_id(self) -> Mapping[str, Technician]:
        """The technicians, by id."""
        return {technician.id: technician for technician in self.technicians}

    @cached_property
    def frozen_jobs(self) -> frozenset[str]:
        """The jobs whose place in a route can no longer change."""
        return frozenset(stop.job for route in self.base_routes for stop in route.frozen)

    @cached_property
    def planned_technicians(self) -> Mapping[str, str]:
        """Whose base route a job is in, by job."""
        return {stop.job: route.technician for route in self.base_routes for stop in route.stops}

    def is_mandatory(self, job: Job) -> bool:
        """Whether leaving the job out is a violation: said so, pinned, or frozen in a route."""
        return job.mandatory or job.pin is not None or job.id in self.frozen_jobs
