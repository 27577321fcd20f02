"""A day in the field: technicians with phones, customers with booked windows, in the words of the tests.

A phone numbers its reports and keeps them until it syncs; `say` reports and syncs at once,
`note` only writes down. Times are local times of DAY.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import (
    Case,
    CaseRemark,
    Disruption,
    Event,
    FieldReport,
    Route,
    Shift,
    Stop,
    Visit,
)
from dispatch.rules.events import VisitScheduled, WindowChosen
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import PromiseKind
from dispatch.services.receive_field_reports import Report
from dispatch.services.record import record
from dispatch.services.send_visits import send_due_visits
from dispatch.services.take_field_reports import Taken, take_field_reports
from tests.booking import DAY, BookingDay
from tests.world import World


@dataclass
class FieldPhone:
    """One technician's phone: what it has reported, and how far the server has said that it knows."""

    day: FieldDay
    technician: int
    device: str
    reports: list[Report] = field(default_factory=list)
    acknowledged: int = 0

    def note(self, at: str, kind: str, visit: int | None = None, **payload: Any) -> Report:
        """Write a report down, without a network; its instants may be local times."""
        instants = ("time_at", "until_at", "waited_since")
        told = {name: self.day.at(value).isoformat() if name in instants else value for name, value in payload.items()}
        made = Report(len(self.reports) + 1, kind, self.day.at(at), visit, told)
        self.reports.append(made)
        return made

    def sync(self, at: str) -> list[Taken]:
        """Hand over all that the server has not acknowledged yet."""
        waiting = self.reports[self.acknowledged :]
        self.acknowledged = len(self.reports)
        return self.hand_over(at, waiting)

    def hand_over(self, at: str, reports: list[Report]) -> list[Taken]:
        """One request with these reports."""
        now = self.day.at(at)
        return take_field_reports(self.day.database, self.technician, self.device, reports, device_now=now, now=now)

    def say(self, at: str, kind: str, visit: int | None = None, **payload: Any) -> Taken:
        """Report and sync; what became of the report."""
        self.note(at, kind, visit, **payload)
        return self.sync(at)[-1]


