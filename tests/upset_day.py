"""A day that is under way and does not go as planned, in the words of the tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Case, Disruption, DueWork, Eta, Event, Route, Stop, Visit
from dispatch.rules import events as e
from dispatch.rules.events import VisitCompleted
from dispatch.rules.lifecycles import DisruptionStatus, VisitStatus
from dispatch.rules.vocabulary import DisruptionKind
from dispatch.services.decide_disruption import decide_disruption
from dispatch.services.discard_plan import discard_plan
from dispatch.services.foresee_arrivals import FORESEE_ARRIVALS
from dispatch.services.record import record
from dispatch.services.report_disruption import report_disruption
from dispatch.settings import Settings
from tests.booking import DAY, LADDER
from tests.planning import PlanningDay, SolvesHere
from tests.world import World
from web.worker import Worker


@dataclass
class UpsetDay(PlanningDay):
    """A planning day on which a worker runs; `now` is what its business clock shows."""

    solver: SolvesHere = field(default_factory=lambda: SolvesHere(iterations=60))

    @classmethod
    def morning(cls, database: Database, now: str = f"{DAY} 07:30") -> UpsetDay:
        """The day has not begun yet."""
        world = World(database)
        return cls(world, world.at(now))

    @property
    def worker(self) -> Worker:
        """A worker whose business clock stands at `now`."""
        url = self.database.url.render_as_string(hide_password=False)
        return Worker(self.database, Settings(database_url=url), now=self.now, pool=self.solver)

    def work(self, until: str | None = None) -> None:
        """Let a worker do whatever is due, at local time `until` of DAY."""
        if until is not None:
            self.clock(until)
        worker = self.worker
        worker.until_idle()
        assert worker.failures() == []

    # --- what happens -------------------------------------------------------------------

    def report(
        self,
        kind: DisruptionKind,
        *,
        technician: int | None = None,
        visit: int | None = None,
        from_time: str | None = None,
        until_time: str | None = None,
    ) -> int:
        """Somebody says that the day is upset, now; the disruption's id."""
        times = [None if time is None else self.world.at(f"{DAY} {time}") for time in (from_time, until_time)]
        return self.world.do(
            lambda s: (
                report_disruption(
                    s,
                    kind,
                    territory_id=self.world.ids["territory"],
                    technician_id=technician,
                    visit_id=visit,
                    from_at=times[0],
                    until_at=times[1],
                    occurred_at=self.now,
                    now=self.now,
                    by="test",
                ).id
            )
        )

    def decide(self, disruption: int, *, publish: bool) -> DisruptionStatus:
        """The dispatcher decides."""
        return decide_disruption(
            self.database, disruption, publish=publish, now=self.now, by="user:1", travel=self.worker._travel
        )

    def discard(self, plan: int) -> None:
        """Somebody gives the plan up."""
        self.world.do(lambda s: discard_plan(s, plan, now=self.now, by="user:1"))

    def ordered(self, **wants: object) -> int:
        """A customer's order comes in now; its visit. See `customers`."""
        visit = self.customer(**wants)

        def request(session: Session) -> None:
            order_id = session.get_one(Visit, visit).order_id
            record(session, e.VisitRequested(occurred_at=self.now, order_id=order_id, visit_id=visit), now=self.now)

        self.world.do(request)
        return visit

    def goes(self, visit: int, status: VisitStatus) -> None:
        """The technician has come so far with the visit by now, and the log says so."""

        def go(session: Session) -> None:
            row = session.get_one(Visit, visit)
            for step in LADDER[status]:
                if step not in self._been(row):
                    self._step(session, row, step)

        self.world.do(go)

    def _been(self, row: Visit) -> Sequence[VisitStatus]:
        steps = [VisitStatus.SENT, VisitStatus.ACCEPTED, VisitStatus.EN_ROUTE, VisitStatus.ON_SITE]
        return steps[: steps.index(row.status) + 1] if row.status in steps else []

    def _step(self, session: Session, row: Visit, step: VisitStatus) -> None:
        row.move_to(step, at=self.now, by="test")
        who = session.scalars(select(Stop).where(Stop.visit_id == row.id)).one().route.technician_id
        about: dict[str, Any] = {"occurred_at": self.now, "order_id": row.order_id, "visit_id": row.id}
        about["technician_id"] = who
        facts: dict[VisitStatus, e.Fact] = {
            VisitStatus.SENT: e.VisitSent(**about),
            VisitStatus.ACCEPTED: e.VisitAccepted(**about),
            VisitStatus.EN_ROUTE: e.TechnicianSetOff(**about),
            VisitStatus.ON_SITE: e.TechnicianArrived(**about, report_id=1),
        }
        if step is VisitStatus.EN_ROUTE:
            row.set_off_at = self.now
        if step is VisitStatus.ON_SITE:
            row.arrived_at = self.now
        record(session, facts[step], now=self.now)

    def eats(self, technician: int, at: str) -> None:
        """The technician's meal break on DAY is planned for local time `at`."""

        def plan_meal(session: Session) -> None:
            route = session.scalars(select(Route).where(Route.technician_id == technician)).one()
            route.break_start_at = self.world.at(f"{DAY} {at}")

        self.world.do(plan_meal)

    def done(self, visit: int) -> None:
        """The technician has left the customer."""

        def end(session: Session) -> None:
            row = session.get_one(Visit, visit)
            who = session.scalars(select(Stop).where(Stop.visit_id == visit)).one().route.technician_id
            row.move_to(VisitStatus.COMPLETED, at=self.now, by="test")
            row.left_at = self.now
            about: dict[str, Any] = {"order_id": row.order_id, "visit_id": visit, "technician_id": who}
            record(session, VisitCompleted(occurred_at=self.now, **about), now=self.now)

        self.world.do(end)

    def agree(self, visit: int, time: str) -> None:
        """Technician and customer have agreed on a local time of DAY."""

        def agree(session: Session) -> None:
            row = session.get_one(Visit, visit)
            for step in LADDER[VisitStatus.AGREED]:
                row.move_to(step, at=self.now, by="test")
            row.appointed_at = self.world.at(f"{DAY} {time}")
            about: dict[str, Any] = {"order_id": row.order_id, "visit_id": visit, "time_at": row.appointed_at}
            record(session, e.TimeAgreed(occurred_at=self.now, by_customer=False, **about), now=self.now)

        self.world.do(agree)

    # --- what is true -------------------------------------------------------------------

    def disruption(self, disruption: int) -> tuple[str, str | None]:
        """Status and reason."""
        with self.database.read_session() as session:
            row = session.get_one(Disruption, disruption)
            return row.status.value, row.status_reason

    def cases(self) -> list[tuple[str, str, str]]:
        """Kind, status and next step of every case."""
        with self.database.read_session() as session:
            rows = session.scalars(select(Case).order_by(Case.id))
            return [(row.kind.value, row.status.value, row.next_step) for row in rows]

    def starts(self, visit: int) -> str | None:
        """The local time at which the visit is planned to start."""
        with self.database.read_session() as session:
            stop = session.scalars(select(Stop).where(Stop.visit_id == visit)).first()
            return None if stop is None else self.clock_of(stop.start_at)

    def eta(self, visit: int) -> str | None:
        """The local time at which somebody is foreseen to arrive."""
        with self.database.read_session() as session:
            eta = session.get(Eta, visit)
            return None if eta is None else self.clock_of(eta.arrive_at)

    def warnings(self, visit: int) -> list[str]:
        """The local times that the customer was warned of, in order."""
        return [
            self.clock_of(datetime.fromisoformat(event.payload["expected_at"]))
            for event in self.facts("arrival_endangered")
            if event.visit_id == visit
        ]

    def answer_by(self, warned: Event) -> datetime:
        """Until when who was warned may choose."""
        return datetime.fromisoformat(warned.payload["answer_by_at"])

    def next_look(self) -> str:
        """The local time at which the arrivals are foreseen anew if nothing happens."""
        with self.database.read_session() as session:
            kind = DueWork.kind == FORESEE_ARRIVALS
            return self.clock_of(session.scalars(select(DueWork.due_at).where(kind).order_by(DueWork.due_at)).one())

    def clock_of(self, instant: datetime) -> str:
        """What the operator's clock shows at an instant."""
        return f"{instant.astimezone(self.world.zone):%H:%M}"

    def log(self) -> Sequence[Event]:
        """Everything that has happened."""
        with self.database.read_session() as session:
            return session.scalars(select(Event).order_by(Event.id)).all()
