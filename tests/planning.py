"""A day that is planned and published, in the words of the tests; solved in this process."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.models import Absence, Announcement, Event, Order, Plan, Route, Shift, Stop, Technician, Territory, Visit
from dispatch.queries.plan_difference import PlanDifference, plan_difference
from dispatch.queries.planning_snapshot import Snapshot, planning_snapshot
from dispatch.rules.events import WindowTold
from dispatch.rules.lifecycles import PlanStatus, VisitStatus
from dispatch.services.plan_territory import plan_territory
from dispatch.services.publish_plan import publish_plan
from dispatch.services.record import record
from dispatch.services.request_plan import request_plan
from dispatch.services.write_routes import Written
from dispatch.solving import Alive, silent
from optimizer.budget import Budget, Iterations
from optimizer.problem import Problem
from optimizer.risk.keep import Confidence, solve_as_asked
from optimizer.solution import Solution
from tests.booking import DAY, BookingDay
from tests.world import World

_keys = count(1)


@dataclass
class SolvesHere:
    """Solves in this process, with so few looks that nobody waits; notes what it was asked."""

    iterations: int = 30
    asked: list[Problem] = field(default_factory=list)

    def solve(
        self,
        problem: Problem,
        budget: Budget,
        seed: int,
        *,
        confidence: Confidence | None = None,
        alive: Alive = silent,
    ) -> Solution:
        self.asked.append(problem)
        return solve_as_asked(problem, Iterations(self.iterations), seed, confidence)

    def close(self) -> None:
        """There is nothing to let go of."""


@dataclass
class PlanningDay(BookingDay):
    """A booking day whose dispatchers plan and publish."""

    solver: SolvesHere = field(default_factory=SolvesHere)

    @classmethod
    def begin(cls, database: Database, now: str = "2026-11-23 18:00") -> PlanningDay:
        """A world at local time `now`, the evening before DAY if nothing else is said."""
        world = World(database)
        return cls(world, world.at(now))

    def elsewhere(self, name: str = "Qixia", *, customers: int = 0) -> int:
        """Another territory, where one technician works on DAY for so many customers; its id."""
        technician, visits = self.technician(None), self.customers(customers)

        def make(session: Session) -> int:
            territory = Territory(code=name, name=name, time_zone="Asia/Shanghai")
            session.add(territory)
            session.flush()
            starts_at = self.world.at(f"{DAY} 08:00")
            times = {
                "day_on": date.fromisoformat(DAY),
                "starts_at": starts_at,
                "ends_at": starts_at + timedelta(hours=9),
            }
            session.add(Shift(technician_id=technician, territory_id=territory.id, **times))
            session.get_one(Technician, technician).territory_id = territory.id
            for visit in visits:
                session.get_one(Visit, visit).territory_id = territory.id
            return territory.id

        return self.world.do(make)

    # --- plans --------------------------------------------------------------------------

    def request(
        self, *days: str, key: str | None = None, budget_s: int = 1, confidence_permille: int | None = None
    ) -> int:
        """Ask for a plan of DAY, or from the first to the last of `days`."""
        asked = [date.fromisoformat(day) for day in days or (DAY,)]
        return self.world.do(
            lambda s: (
                request_plan(
                    s,
                    self.world.ids["territory"],
                    asked[0],
                    asked[-1],
                    budget_s=budget_s,
                    seed=0,
                    confidence_permille=confidence_permille,
                    request_key=key or f"test:{next(_keys)}",
                    now=self.now,
                    by="test",
                ).id
            )
        )

    def solve(self, plan: int) -> PlanStatus:
        """Make the plan that was asked for."""
        return plan_territory(self.database, plan, now=self.now, travel=self.travel, pool=self.solver)

    def draft(self, *days: str, confidence_permille: int | None = None) -> int:
        """Ask for a plan and make it."""
        plan = self.request(*days, confidence_permille=confidence_permille)
        assert self.solve(plan) is PlanStatus.DRAFT
        return plan

    def publish(self, plan: int, *, only: Collection[int] | None = None) -> Written:
        """Make the plan the truth, or the routes of `only` these technicians."""
        return publish_plan(self.database, plan, now=self.now, by="dispatcher:1", travel=self.travel, technicians=only)

    def planned(self, *days: str) -> Written:
        """Ask for a plan, make it and publish it."""
        return self.publish(self.draft(*days))

    def plan(self, plan: int) -> Plan:
        """The plan as it is."""
        with self.database.read_session() as session:
            return session.get_one(Plan, plan)

    def difference(self, plan: int) -> PlanDifference:
        """What the plan would change now."""
        with self.database.read_session() as session:
            return plan_difference(session, plan)

    def proposed(self, plan: int) -> dict[int, list[int]]:
        """The visits that the plan wants, by technician, in order."""
        with self.database.read_session() as session:
            rows = session.get_one(Plan, plan).proposal["routes"]
            owner = {shift: technician for technician, shift in self._shifts(session)}
            return {owner[int(shift)]: [stop["visit_id"] for stop in stops] for shift, stops in rows.items()}

    def propose(self, plan: int, wanted: Mapping[int, Sequence[Mapping[str, object]]]) -> None:
        """Let the plan want these stops, by technician."""

        def write(session: Session) -> None:
            shifts = dict(self._shifts(session))
            routes = {str(shifts[who]): list(stops) for who, stops in wanted.items()}
            row = session.get_one(Plan, plan)
            row.proposal = {**row.proposal, "routes": routes}

        self.world.do(write)

    def snapshot(self, *days: str) -> Snapshot:
        """What the optimizer would be told now."""
        asked = [date.fromisoformat(day) for day in days or (DAY,)]
        with self.database.read_session() as session:
            return planning_snapshot(session, self.world.ids["territory"], asked, now=self.now, travel=self.travel)

    # --- what happens meanwhile ---------------------------------------------------------

    def clock(self, time: str, *, day: str = DAY) -> None:
        """Let it be this local time."""
        self.now = self.world.at(f"{day} {time}")

    def absent(self, technician: int, from_time: str, until_time: str, *, day: str = DAY) -> None:
        """A technician is not there."""
        from_at, until_at = self.world.at(f"{day} {from_time}"), self.world.at(f"{day} {until_time}")
        self.world.do(
            lambda s: s.add(Absence(technician_id=technician, from_at=from_at, until_at=until_at, reason="ill"))
        )

    def heard(self, technician: int, time: str) -> None:
        """The phone has reported in full up to local time `time` of DAY."""

        def hear(session: Session) -> None:
            session.get_one(Technician, technician).heard_at = self.world.at(f"{DAY} {time}")

        self.world.do(hear)

    def tell(self, visit: int, from_time: str, until_time: str) -> None:
        """The customer is told a window of DAY: from now on it is a promise."""
        from_at, until_at = self.world.at(f"{DAY} {from_time}"), self.world.at(f"{DAY} {until_time}")
        run_use_case(self.database, lambda s: self._tell(s, visit, from_at, until_at))

    def _tell(self, session: Session, visit_id: int, from_at: datetime, until_at: datetime) -> None:
        visit = session.get_one(Visit, visit_id, with_for_update=True)
        told = session.scalars(select(Announcement.number).where(Announcement.visit_id == visit_id)).all()
        number = max(told, default=0) + 1
        times: dict[str, Any] = {"from_at": from_at, "until_at": until_at}
        session.add(Announcement(visit_id=visit_id, number=number, wanted_at=self.now, told_at=self.now, **times))
        about: dict[str, Any] = {"order_id": visit.order_id, "visit_id": visit_id}
        record(session, WindowTold(occurred_at=self.now, announcement=number, **about, **times), now=self.now)

    def place(self, technician: int, visits: Sequence[tuple[int, str]], *, minutes: int = 60) -> None:
        """Write a route by hand: visits with the local times at which they start on DAY."""

        def write(session: Session) -> None:
            shift = session.scalars(select(Shift).where(Shift.technician_id == technician)).one()
            route = session.scalars(select(Route).where(Route.shift_id == shift.id)).first()
            if route is None:
                route = Route(
                    shift_id=shift.id,
                    technician_id=technician,
                    territory_id=shift.territory_id,
                    day_on=shift.day_on,
                )
                session.add(route)
                session.flush()
            for position, (visit_id, time) in enumerate(visits, len(route.stops) + 1):
                visit = session.get_one(Visit, visit_id)
                start_at = self.world.at(f"{DAY} {time}")
                finish_at = start_at + timedelta(minutes=minutes)
                stop = Stop(
                    visit_id=visit_id,
                    position=position,
                    arrive_at=start_at,
                    start_at=start_at,
                    finish_at=finish_at,
                    travel_s=0,
                )
                route.stops.append(stop)
                visit.booked_from_at = self.world.at(f"{DAY} 08:00")
                visit.booked_until_at = self.world.at(f"{DAY} 20:00")
                visit.move_to(VisitStatus.BOOKED, at=self.now, by="test")
                visit.move_to(VisitStatus.SCHEDULED, at=self.now, by="test")

        self.world.do(write)

    def book_by_hand(self, visit: int, window: str) -> None:
        """What is booked of the visit, such as 08:00-10:00 on DAY; it has no place on a route yet."""
        from_at, until_at = (self.world.at(f"{DAY} {time}") for time in window.split("-"))

        def write(session: Session) -> None:
            row = session.get_one(Visit, visit)
            row.booked_from_at, row.booked_until_at = from_at, until_at
            row.move_to(VisitStatus.BOOKED, at=self.now, by="test")

        self.world.do(write)

    # --- what is true -------------------------------------------------------------------

    def whose(self, visit: int) -> int | None:
        """The technician on whose route the visit is."""
        with self.database.read_session() as session:
            stop = session.scalars(select(Stop).where(Stop.visit_id == visit)).first()
            return None if stop is None else stop.route.technician_id

    def route(self, technician: int) -> list[int]:
        """The visits on the technician's route, in order."""
        with self.database.read_session() as session:
            stops = session.scalars(select(Stop).order_by(Stop.start_at, Stop.position)).all()
            return [stop.visit_id for stop in stops if stop.route.technician_id == technician]

    def order_number(self, visit: int) -> str:
        """The number of its order."""
        with self.database.read_session() as session:
            return session.get_one(Order, session.get_one(Visit, visit).order_id).number

    def facts(self, kind: str) -> list[Event]:
        """The events of a kind, in order."""
        with self.database.read_session() as session:
            return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id)))

    def everything(self) -> tuple[object, ...]:
        """All routes, stops and visits, to see that nothing has changed."""
        with self.database.read_session() as session:
            stops = session.execute(
                select(Stop.id, Stop.visit_id, Stop.route_id, Stop.position, Stop.start_at, Stop.is_pinned).order_by(
                    Stop.id
                )
            ).all()
            visits = session.execute(select(Visit.id, Visit.status, Visit.version).order_by(Visit.id)).all()
        return (tuple(stops), tuple(visits), tuple(sorted(self.versions().items())))

    def _shifts(self, session: Session) -> list[tuple[int, int]]:
        return [(technician, shift) for technician, shift in session.execute(select(Shift.technician_id, Shift.id))]
