"""A day on which places can be chosen: technicians, shifts and customers, in the words of the tests.

`now` is business time and `machine` the machine clock; both stand still until a test moves
them. Travel is straight: ten minutes for 0.05 degrees of latitude, nothing within an address,
and as fast at every hour unless a test brings rush hours (`TOWN`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.clocks import FixedClock
from dispatch.db import Database, run_use_case
from dispatch.great_circle import GreatCircleTravel
from dispatch.models import (
    Premises,
    Route,
    Shift,
    Skill,
    SlotOffer,
    Stop,
    Technician,
    TechnicianSkill,
    Visit,
    VisitSkill,
)
from dispatch.queries.planning_snapshot import planning_snapshot
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Channel, OrderKind, Priority, PromiseKind, VisitPurpose
from dispatch.services.book_visit import book_visit
from dispatch.services.cancel_visit import cancel_visit
from dispatch.services.choose_slot import Choice, choose_slot
from dispatch.services.hold_slot import hold_slot
from dispatch.services.offer_slots import offer_slots
from dispatch.services.register_skill import register_skill
from dispatch.services.request_visits import request_visits
from dispatch.services.reschedule_visit import reschedule_visit
from dispatch.speed_profile import SpeedProfile
from dispatch.travel import TravelModel
from dispatch.travel_memory import RememberedTravel
from optimizer.as_given import OrderTimer
from optimizer.check import check
from optimizer.problem import Pin
from optimizer.recount import recount
from optimizer.solution import Solution
from tests.world import World

DAY = "2026-11-24"
LAT, LON = 32.06, 118.78
STEADY = GreatCircleTravel(speeds=SpeedProfile((45.0,) * 24))
LADDER = {
    VisitStatus.SENT: (VisitStatus.SENT,),
    VisitStatus.ACCEPTED: (VisitStatus.SENT, VisitStatus.ACCEPTED),
    VisitStatus.AGREED: (VisitStatus.SENT, VisitStatus.ACCEPTED, VisitStatus.AGREED),
    VisitStatus.EN_ROUTE: (VisitStatus.SENT, VisitStatus.ACCEPTED, VisitStatus.EN_ROUTE),
    VisitStatus.ON_SITE: (VisitStatus.SENT, VisitStatus.ACCEPTED, VisitStatus.EN_ROUTE, VisitStatus.ON_SITE),
}


@dataclass
class BookingDay:
    """A world whose customers choose windows."""

    world: World
    now: datetime
    model: TravelModel = STEADY
    machine: datetime = datetime(2030, 1, 1, 12, tzinfo=UTC)
    patient: Database | None = None

    def __post_init__(self) -> None:
        self.travel = RememberedTravel(self.model)

    @classmethod
    def evening_before(cls, database: Database, model: TravelModel | None = None) -> BookingDay:
        """18:00 on the day before DAY."""
        world = World(database)
        return cls(world, world.at("2026-11-23 18:00"), model or STEADY)

    @property
    def database(self) -> Database:
        """The database, with more patience where a test needs it."""
        return self.patient or self.world.database

    # --- who works ----------------------------------------------------------------------

    def technician(
        self,
        hours: str | None = "08:00-17:00",
        *,
        day: str = DAY,
        north: float = 0.0,
        skills: Sequence[str] = (),
        until: str | None = None,
        pause: tuple[str, str, int] | None = None,
    ) -> int:
        """Somebody with a shift, who lives so far north of the usual address; the id."""

        def make(session: Session) -> int:
            technician = Technician(
                badge=f"T{session.query(Technician).count()}",
                name="Li Na",
                phone="+8613800000002",
                territory_id=self.world.ids["territory"],
                home_lat=LAT + north,
                home_lon=LON,
            )
            for code in skills:
                skill = register_skill(session, code)
                certified = date.fromisoformat(until) if until else None
                technician.skills.append(TechnicianSkill(skill_id=skill.id, certified_until_on=certified))
            session.add(technician)
            session.flush()
            return technician.id

        made = self.world.do(make)
        if hours:
            self.shift(made, hours, day=day, pause=pause)
        return made

    def shift(self, technician: int, hours: str, *, day: str = DAY, pause: tuple[str, str, int] | None = None) -> int:
        """A shift such as 08:00-17:00, with a break of so many minutes that starts between two times."""
        starts, ends = hours.split("-")

        def make(session: Session) -> int:
            shift = Shift(
                technician_id=technician,
                territory_id=self.world.ids["territory"],
                day_on=date.fromisoformat(day),
                starts_at=self.world.at(f"{day} {starts}"),
                ends_at=self.world.at(f"{day} {ends}"),
            )
            if pause:
                shift.break_from_at = self.world.at(f"{day} {pause[0]}")
                shift.break_until_at = self.world.at(f"{day} {pause[1]}")
                shift.break_s = 60 * pause[2]
            session.add(shift)
            session.flush()
            return shift.id

        return self.world.do(make)

    # --- who asks -----------------------------------------------------------------------

    def customer(self, **wants: object) -> int:
        """Somebody who wants a visit; its id. See `customers`."""
        return self.customers(1, **wants)[0]  # type: ignore[arg-type]

    def customers(
        self,
        count: int,
        *,
        minutes: int = 60,
        north: float = 0.0,
        kind: OrderKind = OrderKind.REPAIR,
        priority: Priority = Priority.NORMAL,
        skills: Sequence[str] = (),
        located: bool = True,
    ) -> list[int]:
        """So many customers, each with an order and a requested visit; the ids of the visits."""

        def make(session: Session) -> list[int]:
            return [
                self._customer(session, minutes, LAT + north if located else None, kind, priority, skills)
                for _ in range(count)
            ]

        return self.world.do(make)

    def _customer(
        self,
        session: Session,
        minutes: int,
        lat: float | None,
        kind: OrderKind,
        priority: Priority,
        skills: Sequence[str],
    ) -> int:
        premises = Premises(
            community_id=self.world.ids["community"], street="Road", lat=lat, lon=None if lat is None else LON
        )
        session.add(premises)
        session.flush()
        ids, self.world.ids["premises"] = dict(self.world.ids), premises.id
        order = self.world.take(session, kind, "2026-11-23 17:30", priority=priority)
        self.world.ids |= ids
        visit = Visit(
            at=self.now,
            by="test",
            order_id=order.id,
            number=1,
            purpose=VisitPurpose.REPAIR,
            premises_id=premises.id,
            territory_id=order.territory_id,
            duration_s=60 * minutes,
        )
        for code in skills:
            skill: Skill = register_skill(session, code)
            visit.skills.append(VisitSkill(skill_id=skill.id, skill=skill))
        session.add(visit)
        session.flush()
        return visit.id

    def move(self, *, north: float = 0.0, old_north: float = 0.0) -> tuple[int, int]:
        """Somebody who moves; the ids of the visits to the new place and to the old one.

        They take 60 and 20 minutes, by somebody who knows fibre.
        """

        def make(session: Session) -> tuple[int, int]:
            places = [
                Premises(community_id=self.world.ids["community"], street="Road", lat=LAT + far, lon=LON)
                for far in (north, old_north)
            ]
            session.add_all(places)
            session.flush()
            ids = dict(self.world.ids)
            self.world.ids["premises"], self.world.ids["other_premises"] = (place.id for place in places)
            order = self.world.take(session, OrderKind.MOVE, "2026-11-23 17:30")
            self.world.ids |= ids
            set_up, recover = request_visits(session, order, now=self.now, by="test")
            return set_up.id, recover.id

        return self.world.do(make)

    # --- what they do -------------------------------------------------------------------

    def offer(
        self, visit: int, *days: str, channel: Channel = Channel.PAGE, most: int = 20, **also: object
    ) -> list[SlotOffer]:
        """What is shown to the customer, on DAY unless other days are asked for."""
        return offer_slots(
            self.database,
            visit,
            [date.fromisoformat(day) for day in days or (DAY,)],
            channel=channel,
            now=self.now,
            machine_now=self.machine,
            travel=self.travel,
            most=most,
            **also,  # type: ignore[arg-type]
        ).in_order_of_time()

    def windows(self, visit: int, *days: str) -> list[str]:
        """The windows shown, as local times."""
        return [self.window(offer) for offer in self.offer(visit, *days)]

    def window(self, offer: SlotOffer) -> str:
        """A window as local times."""
        zone = self.world.zone
        return f"{offer.from_at.astimezone(zone):%H:%M}-{offer.until_at.astimezone(zone):%H:%M}"

    def shown(self, visit: int, window: str, *, day: str = DAY, channel: Channel = Channel.PAGE) -> int:
        """A window as shown to the customer; the offer's id."""
        return next(offer.id for offer in self.offer(visit, day, channel=channel) if self.window(offer) == window)

    def hold(self, offer: int) -> SlotOffer:
        """Hold a place in a transaction of its own."""
        return run_use_case(
            self.database,
            lambda s: hold_slot(s, offer, now=self.now, machine_now=self.machine, travel=self.travel),
        )

    def book(self, offer: int) -> Visit:
        """Book what is held."""
        return run_use_case(self.database, lambda s: book_visit(s, offer, now=self.now, machine_now=self.machine))

    def booked(self, window: str, *, day: str = DAY, **wants: object) -> int:
        """A customer who has booked a window; the visit's id."""
        visit = self.customer(**wants)
        offer = self.shown(visit, window, day=day)
        self.hold(offer)
        self.book(offer)
        return visit

    def choose(self, offer: int, *days: str) -> Choice:
        """What a page does with the choice."""
        return choose_slot(
            self.database,
            offer,
            days=[date.fromisoformat(day) for day in days or (DAY,)],
            now=self.now,
            machine_now=self.machine,
            travel=self.travel,
        )

    def reschedule(self, offer: int) -> Visit:
        """Move a visit to another window, a moment later: nobody chooses twice at the same instant."""
        self.now += timedelta(seconds=1)
        return run_use_case(
            self.database,
            lambda s: reschedule_visit(s, offer, now=self.now, machine_now=self.machine, travel=self.travel),
        )

    def cancel(self, visit: int, *, with_consent: bool = True) -> Visit:
        """Cancel a visit."""
        return run_use_case(
            self.database,
            lambda s: cancel_visit(
                s, visit, reason="not_wanted", with_consent=with_consent, now=self.now, by="customer"
            ),
        )

    def reach(self, visit: int, status: VisitStatus) -> None:
        """The phone brings the visit to a status."""

        def move(session: Session) -> None:
            row = session.get_one(Visit, visit)
            for step in LADDER[status]:
                row.move_to(step, at=self.now, by="technician:1")
            if status is VisitStatus.ON_SITE:
                row.arrived_at = self.now

        self.world.do(move)

    def pin(self, visit: int) -> None:
        """A dispatcher pins the visit's stop."""

        def fix(session: Session) -> None:
            session.scalars(select(Stop).where(Stop.visit_id == visit)).one().is_pinned = True

        self.world.do(fix)

    def later(self, *, machine: timedelta = timedelta(), business: timedelta = timedelta()) -> None:
        """Let time pass on the machine, in the business, or both."""
        self.machine += machine
        self.now += business

    def tick(self) -> int:
        """Let a worker give back what is over; how many offers it looked at."""
        worker = self.world.worker(self.now.isoformat(sep=" "))
        worker.now, worker.machine = self.now, FixedClock(self.machine)
        moved = 0
        while found := worker.expire_offers():
            moved += found
        return moved

    # --- what is true -------------------------------------------------------------------

    def visit(self, visit: int) -> Visit:
        """The visit as it is."""
        with self.world.database.read_session() as session:
            return session.get_one(Visit, visit)

    def status(self, visit: int) -> str:
        """The visit's status."""
        return str(self.visit(visit).status.value)

    def stop(self, visit: int) -> Stop | None:
        """The visit's stop."""
        with self.world.database.read_session() as session:
            return session.scalars(select(Stop).where(Stop.visit_id == visit)).first()

    def start(self, visit: int) -> str | None:
        """When service is planned to start, in local time."""
        stop = self.stop(visit)
        return None if stop is None else self.world.local(stop.start_at)

    def offer_status(self, offer: int) -> str:
        """The status of an offer."""
        with self.world.database.read_session() as session:
            return str(session.get_one(SlotOffer, offer).status.value)

    def places(self) -> list[tuple[int, int]]:
        """Every stop there is, as (visit, route)."""
        with self.world.database.read_session() as session:
            rows = session.execute(select(Stop.visit_id, Stop.route_id).order_by(Stop.visit_id))
            return [(visit_id, route_id) for visit_id, route_id in rows]

    def arrival(self, visit: int) -> tuple[str, str | None, str | None]:
        """The latest promise to arrive: its status and window, in local time."""
        promise = self.world.promise(PromiseKind.ARRIVAL, visit_id=visit)
        return str(promise.status.value), self.world.local(promise.from_at), self.world.local(promise.due_at)

    def versions(self) -> dict[int, int]:
        """The version of every route."""
        with self.world.database.read_session() as session:
            return {route.id: route.version for route in session.scalars(select(Route))}

    def violations(self, *days: str, only_routes: Sequence[int] | None = None) -> list[str]:
        """What the independent checker finds wrong with the routes, at the times that are written in them."""
        asked = [date.fromisoformat(day) for day in days or (DAY,)]
        with self.world.database.read_session() as session:
            snapshot = planning_snapshot(
                session,
                self.world.ids["territory"],
                asked,
                now=self.now,
                travel=self.model,
                only_on_routes=True,
            )
            shifts = {route.shift_id: route.id for route in session.scalars(select(Route))}
        bases = [
            base
            for base in snapshot.problem.base_routes
            if base.stops
            and (only_routes is None or shifts[snapshot.shift_ids[base.technician, base.shift]] in only_routes)
        ]
        pins = {
            stop.job: Pin(technician=base.technician, shift=base.shift, start_s=stop.start_s)
            for base in bases
            for stop in base.stops
            if not stop.begun
        }
        stands = {stop.job for base in bases for stop in base.stops}
        jobs = tuple(replace(job, pin=pins.get(job.id)) for job in snapshot.problem.jobs if job.id in stands)
        problem = replace(snapshot.problem, jobs=jobs, base_routes=tuple(bases))
        timer = OrderTimer(problem)
        routes = tuple(timer.route(base.technician, base.shift, tuple(s.job for s in base.stops)) for base in bases)
        stored = Solution(routes=routes, unassigned=(), cost=recount(problem, routes), engine="stored")
        return [str(violation) for violation in check(problem, stored).violations]
