"""One day as plain data, for programs: who works, who goes where, what is owed and what was said.

The document is `punctual-day/1`: instants in ISO 8601 with the operator's offset,
coordinates in WGS-84, durations in seconds. It holds no name, phone number or address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from dispatch.models import Announcement, Message, Order, Plan, Promise, Route, Shift, Stop, Technician, Visit
from dispatch.queries.operator_profile import operator_profile
from dispatch.rules.calendars import local_instant
from dispatch.rules.datum import Coordinate, Datum, convert
from dispatch.rules.lifecycles import OrderStatus, VisitStatus

FORMAT = "punctual-day/1"

Json = dict[str, Any]
#: a visit without a stop is still to be made while it is in one of these
_WAITING = (VisitStatus.REQUESTED, VisitStatus.BOOKED, VisitStatus.SCHEDULED)


def day_export(session: Session, day_on: date, *, now: datetime) -> Json:
    """The document of one day, as it stands at `now`.

    Technicians are listed by shift, if their home is known. Visits are those with a stop on
    the day and those without any stop whose window begins by its end, or that have none;
    the latter say why they were left out of the latest plan that covers the day.
    """
    day = _Day(session, day_on, now)
    return {
        "format": FORMAT,
        "day_on": day_on.isoformat(),
        "time_zone": day.zone.key,
        "generated_at": day.instant(now),
        "technicians": [day.technician(shift) for shift in day.shifts],
        "visits": [day.visit(visit) for visit in day.visits],
        "promises": [day.promise(promise) for promise in day.promises],
        "messages": [_message(message) for message in day.messages],
    }


@dataclass
class _Day:
    """The rows of one day, and how each is written."""

    session: Session
    day_on: date
    now: datetime

    @cached_property
    def zone(self) -> ZoneInfo:
        return operator_profile(self.session).zone

    # --- rows ---------------------------------------------------------------------------

    @cached_property
    def shifts(self) -> Sequence[Shift]:
        return self.session.scalars(
            select(Shift)
            .join(Technician, Technician.id == Shift.technician_id)
            .where(Shift.day_on == self.day_on, Technician.is_active, Technician.home_lat.is_not(None))
            .options(selectinload(Shift.technician).selectinload(Technician.skills))
            .order_by(Technician.badge, Shift.starts_at)
        ).all()

    @cached_property
    def routes(self) -> Mapping[int, Route]:
        statement = select(Route).where(Route.day_on == self.day_on).options(selectinload(Route.stops))
        return {route.shift_id: route for route in self.session.scalars(statement)}

    @cached_property
    def stops(self) -> Mapping[int, Stop]:
        return {stop.visit_id: stop for route in self.routes.values() for stop in route.stops}

    @cached_property
    def badges(self) -> Mapping[int, str]:
        rows = self.session.execute(select(Technician.id, Technician.badge))
        return {row.id: row.badge for row in rows}

    @cached_property
    def visits(self) -> Sequence[Visit]:
        until = local_instant(self.day_on, "24:00", self.zone)
        waits = (
            Visit.status.in_(_WAITING)
            & (Order.status == OrderStatus.OPEN)
            & (Order.received_at < until)
            & Visit.id.not_in(select(Stop.visit_id))
            & or_(Visit.booked_from_at.is_(None), Visit.booked_from_at < until)
            & or_(Visit.wanted_from_at.is_(None), Visit.wanted_from_at < until, Visit.booked_from_at.is_not(None))
        )
        return self.session.scalars(
            select(Visit)
            .join(Order, Order.id == Visit.order_id)
            .where(Visit.id.in_(list(self.stops)) | waits)
            .options(selectinload(Visit.order), selectinload(Visit.premises), selectinload(Visit.skills))
            .order_by(Visit.id)
        ).all()

    @cached_property
    def orders(self) -> Mapping[int, Order]:
        return {visit.order_id: visit.order for visit in self.visits}

    @cached_property
    def announcements(self) -> Mapping[int, Announcement]:
        """The latest of each visit."""
        ids = [visit.id for visit in self.visits]
        rows = self.session.scalars(
            select(Announcement).where(Announcement.visit_id.in_(ids)).order_by(Announcement.number)
        )
        return {row.visit_id: row for row in rows}

    @cached_property
    def left_out(self) -> Mapping[int, list[Json]]:
        """Why each visit was left out, by the latest plan of its territory that covers the day."""
        plans = select(Plan).where(Plan.from_on <= self.day_on, Plan.until_on >= self.day_on).order_by(Plan.id)
        latest = {plan.territory_id: plan for plan in self.session.scalars(plans) if plan.proposal}
        return {
            row["visit_id"]: [self._obstacle(plan, why) for why in row["obstacles"]]
            for plan in latest.values()
            for row in plan.proposal.get("unassigned", [])
        }

    @cached_property
    def promises(self) -> Sequence[Promise]:
        return self.session.scalars(
            select(Promise)
            .where(Promise.order_id.in_(self.orders) | Promise.visit_id.in_([visit.id for visit in self.visits]))
            .options(selectinload(Promise.rule))
            .order_by(Promise.id)
        ).all()

    @cached_property
    def messages(self) -> Sequence[Message]:
        return self.session.scalars(
            select(Message)
            .where(Message.order_id.in_(self.orders) | Message.visit_id.in_([visit.id for visit in self.visits]))
            .order_by(Message.id)
        ).all()

    # --- words --------------------------------------------------------------------------

    def instant(self, at: datetime) -> str:
        return at.astimezone(self.zone).isoformat()

    def instants(self, span: Iterable[datetime]) -> list[str]:
        return [self.instant(at) for at in span]

    def technician(self, shift: Shift) -> Json:
        person = shift.technician
        skilled = [held for held in person.skills if (held.certified_until_on or self.day_on) >= self.day_on]
        route = self.routes.get(shift.id)
        return {
            "badge": person.badge,
            "skills": sorted(held.skill.code for held in skilled),
            "shift": self.instants((shift.starts_at, shift.ends_at)),
            "start": _place(person.home_lat, person.home_lon, person.datum),
            "breaks": self._breaks(shift, route),
            "stops": [self._stop(stop) for stop in (route.stops if route else ())],
        }

    def _breaks(self, shift: Shift, route: Route | None) -> list[list[str]]:
        if route is None or route.break_start_at is None or not shift.break_s:
            return []
        starts = route.break_start_at
        return [self.instants((starts, starts + timedelta(seconds=shift.break_s)))]

    def _stop(self, stop: Stop) -> Json:
        return {
            "visit_id": str(stop.visit_id),
            "arrive_at": self.instant(stop.arrive_at),
            "start_at": self.instant(stop.start_at),
            "finish_at": self.instant(stop.finish_at),
            "travel_s": stop.travel_s,
        }

    def visit(self, visit: Visit) -> Json:
        stop = self.stops.get(visit.id)
        premises, window = visit.premises, self._window(visit, stop)
        return {
            "id": str(visit.id),
            "order_external_id": visit.order.crm_id,
            "kind": visit.order.kind.value,
            "service": visit.order.service,
            "status": visit.status.value,
            **_place(premises.lat, premises.lon, premises.datum),
            "duration_s": visit.duration_s,
            "skills": sorted(need.skill.code for need in visit.skills),
            "windows": [self.instants(window)] if window else [],
            "technician": self.badges[stop.route.technician_id] if stop else None,
            "announced": self._announced(self.announcements.get(visit.id)),
            "unassigned_because": [] if stop else self._obstacles(visit),
        }

    def _window(self, visit: Visit, stop: Stop | None) -> tuple[datetime, datetime] | None:
        """What binds the visit: what the customer wanted, unless something else is booked instead.

        A window that was over before the visit was planned binds nobody any more.
        """
        booked, wanted = (
            (begins, ends) if begins and ends else None
            for begins, ends in (
                (visit.booked_from_at, visit.booked_until_at),
                (visit.wanted_from_at, visit.wanted_until_at),
            )
        )
        if booked and (wanted is None or not booked[0] <= wanted[0] < wanted[1] <= booked[1]):
            return booked
        if wanted and (wanted[1] > self.now or (stop and wanted[0] <= stop.start_at <= wanted[1])):
            return wanted
        return booked

    def _announced(self, row: Announcement | None) -> Json | None:
        if row is None:
            return None
        return {
            "number": row.number,
            "technician": self.badges.get(row.technician_id or 0),
            "contact_by": self.instant(row.contact_by_at) if row.contact_by_at else None,
            "window": self.instants((row.from_at, row.until_at)),
        }

    def _obstacles(self, visit: Visit) -> list[Json]:
        if visit.premises.lat is None:
            return [{"code": "not_located", "detail": {}}]
        return self.left_out.get(visit.id) or [{"code": "not_planned", "detail": {}}]

    def _obstacle(self, plan: Plan, why: Json) -> Json:
        """In the plan's words technicians are ids, and times seconds from the first midnight."""
        detail = dict(why["detail"])
        begins = local_instant(plan.from_on, "00:00", self.zone)
        if "technicians" in detail:
            detail["technicians"] = [self.badges.get(int(number), number) for number in detail["technicians"]]
        if isinstance(window := detail.get("window"), dict):
            edges = (begins + timedelta(seconds=window[edge]) for edge in ("start_s", "end_s"))
            detail["window"] = self.instants(edges)
        return {"code": why["code"], "detail": detail}

    def promise(self, promise: Promise) -> Json:
        return {
            "subject": self._subject(promise),
            "kind": promise.kind.value,
            "rule": promise.rule.code,
            "start_at": self.instant(promise.start_at),
            "due_at": self.instant(promise.due_at),
            "status": promise.status.value,
            "cause": promise.cause.value if promise.cause else None,
            "met_at": self.instant(promise.met_at) if promise.met_at else None,
        }

    def _subject(self, promise: Promise) -> str:
        """`visit:` with the id that the visit has here, or `order:` with its external id, else its number."""
        if promise.visit_id is not None:
            return f"visit:{promise.visit_id}"
        order = self.orders[promise.order_id or 0]
        return f"order:{order.crm_id or order.number}"


def _place(lat: float | None, lon: float | None, datum: Datum) -> Json:
    if lat is None or lon is None:
        return {"lat": None, "lon": None}
    place = convert(Coordinate(lat, lon, datum), Datum.WGS84)
    return {"lat": place.lat, "lon": place.lon}


def _message(message: Message) -> Json:
    return {
        "visit_id": None if message.visit_id is None else str(message.visit_id),
        "kind": message.kind,
        "language": message.language,
        "status": message.status.value,
        "parts": message.parts or 0,
        "occasion": message.occasion,
    }
