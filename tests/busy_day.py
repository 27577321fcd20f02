"""A day on which phones report while a plan is published, in the words of the tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.models import Technician
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.plan_territory import plan_territory
from dispatch.services.receive_field_reports import Report, receive_field_reports
from dispatch.solving import Alive, silent
from optimizer.budget import Budget
from optimizer.problem import Problem
from optimizer.rebase import rebase
from optimizer.solution import Solution
from tests.planning import PlanningDay

#: how far apart technicians live, and the customers of one, in degrees of latitude
APART, NEARBY = 0.002, 0.00005
MINUTES = 30


@dataclass(frozen=True)
class Dealing:
    """Solves at once: technicians get the visits that they are dealt, in order, as far as they fit."""

    dealt: Mapping[int, Sequence[int]]

    def solve(
        self, problem: Problem, _budget: Budget, _seed: int, *, confidence: object = None, alive: Alive = silent
    ) -> Solution:
        """The plan that is nearest to what was dealt."""
        alive(0.0)
        return rebase(problem, {(str(who), 0): [str(visit) for visit in visits] for who, visits in self.dealt.items()})

    def close(self) -> None:
        """There is nothing to let go of."""


@dataclass
class Phone:
    """A technician's phone; `syncs` are when each began and how many seconds it took."""

    technician: int
    visit: int
    syncs: list[tuple[float, float]] = field(default_factory=list)

    @property
    def device(self) -> str:
        """What the phone calls itself."""
        return f"phone-{self.technician}"

    def report(self, day: PlanningDay) -> None:
        """One sync with a new report about the visit, and the one before, whose receipt was lost on the way."""
        last = len(self.syncs) + 1
        reports = [
            Report(sequence=number, kind="note", device_at=day.now, visit_id=self.visit)
            for number in range(max(1, last - 1), last + 1)
        ]

        def receive(session: Session) -> None:
            technician = session.get_one(Technician, self.technician)
            receive_field_reports(session, technician, self.device, reports, device_now=day.now, now=day.now)

        began = time.perf_counter()
        run_use_case(day.database, receive)
        self.syncs.append((began, time.perf_counter() - began))


@dataclass
class BusyDay:
    """Ten past eight on the day: whoever has a phone has a visit at 08:15; `waiting` are to be planned.

    `browsing` are customers who look for a window themselves; `booked` are those who have one.
    """

    day: PlanningDay
    technicians: list[int]
    phones: list[Phone]
    waiting: list[int]
    browsing: list[int]
    booked: list[int] = field(default_factory=list)

    @classmethod
    def begin(cls, database: Database, *, technicians: int, visits: int, phones: int, browsing: int = 0) -> BusyDay:
        """So many of each; the first of the technicians have the phones."""
        day = PlanningDay.begin(database)
        homes = [APART * (number - technicians // 2) for number in range(technicians)]
        people = [day.technician(north=north) for north in homes]
        begun = [Phone(who, day.customer(minutes=MINUTES, north=homes[n])) for n, who in enumerate(people[:phones])]
        for phone in begun:
            day.place(phone.technician, [(phone.visit, "08:15")], minutes=MINUTES)
        wanting = [
            day.customer(minutes=MINUTES, north=homes[number % technicians] + NEARBY * (number // technicians + 1))
            for number in range(visits)
        ]
        day.clock("08:10")
        return cls(day, people, begun, wanting, day.customers(browsing, minutes=MINUTES))

    def draft(self, first: Mapping[int, Sequence[int]] | None = None) -> int:
        """A plan that gives everybody the next of the waiting visits, after what they get `first`."""
        count = len(self.technicians)
        dealt = {
            who: [*(first or {}).get(who, ()), *self.waiting[number::count]]
            for number, who in enumerate(self.technicians)
        }
        plan = self.day.request()
        made = plan_territory(self.day.database, plan, now=self.day.now, travel=self.day.travel, pool=Dealing(dealt))
        assert made is PlanStatus.DRAFT
        return plan

    @contextmanager
    def under_load(self, *, every_s: float = 0.0, booking_every_s: float = 0.0) -> Iterator[None]:
        """Phones report and customers book, one after the other, until the end; raises what any of them met.

        Begins when every phone has reported once.
        """
        over = threading.Event()
        ready = threading.Barrier(len(self.phones) + 1)

        def report(phone: Phone) -> None:
            phone.report(self.day)
            ready.wait(60)
            while not over.wait(every_s):
                phone.report(self.day)

        def browse() -> None:
            for visit in self.browsing:
                if over.wait(booking_every_s):
                    return
                self._book(visit)

        with ThreadPoolExecutor(max_workers=len(self.phones) + 1) as pool:
            running = [*(pool.submit(report, phone) for phone in self.phones), pool.submit(browse)]
            try:
                ready.wait(60)
                yield
            finally:
                over.set()
        for one in running:
            one.result()

    def _book(self, visit: int) -> None:
        """The customer takes the first window that is still to be had."""
        offers = self.day.offer(visit, most=3)
        choice = self.day.choose(offers[0].id) if offers else None
        if choice is not None and choice.kept is not None:
            self.day.book(choice.kept.id)
            self.booked.append(visit)
