"""What visits that are over teach about those to come: how long services and drives really take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dispatch.rules.vocabulary import OrderKind, VisitPurpose
from optimizer.risk.learning import DriveRecord, ServiceRecord, learn
from optimizer.risk.uncertainty import Traits, Uncertainty

#: how far back visits count: long enough for rare kinds of work, short enough for new ways of working
HISTORY = timedelta(days=183)
#: the latest so many of them; more would teach nothing new
MOST_VISITS = 20_000


@dataclass(frozen=True)
class Attended:
    """A completed visit as it was planned and as it was.

    `travel` is what the route said, None if no route tells any more; the technician set off and
    arrived as they tapped it.
    """

    kind: OrderKind
    purpose: VisitPurpose
    community_id: int
    technician_id: int
    planned: timedelta
    travel: timedelta | None
    day_on: date
    set_off_at: datetime | None
    arrived_at: datetime
    left_at: datetime


def traits_of(kind: OrderKind, purpose: VisitPurpose, community_id: int) -> Traits:
    """What visits have in common: the kind of order and what is done, and the estate."""
    return Traits(f"{kind} {purpose}", f"community {community_id}")


def learn_from(attended: Iterable[Attended]) -> Uncertainty:
    """The distributions of services and drives, as far as these visits tell."""
    seen = list(attended)
    return learn(map(_service, seen), [drive for one in seen for drive in _drives(one)])


def _service(one: Attended) -> ServiceRecord:
    return ServiceRecord(
        traits=traits_of(one.kind, one.purpose, one.community_id),
        technician=str(one.technician_id),
        planned_s=_seconds(one.planned),
        actual_s=_seconds(one.left_at - one.arrived_at),
    )


def _drives(one: Attended) -> Iterable[DriveRecord]:
    """The drive, if it was reported; drives of a technician on one day share their traffic."""
    if one.set_off_at is not None and one.travel is not None:
        yield DriveRecord(
            day=f"{one.day_on} {one.technician_id}",
            planned_s=_seconds(one.travel),
            actual_s=_seconds(one.arrived_at - one.set_off_at),
        )


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
