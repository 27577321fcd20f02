"""What becomes of visits whose stops were written, moved or taken out: their status, and the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.models import Route, Stop, Visit
from dispatch.queries.planning_rows import OVERTIME_LIMIT
from dispatch.rules.announcing import window_around
from dispatch.rules.begun_stops import ON_A_PHONE
from dispatch.rules.calendars import Span, local_instant
from dispatch.rules.events import Fact, VisitBooked, VisitReassigned, VisitScheduled, VisitUnscheduled, VisitUnsent
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.append_event import append_events
from dispatch.services.record import record
from dispatch.services.write_visits import write_visits

#: a visit that nobody has booked is booked for the whole day that it is planned on (R09)
DAY_OPENS, DAY_CLOSES = "08:00", "20:00"
#: why a plan takes a visit from a phone
REASSIGNED = "reassigned"


@dataclass(frozen=True)
class Placed:
    """A stop as it was written, on its route, and the stop and the technician that the visit had before."""

    stop: Stop
    route: Route
    before: Stop | None = None
    technician_before: int | None = None

    @property
    def is_new(self) -> bool:
        """Whether the visit had no stop."""
        return self.before is None

    @property
    def is_another(self) -> bool:
        """Whether the visit had a stop, but on another route or at another time."""
        old = self.before
        return old is not None and (old.route_id, old.start_at) != (self.route.id, self.stop.start_at)


@dataclass(frozen=True)
class TakenOut:
    """A stop that is no more, and whose it was."""

    stop: Stop
    technician_id: int


@dataclass
class _Change:
    """Moves visits one by one and gathers what the log is to say; `unsent` are facts that promises hang on."""

    zone: ZoneInfo
    now: datetime
    by: str
    facts: list[Fact] = field(default_factory=list)
    unsent: list[Fact] = field(default_factory=list)

    def schedule(self, visit: Visit, placed: Placed) -> None:
        about: dict[str, Any] = {"occurred_at": self.now, "order_id": visit.order_id, "visit_id": visit.id}
        technician_id = placed.route.technician_id
        self._give_up_time(visit, placed.stop.start_at)
        if placed.technician_before not in (None, technician_id):
            self._take_from_phone(visit, placed.technician_before or 0, technician_id)
        if visit.status is VisitStatus.REQUESTED:
            if visit.booked_from_at is None or visit.booked_until_at is None:
                visit.booked_from_at, visit.booked_until_at = _booked_window(visit, placed, self.zone)
            visit.move_to(VisitStatus.BOOKED, at=self.now, by=self.by)
            window: dict[str, Any] = {"from_at": visit.booked_from_at, "until_at": visit.booked_until_at}
            self.facts.append(VisitBooked(**about, **window, by_customer=False))
        if visit.status is VisitStatus.BOOKED:
            visit.move_to(VisitStatus.SCHEDULED, at=self.now, by=self.by)
        self.facts.append(VisitScheduled(**about, technician_id=technician_id, start_at=placed.stop.start_at))

    def unschedule(self, visit: Visit, technician_id: int) -> None:
        if visit.status is VisitStatus.CANCELLED:
            return
        self._take_from_phone(visit, technician_id, None)
        if visit.status is VisitStatus.SCHEDULED:
            visit.move_to(VisitStatus.BOOKED, at=self.now, by=self.by)
        self.facts.append(VisitUnscheduled(occurred_at=self.now, order_id=visit.order_id, visit_id=visit.id))

    def _give_up_time(self, visit: Visit, start_at: datetime) -> None:
        """A time agreed with the customer stands as long as the stop keeps it (R11); then they are told anew."""
        if visit.appointed_at is None:
            return
        opens, closes = window_around(visit.appointed_at)
        if opens <= start_at <= closes:
            return
        visit.appointed_at = visit.agreed_at = None
        if visit.status is VisitStatus.AGREED:
            visit.move_to(VisitStatus.ACCEPTED, at=self.now, by=self.by)

    def _take_from_phone(self, visit: Visit, technician_id: int, next_id: int | None) -> None:
        """The visit is somebody else's, or nobody's, from now on; a time agreed with the customer stands."""
        if visit.status not in ON_A_PHONE:
            return
        about: dict[str, Any] = {"occurred_at": self.now, "order_id": visit.order_id, "visit_id": visit.id}
        accepted = visit.status is not VisitStatus.SENT
        visit.move_to(VisitStatus.SCHEDULED, at=self.now, by=self.by, reason=REASSIGNED)
        visit.accepted_at = None
        if not accepted:
            self.unsent.append(VisitUnsent(**about, technician_id=technician_id, reason=REASSIGNED))
        elif next_id is not None:
            self.facts.append(VisitReassigned(**about, technician_id=next_id, reason=REASSIGNED))


def schedule_visits(
    session: Session,
    placed: Sequence[Placed],
    taken_out: Sequence[TakenOut],
    *,
    zone: ZoneInfo,
    now: datetime,
    by: str,
) -> None:
    """Move visits with a (new) stop to *scheduled*, those without one back to *booked*, and log it all.

    A visit that nobody had booked is booked for what the customer wanted, if the stop is in
    it, else for the day. Who has a visit on the phone that becomes another's loses it. The
    caller holds the territory-days and the routes.
    """
    wanted = [*(one.stop.visit_id for one in placed), *(one.stop.visit_id for one in taken_out)]
    visits = {visit.id: visit for visit in lock(session, Visit, wanted)}
    change = _Change(zone, now, by)
    for one in taken_out:
        change.unschedule(visits[one.stop.visit_id], one.technician_id)
    for another in placed:
        change.schedule(visits[another.stop.visit_id], another)
    write_visits(session, visits.values())
    for fact in change.unsent:
        record(session, fact, now=now)
    append_events(session, change.facts, now=now)


def _booked_window(visit: Visit, placed: Placed, zone: ZoneInfo) -> Span:
    """What the customer wanted, if the stop is in it; else the whole day, and all of the technician's shift.

    Who is served in overtime is booked to its end.
    """
    opens, closes = visit.wanted_from_at, visit.wanted_until_at
    if opens is not None and closes is not None and opens <= placed.stop.start_at <= closes:
        return opens, closes
    day, shift = placed.route.day_on, placed.route.shift
    day_opens, day_closes = local_instant(day, DAY_OPENS, zone), local_instant(day, DAY_CLOSES, zone)
    closes = max(day_closes, shift.ends_at)
    if placed.stop.start_at > closes:
        closes = max(shift.ends_at + OVERTIME_LIMIT, placed.stop.start_at)
    return min(day_opens, shift.starts_at), closes
