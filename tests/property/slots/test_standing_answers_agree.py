"""What is kept between questions answers as the routes read anew do, whoever has changed what behind its back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.great_circle import GreatCircleTravel
from dispatch.live_routes import quote_visit, seat_visit
from dispatch.models import (
    Absence,
    Disruption,
    HolidayOverride,
    Order,
    Premises,
    Shift,
    Stop,
    Technician,
    TechnicianSkill,
    Territory,
    Visit,
)
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.calendars import local_instant
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.slot_windows import Width, slot_windows
from dispatch.rules.vocabulary import DisruptionKind, OrderKind, Priority
from dispatch.travel_memory import RememberedTravel
from tests.booking import DAY, LAT, STEADY
from tests.planning import PlanningDay

NEXT = "2026-11-25"
STEPS = 12


@dataclass
class Changing:
    """Two days on which everything that can change does, by chance."""

    day: PlanningDay
    random: Random
    technicians: list[int] = field(default_factory=list)
    visits: list[int] = field(default_factory=list)

    def begin(self) -> None:
        """Some people and their shifts, and a customer who asks."""
        for _ in range(3):
            north, skills = self.random.choice([0.0, 0.05, 0.12]), self.random.choice([[], ["fibre"]])
            person = self.day.technician("08:00-17:00", north=north, skills=skills, pause=("11:30", "13:00", 45))
            self.day.shift(person, self.random.choice(["08:00-13:00", "12:00-20:30"]), day=NEXT)
            self.technicians.append(person)
        self.ask()

    def any(self, table: type[Visit | Stop | Shift | Technician], then: Callable[[object], None]) -> None:
        """Change a row of the table, if there is one."""

        def change(session: Session) -> None:
            rows = session.scalars(select(table).order_by(table.id)).all()
            if rows:
                then(self.random.choice(rows))

        self.day.world.do(change)

    # --- what may happen ----------------------------------------------------------------

    def ask(self) -> None:
        """Somebody new wants a visit."""
        wants = {
            "minutes": self.random.choice([15, 60, 150]),
            "north": self.random.choice([-0.08, 0.0, 0.03]),
            "kind": self.random.choice([OrderKind.REPAIR, OrderKind.INSTALL]),
            "priority": self.random.choice([Priority.NORMAL, Priority.NORMAL, Priority.EMERGENCY]),
            "skills": self.random.choice([[], [], ["fibre"]]),
        }
        self.visits.append(self.day.customer(**wants))

    def book(self) -> None:
        """Somebody new books, or only holds, a window on one of the days."""
        self.ask()
        offers = self.day.offer(self.visits[-1], self.random.choice([DAY, NEXT]))
        if offers:
            offer = self.random.choice(offers).id
            self.day.hold(offer)
            if self.random.random() < 0.8:
                self.day.book(offer)

    def move(self) -> None:
        """A customer books another window."""
        visit = self.random.choice(self.visits)
        if self.day.visit(visit).status in (VisitStatus.BOOKED, VisitStatus.SCHEDULED):
            offers = self.day.offer(visit, DAY, NEXT)
            if offers:
                self.day.reschedule(self.random.choice(offers).id)

    def cancel(self) -> None:
        """A customer cancels."""
        visit = self.random.choice(self.visits)
        if self.day.visit(visit).status in MOVABLE:
            self.day.cancel(visit)

    def tell(self) -> None:
        """A customer is told a window around the planned start."""
        stop = self.day.stop(self.random.choice(self.visits))
        if stop is not None and not stop.is_tentative:
            early, late = self.random.randint(0, 40), self.random.randint(1, 40)
            world = self.day.world
            opens, closes = stop.start_at - timedelta(minutes=early), stop.start_at + timedelta(minutes=late)
            zone = world.zone
            if opens.astimezone(zone).date() == closes.astimezone(zone).date() == date.fromisoformat(DAY):
                self.day.tell(stop.visit_id, f"{opens.astimezone(zone):%H:%M}", f"{closes.astimezone(zone):%H:%M}")

    def publish(self) -> None:
        """A plan of one of the days is made and published."""
        self.day.planned(self.random.choice([DAY, NEXT]))

    def pin(self) -> None:
        """A dispatcher pins a stop, or lets go of it."""

        def turn(stop: Stop) -> None:
            stop.is_pinned = not stop.is_pinned

        self.any(Stop, turn)  # type: ignore[arg-type]

    def shift(self) -> None:
        """A shift ends sooner or later, or has no break."""

        def change(shift: Shift) -> None:
            shift.ends_at += timedelta(minutes=self.random.choice([-90, 30]))
            shift.break_s = self.random.choice([shift.break_s, 0])

        self.any(Shift, change)  # type: ignore[arg-type]

    def one_more(self) -> None:
        """Somebody works longer, in a second shift."""
        self.day.shift(self.random.choice(self.technicians), f"21:{len(self.visits) % 60:02}-23:30")
        self.technicians.append(self.day.technician("09:30-14:15", north=0.02, day=NEXT))

    def absent(self) -> None:
        """Somebody is away for some hours."""
        away = self.day.world.at(f"{DAY} 09:00") + timedelta(minutes=self.random.randint(0, 360))
        about = {"technician_id": self.random.choice(self.technicians), "reason": "doctor"}
        self.day.world.do(lambda s: s.add(Absence(from_at=away, until_at=away + timedelta(minutes=90), **about)))

    def person(self) -> None:
        """Somebody leaves, comes back, moves, or loses a skill."""

        def change(session: Session) -> None:
            person = session.get_one(Technician, self.random.choice(self.technicians))
            match self.random.randint(0, 2):
                case 0:
                    person.is_active = not person.is_active
                case 1:
                    person.home_lat = LAT + self.random.choice([0.0, 0.04])
                case _:
                    person.skills = self.random.choice(
                        [[], [TechnicianSkill(skill_id=one.skill_id) for one in person.skills]]
                    )

        self.day.world.do(change)

    def visit(self) -> None:
        """A visit becomes longer, an emergency, wanted later, or is somewhere else."""

        def change(session: Session) -> None:
            visit = session.get_one(Visit, self.random.choice(self.visits))
            premises, order = session.get_one(Premises, visit.premises_id), session.get_one(Order, visit.order_id)
            match self.random.randint(0, 4):
                case 0:
                    visit.duration_s += 1200
                case 1:
                    order.priority = Priority.EMERGENCY
                case 2:
                    premises.lat = LAT + self.random.choice([0.0, 0.06])
                case 3:
                    premises.lat, premises.lon = None, None
                case _:
                    visit.release_at = self.day.world.at(f"{DAY} 10:00")

        self.day.world.do(change)

    def decline(self) -> None:
        """Who has a visit refuses it; it stays where it is for now."""

        def change(session: Session) -> None:
            stop = session.scalars(select(Stop).order_by(Stop.id)).first()
            if stop is not None:
                about = {"visit_id": stop.visit_id, "technician_id": stop.route.technician_id}
                territory = self.day.world.ids["territory"]
                kind, now = DisruptionKind.UNACCEPTED, self.day.now
                session.add(Disruption(at=now, by="test", kind=kind, territory_id=territory, occurred_at=now, **about))

        self.day.world.do(change)

    def holiday(self) -> None:
        """The operator declares a day off: there are no rush hours."""
        days = [date.fromisoformat(DAY), date.fromisoformat(NEXT)]

        def change(session: Session) -> None:
            known = {row.day_on: row for row in session.scalars(select(HolidayOverride))}
            day = self.random.choice(days)
            if day in known:
                session.delete(known[day])
            else:
                session.add(HolidayOverride(day_on=day, is_working=False))

        self.day.world.do(change)

    def later(self) -> None:
        """Time passes: at night, or in the middle of the day."""
        self.day.now += self.random.choice([timedelta(seconds=1), timedelta(minutes=25), timedelta(hours=2)])

    def work(self) -> None:
        """A phone reports that a visit has begun, or that nothing has."""
        stop = self.day.stop(self.random.choice(self.visits))
        if stop is not None and self.day.status(stop.visit_id) == "scheduled" and stop.start_at <= self.day.now:
            steps = [VisitStatus.SENT, VisitStatus.ACCEPTED, VisitStatus.EN_ROUTE, VisitStatus.ON_SITE]
            self.day.reach(stop.visit_id, self.random.choice(steps))
        heard = self.day.now - timedelta(minutes=self.random.randint(0, 60))
        person = self.random.choice(self.technicians)
        self.day.world.do(lambda session: setattr(session.get_one(Technician, person), "heard_at", heard))


MAY_HAPPEN: Sequence[Callable[[Changing], None]] = (
    *[Changing.book] * 6,
    *[Changing.later] * 2,
    *[Changing.tell] * 2,
    Changing.ask,
    Changing.move,
    Changing.cancel,
    Changing.publish,
    Changing.pin,
    Changing.shift,
    Changing.one_more,
    Changing.absent,
    Changing.person,
    Changing.visit,
    Changing.decline,
    Changing.holiday,
    Changing.work,
)


@pytest.mark.parametrize("seed", range(6))
def test_two_processes_answer_as_if_they_had_just_begun(database: Database, seed: int) -> None:
    """After every change, for those who ask anew and those who have a place; before the day, and in the midst of it."""
    random = Random(seed)
    day = PlanningDay.begin(database)
    day.model = random.choice([STEADY, GreatCircleTravel()])
    day.travel = RememberedTravel(day.model)
    changing = Changing(day, random)
    changing.begin()
    other = Database(database.url)
    answered = 0
    for step in range(STEPS):
        if step == STEPS // 2 and seed % 2:
            day.clock("09:40")
        random.choice(MAY_HAPPEN)(changing)
        for process in random.sample([database, other], random.randint(1, 2)):
            for visit in random.sample(changing.visits, min(2, len(changing.visits))):
                answered += _agree(process, day, visit, random.choice([[DAY], [NEXT], [DAY, NEXT]]), random)
    other.dispose()
    assert answered


def _windows(
    day: PlanningDay, asked: Sequence[date], zone: ZoneInfo, random: Random
) -> list[tuple[datetime, datetime]]:
    """Windows as customers are shown them, or exact times of the first day, at which being a little later shows."""
    if random.random() < 0.5:
        return list(slot_windows(random.choice(list(Width)), list(asked), zone, day.now))
    opens = max(day.now, local_instant(asked[0], "07:50", zone))
    times = [opens + timedelta(minutes=7 * one) for one in range(30)]
    return [(time_at, time_at) for time_at in times]


def _agree(process: Database, day: PlanningDay, visit_id: int, days: Sequence[str], random: Random) -> int:
    """The answer is that of the routes as they are read anew, and whoever is said to come can; how many windows."""
    asked = [date.fromisoformat(one) for one in days]
    about = {"now": day.now, "travel": day.travel}
    with process.read_session() as session:
        visit = session.get_one(Visit, visit_id)
        zone = session.get_one(Territory, visit.territory_id).zone
        windows = _windows(day, asked, zone, random)
        kept = quote_visit(session, visit, asked, windows, **about)  # type: ignore[arg-type]
    with process.write_session() as session:
        visit = session.get_one(Visit, visit_id)
        fresh = quote_visit(session, visit, asked, windows, **about)  # type: ignore[arg-type]
        for quote in kept.quotes[:2]:
            window, shift = (quote.from_at, quote.until_at), session.get_one(Shift, quote.shift_id)
            on = {"only_shifts": [quote.shift_id]}
            seat = seat_visit(session, visit, shift.day_on, window, **about, **on)  # type: ignore[arg-type]
            assert seat is not None
            assert seat.cost_s == quote.cost_s
    assert [(one.from_at, one.until_at, one.cost_s) for one in kept.quotes] == [
        (one.from_at, one.until_at, one.cost_s) for one in fresh.quotes
    ]
    assert kept.reasons == fresh.reasons
    return len(kept.quotes)
