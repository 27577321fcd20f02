"""Whatever happens to a visit and to the wire, its customer ends up knowing the truth (DESIGN section 5).

Replans back and forth, acceptances, agreed times, cancellations, time that passes, and a
provider that is down, loses answers, or takes a message just as our process dies: what the
customer was told last is so, nothing was told twice in a row, and nothing was told that was
false when it was sent.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Announcement, Case, Message, Route, Shift, Stop, Technician, Visit
from dispatch.queries.visit_truth import visit_truth
from dispatch.rules import events as e
from dispatch.rules.announcing import Told
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import OrderKind, VisitPurpose
from dispatch.services.record import record
from dispatch.settings import Settings
from notifications.gateway import Accepted, CannotAsk, NoAnswer, Outgoing, SendPassed
from notifications.untold import CALL_CUSTOMER
from tests.world import World
from web.worker import Worker

ABOUT = ("visit_announced", "visit_replanned")
DAY = "2026-11-24"
#: longer than a provider is asked what became of a message
LONG = 15 * 60
TICKS = ("advance_log", "do_due_work", "send_messages")


class Died(BaseException):
    """Our process is gone."""


@dataclass
class SettableClock:
    """A machine clock that a test moves on."""

    at: datetime

    def now(self) -> datetime:
        """Where it stands."""
        return self.at


@dataclass
class Provider:
    """A provider whose line can be bad; it notes what it took, and what was so at that moment."""

    database: Database
    visit_id: int
    can_be_asked: bool
    weather: str = "fine"
    taken: list[tuple[int, str, Told | None]] = field(default_factory=list)
    name = "provider"
    at_once = 1
    shows_after = timedelta(0)
    now: datetime | None = None

    def send(self, message: Outgoing) -> Accepted:
        """Take it, or not, and say so, or not."""
        weather, self.weather = self.weather, self.weather if self.weather == "down" else "fine"
        if weather == "down":
            raise SendPassed(reason="not_connected")
        if weather in ("lost_before", "dies_before"):
            raise Died if weather == "dies_before" else NoAnswer(reason="timeout")
        self._take(message)
        if weather == "dies_after":
            raise Died
        if weather == "lost_after":
            raise NoAnswer(reason="timeout")
        return Accepted(f"P{len(self.taken)}")

    def find(self, message: Outgoing, *, since: datetime) -> Accepted | None:
        """What was taken under our id."""
        del since
        if not self.can_be_asked or self.weather == "down":
            raise CannotAsk(reason="not_connected")
        for number, (our_id, _, _) in enumerate(self.taken, 1):
            if our_id == message.our_id:
                return Accepted(f"P{number}")
        return None

    def _take(self, message: Outgoing) -> None:
        with self.database.read_session() as session:
            row = session.get_one(Message, message.our_id)
            told = None
            if row.announcement_id is not None:
                said = session.get_one(Announcement, row.announcement_id)
                told = Told(said.technician_id or 0, said.contact_by_at, (said.from_at, said.until_at))
            if row.kind in ABOUT:
                self._check_true(session, told)
                self.taken.append((row.id, row.kind, told))

    def _check_true(self, session: Session, told: Told | None) -> None:
        visit = session.get_one(Visit, self.visit_id)
        now = self.now
        assert now is not None
        truth = visit_truth(session, visit, last=told, now=now)
        assert truth is not None, "told about a visit that is over"
        assert truth.told == told, "told what was false when it was sent"


@dataclass
class Play:
    """One visit, two technicians, one handset, and what happens."""

    world: World
    provider: Provider
    clock: SettableClock
    now: datetime
    routes: dict[int, int]

    @classmethod
    def begin(cls, database: Database, can_be_asked: bool) -> Play:
        world = World(database)
        order_id = world.order(OrderKind.REPAIR, "2026-11-23 17:00")
        now = world.at(f"{DAY} 08:00")
        visit_id, routes = world.do(lambda s: _visit(s, world, order_id))
        provider = Provider(database, visit_id, can_be_asked)
        return cls(world, provider, SettableClock(now), now, routes)

    def worker(self) -> Worker:
        """A worker at this moment of the play."""
        return Worker(
            self.world.database,
            Settings(database_url=self.world.database.url.render_as_string(hide_password=False)),
            now=self.now,
            machine=self.clock,
            gateway=self.provider,
        )

    def work(self, *ticks: str) -> None:
        """Let a worker do all that can be done now, or only some of it, or die in it."""
        self.provider.now = self.now
        worker = self.worker()
        try:
            for _ in range(6):
                if not sum(getattr(worker, tick)() for tick in ticks or TICKS) or ticks:
                    break
        except Died:
            event("died while sending")

    def passes(self, seconds: int) -> None:
        """Time passes on both clocks, and a worker works every 20 seconds, or every minute of a long time."""
        step = timedelta(seconds=20 if seconds < LONG else 60)
        for _ in range(timedelta(seconds=seconds) // step):
            self.now += step
            self.clock.at += step
            self.work()

    def do(self, action: tuple[Any, ...]) -> None:
        """One thing happens; what the life cycle forbids does not."""
        name, *given_with = action
        if name == "pass":
            self.passes(*given_with)
        elif name == "work":
            self.work(*given_with)
        elif name == "weather":
            self.provider.weather = given_with[0]
        else:
            self.world.do(lambda s: getattr(self, f"_{name}")(s, *given_with))

    def _visit(self, session: Session) -> Visit:
        return session.get_one(Visit, self.provider.visit_id)

    def _record(self, session: Session, fact: type[e.Fact], **more: Any) -> None:
        visit = self._visit(session)
        made = fact(occurred_at=self.now, order_id=visit.order_id, visit_id=visit.id, **more)  # type: ignore[call-arg]
        record(session, made, now=self.now)

    def _plan(self, session: Session, technician: int, half_hour: int) -> None:
        visit = self._visit(session)
        if visit.status not in (VisitStatus.BOOKED, VisitStatus.SCHEDULED):
            return
        start_at = self.world.at(f"{DAY} 08:30") + timedelta(minutes=30 * half_hour)
        technician_id = list(self.routes)[technician]
        _set_stop(session, visit, self.routes[technician_id], start_at)
        if visit.status is VisitStatus.BOOKED:
            visit.move_to(VisitStatus.SCHEDULED, at=self.now, by="test")
        self._record(session, e.VisitScheduled, technician_id=technician_id, start_at=start_at)

    def _unplan(self, session: Session) -> None:
        visit = self._visit(session)
        if visit.status is VisitStatus.SCHEDULED:
            session.execute(delete(Stop).where(Stop.visit_id == visit.id))
            visit.move_to(VisitStatus.BOOKED, at=self.now, by="test")
            self._record(session, e.VisitUnscheduled)

    def _accept(self, session: Session) -> None:
        visit = self._visit(session)
        if visit.status is VisitStatus.SCHEDULED:
            technician_id = self._technician(session)
            visit.move_to(VisitStatus.SENT, at=self.now, by="test")
            self._record(session, e.VisitSent, technician_id=technician_id)
            visit.move_to(VisitStatus.ACCEPTED, at=self.now, by="test")
            visit.accepted_at = self.now
            self._record(session, e.VisitAccepted, technician_id=technician_id)

    def _agree(self, session: Session, half_hour: int) -> None:
        visit = self._visit(session)
        if visit.status is VisitStatus.ACCEPTED:
            time_at = self.world.at(f"{DAY} 09:00") + timedelta(minutes=30 * half_hour)
            visit.move_to(VisitStatus.AGREED, at=self.now, by="test")
            visit.agreed_at, visit.appointed_at = self.now, time_at
            self._record(session, e.TimeAgreed, time_at=time_at, by_customer=False)

    def _take_back(self, session: Session) -> None:
        visit = self._visit(session)
        if visit.status in (VisitStatus.ACCEPTED, VisitStatus.AGREED):
            visit.move_to(VisitStatus.SCHEDULED, at=self.now, by="test", reason="reassigned")
            self._record(session, e.VisitReassigned, technician_id=self._technician(session), reason="sick")

    def _cancel(self, session: Session) -> None:
        visit = self._visit(session)
        if visit.status in (VisitStatus.BOOKED, VisitStatus.SCHEDULED):
            session.execute(delete(Stop).where(Stop.visit_id == visit.id))
            visit.move_to(VisitStatus.CANCELLED, at=self.now, by="test", reason="customer_request")
            self._record(session, e.VisitCancelled, reason="customer_request", with_consent=True)

    def _technician(self, session: Session) -> int:
        statement = select(Route.technician_id).join(Stop, Stop.route_id == Route.id)
        return session.scalars(statement.where(Stop.visit_id == self.provider.visit_id)).one()

    def check(self) -> None:
        """The end: the line is fine again and everything has settled."""
        taken = self.provider.taken
        with self.world.database.read_session() as session:
            repeats = {row.id: row.repeats for row in session.scalars(select(Message))}
            assert all(count <= 1 for count in repeats.values())
            for before, after in itertools.pairwise(taken):
                in_doubt = any(repeats[number] for number in range(before[0], after[0] + 1) if number in repeats)
                assert before[2] != after[2] or in_doubt, "told the same twice in a row"
            if _is_with_somebody(session):
                event("given to a person")
                return
            last = taken[-1][2] if taken else None
            truth = visit_truth(session, self._visit(session), last=last, now=self.now)
            if truth is not None:
                assert _knows(last, truth.told, self.now), "the customer does not know what is so"


def _knows(last: Told | None, truth: Told | None, now: datetime) -> bool:
    return last == truth if last is None or truth is None else last.still_says(truth, now)


def _is_with_somebody(session: Session) -> bool:
    return session.scalars(select(Case.id).where(Case.next_step == CALL_CUSTOMER)).first() is not None


def _visit(session: Session, world: World, order_id: int) -> tuple[int, dict[int, int]]:
    other = Technician(
        badge="0833", name="Li Min", phone="+8613800000002", territory_id=world.ids["territory"], device_id="phone-2"
    )
    visit = Visit(
        at=world.at("2026-11-23 17:00"),
        by="test",
        order_id=order_id,
        number=1,
        purpose=VisitPurpose.REPAIR,
        premises_id=world.ids["premises"],
        territory_id=world.ids["territory"],
        duration_s=3600,
    )
    visit.move_to(VisitStatus.BOOKED, at=world.at("2026-11-23 17:00"), by="test")
    visit.booked_from_at, visit.booked_until_at = world.at(f"{DAY} 08:00"), world.at(f"{DAY} 20:00")
    session.add_all([other, visit])
    session.flush()
    routes = {}
    for technician_id in (world.ids["technician"], other.id):
        shift = Shift(
            technician_id=technician_id,
            territory_id=world.ids["territory"],
            day_on=world.at(DAY).date(),
            starts_at=world.at(f"{DAY} 08:00"),
            ends_at=world.at(f"{DAY} 20:00"),
        )
        session.add(shift)
        session.flush()
        route = Route(
            shift_id=shift.id, technician_id=technician_id, territory_id=shift.territory_id, day_on=shift.day_on
        )
        session.add(route)
        session.flush()
        routes[technician_id] = route.id
    return visit.id, routes


def _set_stop(session: Session, visit: Visit, route_id: int, start_at: datetime) -> None:
    session.execute(delete(Stop).where(Stop.visit_id == visit.id))
    times = {"arrive_at": start_at, "start_at": start_at, "finish_at": start_at + timedelta(hours=1)}
    session.add(Stop(route_id=route_id, visit_id=visit.id, position=1, travel_s=600, **times))
    session.flush()


@pytest.fixture
def empty_database(sqlite_template: Path, tmp_path: Path) -> Callable[[], AbstractContextManager[Database]]:
    """Makes databases at head, one after the other in the same file."""

    @contextmanager
    def make() -> Iterator[Database]:
        for left in tmp_path.glob("punctual.sqlite3*"):
            left.unlink()
        database = Database(f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'punctual.sqlite3')}")
        try:
            yield database
        finally:
            database.dispose()

    return make


WEATHERS = ("down", "fine", "lost_before", "lost_after", "dies_before", "dies_after")
#: two technicians, two windows, and two starts in one window
A, B, C, D = ("plan", 0, 4), ("plan", 1, 4), ("plan", 0, 12), ("plan", 0, 5)
ACTIONS = st.lists(
    st.one_of(
        st.sampled_from([A, B, C, D]),
        st.sampled_from([A, B]),
        st.sampled_from([("pass", 20), ("pass", 40), ("pass", 80), ("pass", 80), ("pass", LONG)]),
        st.sampled_from([("work",), ("work", "advance_log"), ("work", "do_due_work"), ("work", "send_messages")]),
        st.sampled_from([("unplan",), ("accept",), ("agree", 6), ("agree", 14), ("take_back",), ("cancel",)]),
        st.tuples(st.just("weather"), st.sampled_from(WEATHERS)),
    ),
    min_size=3,
    max_size=16,
)
TOLD_A = (A, ("pass", 80))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(actions=ACTIONS, can_be_asked=st.booleans())
# there and back while the line is down: nothing new is to be told
@example([*TOLD_A, ("weather", "down"), B, ("pass", 100), A, ("weather", "fine"), ("pass", 40)], True)
# the same while nobody knows whether the other was taken
@example([*TOLD_A, ("weather", "lost_before"), B, ("pass", 80), ("weather", "down"), A, ("pass", 80)], True)
@example([*TOLD_A, ("weather", "lost_after"), B, ("pass", 80), ("weather", "down"), A, ("pass", 80)], True)
# a provider that cannot be asked: the other may have been told, so what is so is said again, once
@example([*TOLD_A, ("weather", "lost_after"), B, ("pass", 80), A, ("pass", LONG)], False)
@example([*TOLD_A, ("weather", "lost_before"), B, ("pass", 80), A, ("pass", LONG)], False)
@example([*TOLD_A, ("weather", "dies_after"), B, ("pass", LONG)], False)
# it may have been told, was to be repeated, and is overtaken meanwhile
@example([*TOLD_A, ("weather", "lost_after"), B, ("pass", 80), ("weather", "down"), ("pass", LONG), A], False)
# taken back, and planned again as it was
@example([*TOLD_A, ("unplan",), ("pass", 80), A, ("pass", 80)], True)
def test_the_customer_ends_up_knowing_the_truth(
    empty_database: Callable[[], AbstractContextManager[Database]], actions: list[tuple[Any, ...]], can_be_asked: bool
) -> None:
    with empty_database() as database:
        play = Play.begin(database, can_be_asked)
        for action in actions:
            play.do(action)
        play.provider.weather = "fine"
        play.passes(LONG)
        play.check()
