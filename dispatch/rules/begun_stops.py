"""Which stops of a route have begun, and since when: facts, and what must be taken for one.

A phone may be silent for hours. A stop that should have begun while its phone was silent
is taken as begun, as planned: who is on the job is not sent elsewhere because the network
is down. A phone that has reported in full since, and says nothing of it, was not there.
Nor is a job taken as begun that would still go on when its technician, as somebody
reported, is not there any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.rules.lifecycles import VisitStatus

#: statuses of visits that may still be moved; whatever else is on a route has begun or is over
MOVABLE = (
    VisitStatus.REQUESTED,
    VisitStatus.BOOKED,
    VisitStatus.SCHEDULED,
    VisitStatus.SENT,
    VisitStatus.ACCEPTED,
    VisitStatus.AGREED,
)
#: on a phone: the technician stays unless somebody is reassigned on purpose
ON_A_PHONE = (VisitStatus.SENT, VisitStatus.ACCEPTED, VisitStatus.AGREED)


@dataclass(frozen=True)
class StopState:
    """One stop as it was planned, and what is known of its visit.

    `expected_until_at` is when who is on site has said that it will be over.
    """

    visit_id: int
    status: VisitStatus
    start_at: datetime
    length: timedelta
    travel: timedelta = timedelta()
    set_off_at: datetime | None = None
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    expected_until_at: datetime | None = None


@dataclass(frozen=True)
class Begun:
    """A stop that has begun, with its start and length as they are known or must be taken."""

    visit_id: int
    start_at: datetime
    length: timedelta

    @property
    def end_at(self) -> datetime:
        """When the technician is free again."""
        return self.start_at + self.length


def begun_stops(
    stops: Iterable[StopState],
    *,
    heard_at: datetime | None,
    now: datetime,
    absences: Sequence[tuple[datetime, datetime]] = (),
) -> list[Begun]:
    """The stops that have begun, in the order in which they did.

    `heard_at` is the end of the time on which the phone has reported in full, `absences`
    when the technician is not there. Who is still on site after the planned time is busy
    at least until then.
    """
    known_at = now if heard_at is None else min(now, heard_at)
    begun = [stop for stop in stops if _has_begun(stop, heard_at, now) and not _is_left(stop, absences, now)]
    found: list[Begun] = []
    for stop in sorted(begun, key=lambda one: one.arrived_at or one.start_at):
        start_at = stop.arrived_at or _taken_start(stop, found, known_at)
        found.append(Begun(stop.visit_id, start_at, _length(stop, start_at, known_at)))
    return sorted(found, key=lambda one: one.start_at)


def _has_begun(stop: StopState, heard_at: datetime | None, now: datetime) -> bool:
    if stop.status not in MOVABLE:
        return True
    silent = heard_at is None or heard_at < stop.start_at
    return stop.status in ON_A_PHONE and stop.start_at < now and silent


def _is_left(stop: StopState, absences: Sequence[tuple[datetime, datetime]], now: datetime) -> bool:
    """Whether a job that nobody has reported anything of falls into an absence that has begun."""
    if stop.status not in MOVABLE:
        return False
    end_at = stop.start_at + stop.length
    return any(from_at <= now and from_at < end_at and stop.start_at < until_at for from_at, until_at in absences)


def _taken_start(stop: StopState, before: list[Begun], known_at: datetime) -> datetime:
    """As planned, but not before the stop before is over.

    Who is on the way is there after the planned travel, whenever it was planned, but surely
    not there yet.
    """
    if stop.status is VisitStatus.EN_ROUTE:
        return max(known_at, stop.start_at if stop.set_off_at is None else stop.set_off_at + stop.travel)
    return max([stop.start_at, *(one.end_at for one in before[-1:])])


def _length(stop: StopState, start_at: datetime, known_at: datetime) -> timedelta:
    if stop.left_at is not None:
        return max(timedelta(), stop.left_at - start_at)
    if stop.status is VisitStatus.ON_SITE:
        said_at = stop.expected_until_at
        return max(stop.length if said_at is None else said_at - start_at, known_at - start_at)
    return stop.length
