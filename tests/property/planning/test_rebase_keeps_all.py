"""Whatever happens between solving and publishing: nothing booked, told, begun or pinned is lost.

Small worlds in which customers book, hold, move and cancel, dispatchers pin, tell and
plan, and technicians work, fall silent or fall ill, in any order; every step goes through
the real services, and after every step the routes are looked at.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Promise, Route, SlotOffer, Stop, Visit
from dispatch.queries.planning_snapshot import Snapshot
from dispatch.rules.lifecycle import MoveRefused
from dispatch.rules.lifecycles import PlanStatus, SlotOfferStatus, VisitStatus
from dispatch.rules.vocabulary import PromiseKind
from dispatch.services.discard_plan import discard_plan
from dispatch.services.hold_slot import SlotTaken
from dispatch.services.publish_plan import PlanWouldLose
from optimizer.rebase import as_they_stand
from tests.booking import DAY
from tests.planning import PlanningDay

#: what the phone reports next
NEXT = {
    VisitStatus.SCHEDULED: VisitStatus.SENT,
    VisitStatus.SENT: VisitStatus.ACCEPTED,
    VisitStatus.ACCEPTED: VisitStatus.EN_ROUTE,
    VisitStatus.AGREED: VisitStatus.EN_ROUTE,
    VisitStatus.EN_ROUTE: VisitStatus.ON_SITE,
    VisitStatus.ON_SITE: VisitStatus.COMPLETED,
}
BEGUN = (VisitStatus.EN_ROUTE, VisitStatus.ON_SITE, VisitStatus.COMPLETED)
AHEAD = (VisitStatus.BOOKED, VisitStatus.SCHEDULED, VisitStatus.SENT, VisitStatus.ACCEPTED, VisitStatus.AGREED)
MOST_VISITS = 8


@dataclass(frozen=True)
class Seen:
    """The routes as somebody who looks at them sees them, by visit."""

    technician: dict[int, int]
    start_at: dict[int, datetime]
    pinned: frozenset[int]
    status: dict[int, VisitStatus]
    booked: dict[int, tuple[datetime, datetime]]
    told: dict[int, tuple[datetime, datetime]]
    versions: dict[int, int]
    stops: dict[int, tuple[tuple[int, datetime], ...]]

    @classmethod
    def now(cls, day: PlanningDay) -> Seen:
        with day.database.read_session() as session:
            rows = session.execute(select(Stop, Route).join(Route, Route.id == Stop.route_id)).all()
            visits = session.scalars(select(Visit)).all()
            arrivals = session.scalars(select(Promise).where(Promise.kind == PromiseKind.ARRIVAL)).all()
            routes = session.scalars(select(Route).order_by(Route.id)).all()
            visit_ids = [stop.visit_id for stop, _ in rows]
            assert len(visit_ids) == len(set(visit_ids)), "a visit in two places"
            return cls(
                technician={stop.visit_id: route.technician_id for stop, route in rows},
                start_at={stop.visit_id: stop.start_at for stop, _ in rows},
                pinned=frozenset(stop.visit_id for stop, _ in rows if stop.is_pinned),
                status={visit.id: visit.status for visit in visits},
                booked={
                    visit.id: (visit.booked_from_at, visit.booked_until_at)
                    for visit in visits
                    if visit.booked_from_at is not None and visit.booked_until_at is not None
                },
                told={
                    one.visit_id: (one.from_at, one.due_at)
                    for one in arrivals
                    if one.visit_id is not None and one.from_at is not None and one.ended_at is None
                },
                versions={route.id: route.version for route in routes},
                stops={route.id: tuple((stop.visit_id, stop.start_at) for stop in route.stops) for route in routes},
            )


@dataclass
class Play:
    """One sequence of steps in one world; a step that is not possible just now does nothing."""

    day: PlanningDay
    technicians: list[int]
    visits: list[int] = field(default_factory=list)
    plan: int | None = None
    published: int = 0
    refused: int = 0

    def step(self, name: str, number: int) -> None:
        """Do one thing, and see that nothing is lost by it."""
        before = Seen.now(self.day)
        getattr(self, name)(Random(number))
        after = Seen.now(self.day)
        _versions_count_up(before, after)
        _statuses_fit_the_stops(after, self.held())

    def held(self) -> set[int]:
        """Visits with a tentative stop."""
        with self.day.database.read_session() as session:
            return set(session.scalars(select(Stop.visit_id).where(Stop.is_tentative)))

    # --- customers ----------------------------------------------------------------------

    def order(self, random: Random) -> None:
        if len(self.visits) < MOST_VISITS:
            skills = random.choice([(), (), ("fibre",)])
            wants = {"minutes": random.choice([30, 60, 90]), "north": random.choice([0.0, 0.05, 0.1]), "skills": skills}
            self.visits.append(self.day.customer(**wants))

    def hold(self, random: Random) -> None:
        """A customer without a stop takes one of the windows shown."""
        if visit := self._one(random, VisitStatus.REQUESTED):
            shown = [] if self.day.stop(visit) else self.day.offer(visit)
            if shown:
                with suppress(SlotTaken):
                    self.day.hold(random.choice(shown).id)

    def book(self, random: Random) -> None:
        """Whoever holds a place books it."""
        offers = self._held_offers()
        if not offers:
            self.hold(random)
            offers = self._held_offers()
        if offers:
            self.day.book(random.choice(offers))

    def expire(self, _random: Random) -> None:
        """Nobody booked in time."""
        self.day.later(machine=timedelta(minutes=6))
        self.day.tick()

    def reschedule(self, random: Random) -> None:
        visit = self._one(random, *AHEAD)
        shown = self.day.offer(visit) if visit else []
        if shown:
            with suppress(SlotTaken):
                self.day.reschedule(random.choice(shown).id)

    def cancel(self, random: Random) -> None:
        if visit := self._one(random, VisitStatus.REQUESTED, *AHEAD, VisitStatus.EN_ROUTE):
            self.day.cancel(visit, with_consent=random.random() < 0.5)

    # --- the field ----------------------------------------------------------------------

    def report(self, random: Random) -> None:
        """A phone reports the next thing about a visit with a stop, in turn or not."""
        visit = self._one(random, *NEXT)
        if visit and self.day.stop(visit):
            self.day.world.do(lambda session: self._move(session, visit))

    def _move(self, session: Session, visit_id: int) -> None:
        visit, now = session.get_one(Visit, visit_id, with_for_update=True), self.day.now
        status = NEXT[visit.status]
        visit.move_to(status, at=now, by="technician:1")
        if status is VisitStatus.EN_ROUTE:
            visit.set_off_at = now
        if status is VisitStatus.ON_SITE:
            visit.arrived_at = now
        if status is VisitStatus.COMPLETED:
            visit.left_at = now

    def hear(self, random: Random) -> None:
        self.day.heard(random.choice(self.technicians), f"{self.day.now.astimezone(self.day.world.zone):%H:%M}")

    def fall_ill(self, random: Random) -> None:
        """For a while, from some hour on; rarely."""
        if random.random() < 0.3:
            hour = random.randint(7, 15)
            until = min(hour + random.choice([1, 2, 10]), 23)
            self.day.absent(random.choice(self.technicians), f"{hour:02}:00", f"{until:02}:00")

    def wait(self, random: Random) -> None:
        self.day.later(business=timedelta(minutes=random.choice([5, 20, 60])))

    # --- the office ---------------------------------------------------------------------

    def tell(self, random: Random) -> None:
        """A customer is told the hour around the planned start."""
        visit = self._one(random, VisitStatus.SCHEDULED, VisitStatus.SENT, VisitStatus.ACCEPTED)
        stop = self.day.stop(visit) if visit else None
        if visit and stop and stop.start_at > self.day.now:
            start, zone = stop.start_at.astimezone(self.day.world.zone), timedelta(minutes=30)
            self.day.tell(visit, f"{start - zone:%H:%M}", f"{start + zone:%H:%M}")

    def pin(self, random: Random) -> None:
        visit = self._one(random, VisitStatus.SCHEDULED)
        if visit and self.day.stop(visit):
            self.day.pin(visit)

    def make_plan(self, _random: Random) -> None:
        """Keeps the plan, to be published whenever."""
        plan = self.day.request()
        if self.day.solve(plan) is PlanStatus.DRAFT:
            self.plan = plan

    def discard(self, random: Random) -> None:
        if self.plan and random.random() < 0.2:
            with suppress(MoveRefused):
                self.day.world.do(lambda s: discard_plan(s, self.plan or 0, now=self.day.now, by="dispatcher:1"))

    def publish(self, _random: Random) -> None:
        self._publish(None)

    def publish_a_part(self, random: Random) -> None:
        self._publish(random.sample(self.technicians, random.randint(1, 2)))

    def _publish(self, only: list[int] | None) -> None:
        if self.plan is None or self.day.plan(self.plan).status is not PlanStatus.DRAFT:
            return
        before, facts, everything = Seen.now(self.day), self.day.snapshot(), self.day.everything()
        try:
            self.day.publish(self.plan, only=only)
        except PlanWouldLose:
            self.refused += 1
            assert self.day.everything() == everything
            assert self.day.plan(self.plan).status is PlanStatus.STALE
            return
        self.published += 1
        after = Seen.now(self.day)
        _nothing_is_lost(before, after, facts, self.day.now)
        routes = _routes_of(self.day, only)
        assert self.day.violations(only_routes=routes) == []
        if only is not None:
            others = set(before.stops) - set(routes)
            assert {route: before.stops[route] for route in others} == {route: after.stops[route] for route in others}

    # --- who ----------------------------------------------------------------------------

    def _one(self, random: Random, *statuses: VisitStatus) -> int | None:
        with self.day.database.read_session() as session:
            found = session.scalars(
                select(Visit.id).where(Visit.id.in_(self.visits), Visit.status.in_(statuses)).order_by(Visit.id)
            ).all()
        return random.choice(found) if found else None

    def _held_offers(self) -> list[int]:
        with self.day.database.read_session() as session:
            held = SlotOffer.status == SlotOfferStatus.HELD
            return list(session.scalars(select(SlotOffer.id).where(held, SlotOffer.expires_at > self.day.machine)))


def _routes_of(day: PlanningDay, only: list[int] | None) -> list[int]:
    with day.database.read_session() as session:
        routes = session.scalars(select(Route)).all()
        return [route.id for route in routes if only is None or route.technician_id in only]


def _versions_count_up(before: Seen, after: Seen) -> None:
    for route, version in before.versions.items():
        assert after.versions[route] >= version
        if after.stops[route] != before.stops[route]:
            assert after.versions[route] > version


def _statuses_fit_the_stops(seen: Seen, held: set[int]) -> None:
    for visit, status in seen.status.items():
        has_stop = visit in seen.start_at and visit not in held
        if status in (VisitStatus.REQUESTED, VisitStatus.BOOKED, VisitStatus.CANCELLED):
            assert not has_stop, (visit, status)
        else:
            assert has_stop, (visit, status)


def _nothing_is_lost(before: Seen, after: Seen, facts: Snapshot, now: datetime) -> None:
    """Bookings, told windows, what has begun and what is pinned are as they were."""
    stands = {int(stop.job): facts.at(stop.start_s) for route in as_they_stand(facts.problem) for stop in route.stops}
    for visit, status in before.status.items():
        if visit in before.booked:
            assert after.booked[visit] == before.booked[visit]
            assert after.status[visit] in (status, VisitStatus.BOOKED, VisitStatus.SCHEDULED)
        if visit in stands and visit in before.start_at:
            assert visit in after.start_at, f"the stop of {visit} is lost"
        if status in BEGUN:
            assert (after.technician[visit], after.start_at[visit]) == (
                before.technician[visit],
                before.start_at[visit],
            )
            assert after.status[visit] is status
    for visit in before.pinned & stands.keys():
        assert after.technician[visit] == before.technician[visit]
        if before.start_at[visit] > now:
            assert after.start_at[visit] == before.start_at[visit]
    for visit, (from_at, until_at) in before.told.items():
        kept = [from_at <= one.get(visit, now) <= until_at for one in (before.start_at, stands)]
        if visit in before.start_at and visit in stands and all(kept) and before.status[visit] not in BEGUN:
            assert from_at <= after.start_at[visit] <= until_at, f"the window of {visit} is lost"


STEPS = {
    "order": 4,
    "hold": 2,
    "book": 3,
    "expire": 1,
    "reschedule": 1,
    "cancel": 1,
    "report": 4,
    "hear": 1,
    "fall_ill": 1,
    "wait": 2,
    "tell": 2,
    "pin": 1,
    "make_plan": 3,
    "discard": 1,
    "publish": 3,
    "publish_a_part": 1,
}
STEP = st.tuples(st.sampled_from([name for name, share in STEPS.items() for _ in range(share)]), st.integers(0, 9999))
#: always: some orders, a plan, something in between, and its publication
SEQUENCE = st.tuples(
    st.integers(3, 6), st.lists(STEP, max_size=6), st.lists(STEP, max_size=10), st.integers(2, 3), st.integers(0, 9999)
)
Sequence = tuple[int, list[tuple[str, int]], list[tuple[str, int]], int, int]


def play(database: Database, sequence: Sequence) -> Play:
    """The whole sequence in a new world."""
    orders, first, between, technicians, seed = sequence
    random = Random(seed)
    day = PlanningDay.begin(database, f"{DAY} 07:30")
    day.solver.iterations = 10
    people = [
        day.technician(
            random.choice(["08:00-17:00", "08:00-12:00", "09:00-17:00"]),
            north=random.choice([0.0, 0.1]),
            skills=random.choice([(), ("fibre",)]),
            pause=None,
        )
        for _ in range(technicians)
    ]
    playing = Play(day, people)
    steps = [*[("order", random.randint(0, 9999)) for _ in range(orders)], *first, ("make_plan", 0), *between]
    for name, number in [*steps, ("publish", 0), ("make_plan", 0), ("publish", 0)]:
        playing.step(name, number)
    return playing


@contextmanager
def fresh_sqlite(template: Path, folder: Path) -> Iterator[Database]:
    """A copy of the empty database, deleted afterwards."""
    file = shutil.copyfile(template, folder / "play.sqlite3")
    database = Database(f"sqlite:///{file}")
    try:
        yield database
    finally:
        database.dispose()
        for left in folder.iterdir():
            left.unlink()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(SEQUENCE)
def test_nothing_is_lost_between_solving_and_publishing(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, sequence: Sequence
) -> None:
    with fresh_sqlite(sqlite_template, tmp_path_factory.mktemp("play")) as database:
        play(database, sequence)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_on_postgresql_either(postgres_url: str, seed: int) -> None:
    random = Random(seed)
    steps = [name for name, share in STEPS.items() for _ in range(share)]
    some = [[(random.choice(steps), random.randint(0, 9999)) for _ in range(count)] for count in (5, 10)]
    database = Database(postgres_url)
    try:
        assert play(database, (5, some[0], some[1], 3, seed)).published
    finally:
        database.dispose()