@dataclass
class FieldDay(BookingDay):
    """DAY, with phones."""

    @classmethod
    def morning(cls, database: Database) -> FieldDay:
        """07:00 on DAY; windows were booked on the evening before."""
        world = World(database)
        return cls(world, world.at("2026-11-23 18:00"))

    @classmethod
    def resumed(cls, database: Database) -> FieldDay:
        """DAY in a database that stands already."""
        world = object.__new__(World)
        world.__dict__.update(database=database, time_zone="Asia/Shanghai", ids={})
        world.zone = ZoneInfo(world.time_zone)
        return cls(world, world.at("2026-11-23 18:00"))

    def at(self, text: str) -> datetime:
        """A local time of DAY, or of a day that is named."""
        return self.world.at(text if len(text) > len("08:00") else f"{DAY} {text}")

    def phone(self, technician: int, device: str | None = None) -> FieldPhone:
        """The technician's phone."""
        return FieldPhone(self, technician, device or f"phone-{technician}")

    def send(self, at: str) -> int:
        """What a worker does: send what is due."""
        return send_due_visits(self.database, now=self.at(at))

    def work(self, until: str) -> None:
        """Let a worker do what is due."""
        worker = self.world.worker(self.at(until).replace(tzinfo=None).isoformat(sep=" "))
        worker.now = self.at(until)
        worker.until_idle()

    def booked(self, window: str, *, day: str = DAY, **wants: Any) -> int:
        """A customer who has booked a window with the first technician, at the earliest time that is free."""
        visit_id = self.customer(**wants)
        opens, closes = (self.world.at(f"{day} {clock}") for clock in window.split("-"))
        self.world.do(lambda session: self._book(session, visit_id, opens, closes))
        return visit_id

    def _book(self, session: Session, visit_id: int, opens: datetime, closes: datetime) -> None:
        visit = session.get_one(Visit, visit_id)
        route = self._route(session, opens)
        taken = [stop.finish_at for stop in route.stops if stop.start_at < closes]
        start_at = max([opens, *taken])
        route.stops.append(
            Stop(
                visit_id=visit_id,
                position=len(route.stops) + 1,
                arrive_at=start_at,
                start_at=start_at,
                finish_at=start_at + timedelta(seconds=visit.duration_s),
                travel_s=0,
            )
        )
        visit.booked_from_at, visit.booked_until_at = opens, closes
        visit.move_to(VisitStatus.BOOKED, at=self.now, by="test")
        visit.move_to(VisitStatus.SCHEDULED, at=self.now, by="test")
        session.flush()
        about: dict[str, Any] = {"occurred_at": self.now, "order_id": visit.order_id, "visit_id": visit_id}
        record(session, WindowChosen(**about, from_at=opens, until_at=closes), now=self.now)
        scheduled = VisitScheduled(**about, technician_id=route.technician_id, start_at=start_at)
        record(session, scheduled, now=self.now)

    def _route(self, session: Session, opens: datetime) -> Route:
        day_on = opens.astimezone(self.world.zone).date()
        shift = session.scalars(select(Shift).where(Shift.day_on == day_on).order_by(Shift.id)).first()
        if shift is None:
            raise LookupError(day_on)
        route = session.scalars(select(Route).where(Route.shift_id == shift.id)).one_or_none()
        if route is None:
            about = {"technician_id": shift.technician_id, "territory_id": shift.territory_id, "day_on": day_on}
            route = Route(shift_id=shift.id, **about)
            session.add(route)
            session.flush()
        return route

    # --- what is true -------------------------------------------------------------------

    def promised(self, kind: PromiseKind, visit: int) -> tuple[str, str | None, str | None]:
        """The latest promise of a kind about the visit: status, due, met, in local time."""
        promise = self.world.promise(kind, visit_id=visit)
        return str(promise.status.value), self.world.local(promise.due_at), self.world.local(promise.met_at)

    def times(self, visit: int) -> dict[str, str]:
        """The actual times of the visit that are known, as local clock times."""
        row = self.visit(visit)
        names = ("sent_at", "accepted_at", "agreed_at", "appointed_at", "set_off_at", "arrived_at", "left_at")
        found = {name: getattr(row, name) for name in names}
        return {name[:-3]: f"{at.astimezone(self.world.zone):%H:%M}" for name, at in found.items() if at is not None}

    def cases(self) -> list[tuple[str, str, str]]:
        """Kind, next step and remarks of every case."""
        with self.database.read_session() as session:
            return [
                (row.kind.value, row.next_step, " | ".join(_texts(row.remarks)))
                for row in session.scalars(select(Case).order_by(Case.id))
            ]

    def disruptions(self) -> list[tuple[str, int | None, int | None]]:
        """Kind, technician and visit of every disruption."""
        with self.database.read_session() as session:
            rows = session.scalars(select(Disruption).order_by(Disruption.id))
            return [(row.kind.value, row.technician_id, row.visit_id) for row in rows]

    def outcomes(self) -> list[tuple[int, str | None, str | None]]:
        """Sequence, outcome and reason of every report."""
        with self.database.read_session() as session:
            rows = session.scalars(select(FieldReport).order_by(FieldReport.sequence))
            return [(row.sequence, row.outcome and row.outcome.value, row.outcome_reason) for row in rows]

    def events(self, visit: int, *kinds: str) -> list[str]:
        """The kinds of facts about the visit, in order."""
        with self.database.read_session() as session:
            found = session.scalars(select(Event.kind).where(Event.visit_id == visit).order_by(Event.id))
            return [kind for kind in found if not kinds or kind in kinds]


def _texts(remarks: list[CaseRemark]) -> list[str]:
    return [remark.text for remark in remarks]
