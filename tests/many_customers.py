"""Customers who come many at a time: each has a handset, an address and an order of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Order, Premises, Route, Shift, Stop, Technician, Visit
from dispatch.rules import events as e
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.rules.vocabulary import CaseKind, Channel, ContactRole, OrderKind
from dispatch.services.open_case import open_case
from dispatch.services.record import record
from dispatch.services.request_visits import request_visits
from dispatch.services.take_order import NewContact, NewOrder, take_order
from tests.world import World

_TO_ITS_END = (
    VisitStatus.SENT,
    VisitStatus.ACCEPTED,
    VisitStatus.EN_ROUTE,
    VisitStatus.ON_SITE,
    VisitStatus.COMPLETED,
)


@dataclass
class ManyCustomers:
    """They come to one world; what they want is in the names of the methods, which return orders' ids."""

    world: World
    made: int = 0

    def handset(self, order_id: int) -> str:
        """The handset of the order's subscriber."""
        with self.world.database.read_session() as session:
            return session.get_one(Order, order_id).contacts[0].phone

    def visit(self, order_id: int) -> int:
        """The order's first visit."""
        with self.world.database.read_session() as session:
            return session.scalars(select(Visit.id).where(Visit.order_id == order_id).order_by(Visit.number)).all()[0]

    def order(self, now: datetime, kind: OrderKind = OrderKind.REPAIR, *, received: datetime | None = None) -> int:
        """An order, with its visits asked for."""
        return self.world.do(lambda session: self._order(session, now, kind, received).id)

    def overdue(self, now: datetime, days: int) -> int:
        """A repair that was received so long ago, and whose promise nobody has judged."""
        return self.order(now, received=now - timedelta(days=days))

    def infeasible(self, now: datetime) -> int:
        """It cannot be done, as found out at once."""

        def make(session: Session) -> int:
            order = self._order(session, now, OrderKind.INSTALL, None)
            order.move_to(OrderStatus.INFEASIBLE, at=now, by="test", reason="no_port")
            record(
                session, e.OrderInfeasible(occurred_at=now, order_id=order.id, reason="no_port", excused=True), now=now
            )
            return order.id

        return self.world.do(make)

    def complaining(self, now: datetime) -> int:
        """Somebody has complained by telephone."""

        def make(session: Session) -> int:
            order = self._order(session, now, OrderKind.REPAIR, None)
            complaint = CaseKind.COMPLAINT
            open_case(session, complaint, channel=Channel.CONSOLE, next_step="call_back", order_id=order.id, now=now)
            return order.id

        return self.world.do(make)

    def planned(self, now: datetime, starts: Sequence[datetime]) -> list[int]:
        """One repair for each start, on the route of a technician who does nothing else that day."""

        def make(session: Session) -> list[int]:
            route = self._route(session, starts[0])
            orders = [self._order(session, now, OrderKind.REPAIR, None) for _ in starts]
            for position, (order, start_at) in enumerate(zip(orders, starts, strict=True), start=1):
                visit = session.scalars(select(Visit).where(Visit.order_id == order.id)).one()
                route.stops.append(Stop(visit_id=visit.id, position=position, travel_s=600, **_times(start_at)))
                for status in (VisitStatus.BOOKED, VisitStatus.SCHEDULED):
                    visit.move_to(status, at=now, by="test")
                self._scheduled(session, visit, route, start_at, now)
            return [order.id for order in orders]

        return self.world.do(make)

    def served(self, now: datetime, count: int) -> list[int]:
        """Repairs whose visits have just ended well."""
        orders = self.planned(now, [now - timedelta(hours=1)] * count)

        def end(session: Session) -> None:
            for order_id in orders:
                order = session.get_one(Order, order_id)
                visit = session.scalars(select(Visit).where(Visit.order_id == order_id)).one()
                for status in _TO_ITS_END:
                    visit.move_to(status, at=now, by="test")
                visit.left_at = now
                order.move_to(OrderStatus.FULFILLED, at=now, by="test")
                technician = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one().route.technician_id
                about: dict[str, Any] = {"occurred_at": now, "order_id": order_id}
                record(session, e.VisitCompleted(**about, visit_id=visit.id, technician_id=technician), now=now)
                record(session, e.ServiceSeenWorking(**about), now=now)
                record(session, e.OrderFulfilled(**about), now=now)

        self.world.do(end)
        return orders

    def moved(self, order_id: int, start_at: datetime, now: datetime) -> None:
        """The order's visit is planned for another time."""

        def move(session: Session) -> None:
            visit = session.scalars(select(Visit).where(Visit.order_id == order_id)).one()
            stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one()
            for name, value in _times(start_at).items():
                setattr(stop, name, value)
            self._scheduled(session, visit, stop.route, start_at, now)

        self.world.do(move)

    def _order(self, session: Session, now: datetime, kind: OrderKind, received: datetime | None) -> Order:
        self.made += 1
        premises = Premises(community_id=self.world.ids["community"], street=f"Lane {self.made}", lat=32.06, lon=118.78)
        session.add(premises)
        session.flush()
        contact = NewContact(ContactRole.SUBSCRIBER, "Zhang San", f"+86139{self.made:08}", "en")
        new = NewOrder(
            kind=kind,
            service="fibre",
            received_at=received or now,
            premises_id=premises.id,
            contacts=(contact,),
            channel=Channel.PAGE,
        )
        order = take_order(session, new, now=received or now)
        request_visits(session, order, now=received or now, by="test")
        return order

    def _route(self, session: Session, at: datetime) -> Route:
        territory_id = self.world.ids["territory"]
        technician = Technician(badge=f"M{self.made}", name="Li Na", phone="+8613800000002", territory_id=territory_id)
        session.add(technician)
        session.flush()
        day: dict[str, Any] = {
            "technician_id": technician.id,
            "territory_id": territory_id,
            "day_on": at.astimezone(self.world.zone).date(),
        }
        shift = Shift(starts_at=at - timedelta(hours=8), ends_at=at + timedelta(hours=8), **day)
        session.add(shift)
        session.flush()
        route = Route(shift_id=shift.id, **day)
        session.add(route)
        session.flush()
        return route

    def _scheduled(self, session: Session, visit: Visit, route: Route, start_at: datetime, now: datetime) -> None:
        session.flush()
        fact = e.VisitScheduled(
            occurred_at=now,
            order_id=visit.order_id,
            visit_id=visit.id,
            technician_id=route.technician_id,
            start_at=start_at,
        )
        record(session, fact, now=now)


def _times(start_at: datetime) -> dict[str, datetime]:
    return {"arrive_at": start_at, "start_at": start_at, "finish_at": start_at + timedelta(hours=1)}
