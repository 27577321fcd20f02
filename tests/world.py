"""The smallest world that matters: an operator, a community, an order, a visit, a technician.

A `World` wraps a database with a business clock that tests set, in the words of the
tests: `at("2026-11-24 09:12")` is local time of the operator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.models import (
    Community,
    Compensation,
    Event,
    Order,
    Premises,
    Promise,
    Route,
    Shift,
    Stop,
    Technician,
    Territory,
    Visit,
)
from dispatch.rules.events import Fact
from dispatch.rules.vocabulary import Channel, ContactRole, OrderKind, Priority, PromiseKind, VisitPurpose
from dispatch.services.found_operator import Founding, found_operator
from dispatch.services.import_rules import load_preset
from dispatch.services.record import record
from dispatch.services.take_order import NewContact, NewOrder, take_order
from dispatch.settings import Settings
from notifications.gateway import Accepted, Outgoing, SendPassed
from notifications.sandbox_gateway import SandboxGateway
from web.worker import Worker

T = TypeVar("T")


class DownGateway(SandboxGateway):
    """A provider that cannot be reached."""

    def send(self, message: Outgoing) -> Accepted:
        """Never."""
        raise SendPassed(reason="not_connected")


@dataclass
class World:
    """One installation, founded under a preset, with one territory and one community."""

    database: Database
    preset: str = "jiangsu"
    time_zone: str = "Asia/Shanghai"
    phone_region: str = "CN"
    area: str | None = None
    premium_from_on: date | None = None
    is_serviceable: bool = True
    #: no message goes out, so that nobody has been told of anything yet
    line_is_down: bool = False
    ids: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.zone = ZoneInfo(self.time_zone)
        founding = Founding(self.time_zone, self.phone_region, name="Operator")
        founded_at = datetime(2026, 1, 1, tzinfo=UTC)
        self.do(lambda s: found_operator(s, founding, load_preset(self.preset), now=founded_at))
        self.do(self._places)

    def _places(self, session: Session) -> None:
        territory = Territory(code="T1", name="Gulou", time_zone=self.time_zone, area=self.area)
        session.add(territory)
        session.flush()
        community = Community(
            territory_id=territory.id,
            name="Garden",
            is_serviceable=self.is_serviceable,
            premium_from_on=self.premium_from_on,
        )
        session.add(community)
        session.flush()
        homes = [Premises(community_id=community.id, street=f"Road {n}", lat=32.06, lon=118.78) for n in (1, 2)]
        technician = Technician(
            badge="0571", name="Wang Qiang", phone="+8613800000001", territory_id=territory.id, device_id="phone-1"
        )
        session.add_all([*homes, technician])
        session.flush()
        self.ids |= {
            "territory": territory.id,
            "community": community.id,
            "premises": homes[0].id,
            "other_premises": homes[1].id,
            "technician": technician.id,
        }

    def do(self, use_case: Callable[[Session], T]) -> T:
        """Run a use case in a transaction of its own."""
        return run_use_case(self.database, use_case)

    def at(self, text: str) -> datetime:
        """The instant at which the operator's wall clock shows `text`."""
        return datetime.fromisoformat(text).replace(tzinfo=self.zone)

    def local(self, instant: datetime | None) -> str | None:
        """What the operator's wall clock shows at an instant."""
        return None if instant is None else instant.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def order(
        self,
        kind: OrderKind,
        received: str,
        *,
        now: str | None = None,
        priority: Priority = Priority.NORMAL,
        stated_due: str | None = None,
    ) -> int:
        """Take an order received at local time `received`, known at `now`; its id."""
        return self.do(lambda s: self.take(s, kind, received, now=now, priority=priority, stated_due=stated_due).id)

    def take(
        self,
        session: Session,
        kind: OrderKind,
        received: str,
        *,
        now: str | None = None,
        priority: Priority = Priority.NORMAL,
        stated_due: str | None = None,
    ) -> Order:
        """Take an order in a transaction that does more; see `order`."""
        new = NewOrder(
            kind=kind,
            service="fibre",
            received_at=self.at(received),
            premises_id=self.ids["premises"],
            old_premises_id=self.ids["other_premises"] if kind is OrderKind.MOVE else None,
            contacts=(NewContact(ContactRole.SUBSCRIBER, "Zhang San", "+8613900000001", "zh_Hans_CN"),),
            channel=Channel.PAGE,
            priority=priority,
            stated_due_at=self.at(stated_due) if stated_due else None,
        )
        return take_order(session, new, now=self.at(now or received))

    def visit(self, order_id: int) -> int:
        """A visit of the order with a stop on the technician's route; its id."""

        def make(session: Session) -> int:
            order = session.get_one(Order, order_id)
            start_at = order.received_at
            visit = Visit(
                at=start_at,
                by="test",
                order_id=order_id,
                number=1,
                purpose=VisitPurpose.REPAIR,
                premises_id=order.premises_id,
                territory_id=order.territory_id,
                duration_s=3600,
            )
            session.add(visit)
            session.flush()
            self._stop(session, visit, start_at)
            return visit.id

        return self.do(make)

    def _stop(self, session: Session, visit: Visit, start_at: datetime) -> None:
        day_on = start_at.astimezone(self.zone).date()
        shift = Shift(
            technician_id=self.ids["technician"],
            territory_id=visit.territory_id,
            day_on=day_on,
            starts_at=datetime(day_on.year, day_on.month, day_on.day, 8, tzinfo=self.zone),
            ends_at=datetime(day_on.year, day_on.month, day_on.day, 18, tzinfo=self.zone),
        )
        session.add(shift)
        session.flush()
        route = Route(
            shift_id=shift.id, technician_id=shift.technician_id, territory_id=visit.territory_id, day_on=day_on
        )
        noon = shift.starts_at + timedelta(hours=4)
        route.stops.append(
            Stop(
                visit_id=visit.id,
                position=1,
                arrive_at=noon,
                start_at=noon,
                finish_at=noon + timedelta(hours=1),
                travel_s=600,
            )
        )
        session.add(route)

    def happens(self, fact: type[Fact], occurred: str, *, known: str | None = None, **about: Any) -> Event:
        """Record a fact that occurred at local time `occurred` and became known at `known`."""
        made = fact(occurred_at=self.at(occurred), **about)
        return self.do(lambda s: record(s, made, now=self.at(known or occurred)))

    def hear(self, at: str) -> None:
        """The technician's phone syncs at local time `at` and has nothing more to report."""

        def heard(session: Session) -> None:
            session.get_one(Technician, self.ids["technician"]).heard_at = self.at(at)

        self.do(heard)

    def work(self, until: str) -> None:
        """Let a worker do what is due at local time `until`."""
        self.worker(until).until_idle()

    def worker(self, until: str) -> Worker:
        """A worker whose business clock stands at local time `until`."""
        settings = Settings(database_url=self.database.url.render_as_string(hide_password=False))
        gateway = DownGateway(self.database) if self.line_is_down else None
        return Worker(self.database, settings, now=self.at(until), gateway=gateway)

    def promise(self, kind: PromiseKind, **subject: int) -> Promise:
        """The latest promise of a kind about a subject (`order_id=...`)."""
        return self.promises(kind, **subject)[-1]

    def promises(self, kind: PromiseKind, **subject: int) -> list[Promise]:
        """All promises of a kind about a subject, oldest first."""
        with self.database.read_session() as session:
            statement = select(Promise).where(Promise.kind == kind).filter_by(**subject).order_by(Promise.occasion)
            return list(session.scalars(statement))

    def due(self, kind: PromiseKind, **subject: int) -> str | None:
        """When the latest promise is due, in local time."""
        return self.local(self.promise(kind, **subject).due_at)

    def compensations(self, kind: PromiseKind) -> list[tuple[int, int, str]]:
        """Step, amount and status of every compensation for promises of a kind."""
        with self.database.read_session() as session:
            statement = (
                select(Compensation)
                .join(Promise, Promise.id == Compensation.promise_id)
                .where(Promise.kind == kind)
                .order_by(Compensation.promise_id, Compensation.step)
            )
            return [(row.step, row.amount_minor, row.status.value) for row in session.scalars(statement)]

    def log(self, *kinds: str) -> list[str]:
        """The kinds of all events in the log, or those among `kinds`, in order."""
        with self.database.read_session() as session:
            found = session.scalars(select(Event.kind).order_by(Event.id)).all()
            return [kind for kind in found if not kinds or kind in kinds]
