"""Rows in the optimizer's words: technicians, jobs and routes as they stand, in seconds from the horizon's start."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dispatch.models import Announcement, Promise, Stop, Technician, Visit
from dispatch.queries.planning_rows import OVERTIME_LIMIT, VisitFacts, WorkedShift, standing_stops
from dispatch.rules.begun_stops import ON_A_PHONE, Begun
from dispatch.rules.calendars import local_instant
from dispatch.rules.datum import Coordinate
from dispatch.rules.vocabulary import Priority, VisitPurpose
from dispatch.rules.working_time import Rest
from optimizer.problem import Announcement as Told
from optimizer.problem import BaseRoute, BaseStop, Break, Job, Pin, Skill, SkillNeed, Weights, Window
from optimizer.problem import Promise as Due
from optimizer.problem import Shift as Duty
from optimizer.problem import Technician as Person
from optimizer.tables import has_skills

Span = tuple[datetime, datetime]
#: technician and index of shift: how the optimizer names a route
DutyName = tuple[str, int]

#: what serving a visit is worth, in points of 600 s of travel (Weights.travel_s_per_value); the
#: price of waiting (WAITING_MS_PER_S) puts emergencies first
VALUES: Mapping[Priority, int] = {Priority.NORMAL: 10, Priority.HIGH: 30, Priority.EMERGENCY: 200}
#: breaking a promise, beside what every second late costs
BROKEN_S = 7_200
#: taking away what the routes keep now (a told window, a promise): publishing would be refused,
#: so engines do it only where a mandatory job cannot be served otherwise
TAKEN_AWAY_S = 4_000_000
#: what a plan weighs
PLANNING_WEIGHTS = Weights(mandatory_price_s=10_000_000, window_missed_price_s=TAKEN_AWAY_S)
#: a repair pays this for each visit that somebody else is given than the routes have it with, told or not
REASSIGNED_S = 600
REPAIR_WEIGHTS = replace(PLANNING_WEIGHTS, reassigned_price_s=REASSIGNED_S)
#: every second late, and every second after the earlier time that an order is planned for
LATE_MS_PER_S, AFTER_PLAN_BY_MS_PER_S = 5_000, 1_000
#: every second that an emergency waits (R15): more than any other order can cost, so that it goes first; but a
#: week of it is less than a mandatory visit, so that it takes nobody's booking away
WAITING_MS_PER_S = 10_000


class Places:
    """The coordinates met so far, each once."""

    def __init__(self) -> None:
        self.coordinates: list[Coordinate] = []
        self._index: dict[Coordinate, int] = {}

    def named(self, coordinate: Coordinate) -> str:
        """The name of a place."""
        if coordinate not in self._index:
            self._index[coordinate] = len(self.coordinates)
            self.coordinates.append(coordinate)
        return str(self._index[coordinate])


def seconds_between(start_at: datetime, instant: datetime) -> int:
    """Whole seconds from one instant to another, rounded up."""
    return -int((start_at - instant) // timedelta(seconds=1))


@dataclass(frozen=True)
class Words:
    """Turns the rows of one snapshot into words; `duties` names the route of each shift id, `people` are by name."""

    start_at: datetime
    end_at: datetime
    zone: ZoneInfo
    now: datetime
    worked: Sequence[WorkedShift]
    asking: Mapping[int, Span | None]
    places: Places = field(default_factory=Places)
    duties: dict[int, DutyName] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    def seconds(self, instant: datetime) -> int:
        """Seconds from the horizon's start."""
        return seconds_between(self.start_at, instant)

    # --- people -------------------------------------------------------------------------

    def technicians(self) -> tuple[Person, ...]:
        """Everyone with a shift, with their shifts in order; fills `duties` and `people`."""
        grouped: dict[int, list[WorkedShift]] = {}
        for one in self.worked:
            own = grouped.setdefault(one.shift.technician_id, [])
            self.duties[one.shift.id] = (str(one.shift.technician_id), len(own))
            own.append(one)
        for own in grouped.values():
            person = self._person(own[0].shift.technician, own)
            self.people[person.id] = person
        return tuple(self.people.values())

    def _person(self, technician: Technician, own: Sequence[WorkedShift]) -> Person:
        home = self.places.named(Coordinate(technician.home_lat or 0.0, technician.home_lon or 0.0, technician.datum))
        return Person(
            id=str(technician.id),
            shifts=tuple(self._duty(one, home) for one in own),
            skills=tuple(
                Skill(
                    code=held.skill.code,
                    level=held.level,
                    expires_s=self.seconds(local_instant(held.certified_until_on, "24:00", self.zone))
                    if held.certified_until_on
                    else None,
                )
                for held in technician.skills
            ),
            crew=str(technician.contractor_id or 0),
        )

    def _duty(self, one: WorkedShift, home: str) -> Duty:
        return Duty(
            start_s=self.seconds(one.time.starts_at),
            end_s=self.seconds(one.time.ends_at),
            start_place=home,
            end_place=home,
            breaks=tuple(self.pause(rest) for rest in one.rests(self.now)),
            overtime_limit_s=int(one.overtime.total_seconds()),
        )

    def pause(self, rest: Rest) -> Break:
        """A rest as the optimizer's break."""
        earliest_s = self.seconds(rest.earliest_at)
        return Break(
            duration_s=self.seconds(rest.earliest_at + rest.length) - earliest_s or 1,
            earliest_start_s=earliest_s,
            latest_start_s=self.seconds(rest.latest_at),
        )

    # --- jobs ---------------------------------------------------------------------------

    def job(self, visit: Visit, facts: VisitFacts, begun: Mapping[int, Begun]) -> Job:
        """One visit; of one that has begun, the length is what is known of it."""
        premises = visit.premises
        stop = facts.stops.get(visit.id)
        started = begun.get(visit.id)
        dues = tuple(self._dues(visit, facts.due.get(visit.order_id, ()), stop))
        job = Job(
            id=str(visit.id),
            place=self.places.named(Coordinate(premises.lat or 0.0, premises.lon or 0.0, premises.datum)),
            duration_s=visit.duration_s if started is None else int(started.length.total_seconds()),
            skills=tuple(SkillNeed(code=need.skill.code, level=need.level) for need in visit.skills),
            windows=self._windows(visit, facts),
            release_s=self.seconds(visit.release_at) if visit.release_at else None,
            target_s=self.seconds(visit.appointed_at) if visit.appointed_at else None,
            promises=dues,
            value=VALUES[visit.order.priority] + self._worth(dues),
            mandatory=visit.booked_from_at is not None or stop is not None,
            announced=self._told(facts.arrivals.get(visit.id), facts.told.get(visit.id)),
            preferred_technicians=self._names(facts.known_by.get(visit.id, ())),
            forbidden_technicians=self._names(facts.refused_by.get(visit.id, ())),
        )
        return replace(job, pin=self._pin(visit, stop, job, facts.upset))

    def _names(self, technicians: Iterable[int]) -> tuple[str, ...]:
        """Those of the technicians who work on these days."""
        return tuple(name for name in sorted(str(technician) for technician in technicians) if name in self.people)

    def _windows(self, visit: Visit, facts: VisitFacts) -> tuple[Window, ...]:
        """What the visit is bound to: a held offer, what it asks, what is booked, what was wanted.

        A window that is over binds nobody any more.
        """
        span: tuple[datetime | None, datetime | None] | None = self.asking.get(visit.id)
        held = facts.held.get(visit.id)
        if span is None and held is not None:
            span = (held.from_at, held.until_at)
        if span is None and visit.booked_from_at is not None:
            span = (visit.booked_from_at, visit.booked_until_at)
        if span is None and visit.wanted_from_at is not None:
            span = (visit.wanted_from_at, visit.wanted_until_at)
        if span is None or span[0] is None or span[1] is None or span[1] <= self.now:
            return ()
        return (Window(start_s=self.seconds(span[0]), end_s=self.seconds(span[1])),)

    def _dues(self, visit: Visit, promises: Iterable[Promise], stop: Stop | None) -> Iterable[Due]:
        """The order's promise, and the earlier time that it is planned for (R07), which is ours alone.

        What is broken already costs more every second from now on, and so does an emergency,
        whatever it was promised (R15). Taking an old device back meets no promise (R02).
        """
        if visit.order.priority is Priority.EMERGENCY:
            yield Due(due_s=self.seconds(self.now), late_price_ms_per_s=WAITING_MS_PER_S)
        for promise in () if visit.purpose is VisitPurpose.RECOVER else promises:
            kept = stop is not None and stop.finish_at <= promise.due_at
            price_s = 0 if promise.due_at <= self.now else TAKEN_AWAY_S if kept else BROKEN_S
            due_s = self.seconds(max(promise.due_at, self.now))
            yield Due(due_s=due_s, late_price_ms_per_s=LATE_MS_PER_S, broken_price_s=price_s)
            if promise.plan_by_at is not None and promise.plan_by_at > self.now:
                yield Due(due_s=self.seconds(promise.plan_by_at), late_price_ms_per_s=AFTER_PLAN_BY_MS_PER_S)

    def _worth(self, dues: Iterable[Due]) -> int:
        """Points that make leaving the job out no cheaper than serving it as the last thing, in the last overtime.

        Not to come at all breaks the promise too.
        """
        end_s = self.seconds(self.end_at + OVERTIME_LIMIT)
        late = [due for due in dues if due.due_s < end_s]
        price_ms = sum(1000 * due.broken_price_s + due.late_price_ms_per_s * (end_s - due.due_s) for due in late)
        return -(-price_ms // (1000 * PLANNING_WEIGHTS.travel_s_per_value))

    def _pin(self, visit: Visit, stop: Stop | None, job: Job, upset: Collection[int]) -> Pin | None:
        """A stop that a person has pinned keeps technician and start; one on a phone its technician.

        A start that is past cannot be kept; the technician can, with the skills still and while
        the shift is not over. What is on the phone of somebody whose day is upset may become
        another's, and nobody keeps what was declined.
        """
        if stop is None or stop.route.shift_id not in self.duties:
            return None
        technician, shift = self.duties[stop.route.shift_id]
        if stop.is_pinned and stop.start_at > self.now:
            return Pin(technician=technician, shift=shift, start_s=self.seconds(stop.start_at))
        person = self.people[technician]
        duty = person.shifts[shift]
        is_over = duty.end_s + duty.overtime_limit_s <= self.seconds(self.now)
        stays = stop.is_pinned or (visit.status in ON_A_PHONE and int(technician) not in upset)
        if stays and not is_over and technician not in job.forbidden_technicians and has_skills(job, person, duty):
            return Pin(technician=technician, shift=shift)
        return None

    def _told(self, arrival: Promise | None, told: Announcement | None) -> Told | None:
        window = None
        if arrival is not None and arrival.from_at is not None and arrival.due_at > self.now:
            window = Window(start_s=self.seconds(arrival.from_at), end_s=self.seconds(arrival.due_at))
        known = {technician for technician, _ in self.duties.values()}
        technician = str(told.technician_id) if told is not None and told.technician_id is not None else None
        if technician not in known:
            technician = None
        return None if window is None and technician is None else Told(technician=technician, window=window)

    # --- routes -------------------------------------------------------------------------

    def base_routes(self, known: Iterable[int]) -> tuple[BaseRoute, ...]:
        """The routes as they stand, of visits that are `known`: what has begun first, in the order in which it did."""
        located = set(known)
        return tuple(self._base_route(one, located) for one in self.worked if one.route is not None)

    def _base_route(self, one: WorkedShift, known: set[int]) -> BaseRoute:
        technician, shift = self.duties[one.shift.id]
        stops = [
            BaseStop(job=str(begun.visit_id), start_s=self.seconds(begun.start_at), begun=True)
            for begun in one.begun
            if begun.visit_id in known
        ]
        begun_ids = {begun.visit_id for begun in one.begun}
        for stop in standing_stops(one.route) if one.route is not None else ():
            if stop.visit_id in known and stop.visit_id not in begun_ids:
                after_s = stops[-1].start_s if stops else self.seconds(stop.start_at)
                stops.append(BaseStop(job=str(stop.visit_id), start_s=max(after_s, self.seconds(stop.start_at))))
        return BaseRoute(technician=technician, shift=shift, stops=tuple(stops))
