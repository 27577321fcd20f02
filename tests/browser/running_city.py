"""A small city that really runs: planned, published, told, then served by the program itself beside a worker."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from shutil import copyfile

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.clocks import MachineClock, business_clock
from dispatch.db import Database
from dispatch.links import load_secret, order_link, query_code
from dispatch.models import BusinessClock, Contact, Grant, Order, Technician, User, Visit
from dispatch.rules.vocabulary import OrderKind, Role
from dispatch.services.open_sign_in import open_sign_in
from dispatch.settings import Settings
from tests.booking import DAY
from tests.planning import PlanningDay
from tests.served_program import served
from web.session_cookies import Cookie

TECHNICIANS = 3
CUSTOMERS = 8


@dataclass
class RunningCity:
    """Where it is served, and what a test needs to know of it."""

    url: str
    day: PlanningDay
    visits: list[int] = field(default_factory=list)
    technicians: list[int] = field(default_factory=list)

    @classmethod
    @contextmanager
    def started(
        cls,
        folder: Path,
        template: Path,
        *,
        technicians: int = TECHNICIANS,
        customers: int = CUSTOMERS,
        begins: str = "08:30",
        rate: int = 1,
        poll_s: float = 0.2,
    ) -> Iterator[RunningCity]:
        """Found it, plan and tell its day, then serve it from `begins` on, `rate` times as fast as a wall clock."""
        file = copyfile(template, folder / "punctual.sqlite3")
        url = f"sqlite:///{file}"
        patch = pytest.MonkeyPatch()
        with patch.context() as environment:
            environment.setenv("DISPATCH_DATABASE_URL", url)
            environment.setenv("DISPATCH_GATEWAY", "sandbox")
            environment.setenv("DISPATCH_POLL_S", str(poll_s))
            day = PlanningDay.begin(Database(url))
            found = cls("", day)
            found._populate(technicians, customers)
            found._tell()
            found._start_clock(begins, rate)
            with served(_serving, start_s=60) as found.url, _worker():
                yield found

    # --- making it ----------------------------------------------------------------------

    def _populate(self, technicians: int, customers: int) -> None:
        self.technicians = [
            self.day.technician(north=0.02 * n, skills=("fibre",), pause=("11:30", "13:00", 45))
            for n in range(technicians)
        ]
        kinds = (OrderKind.REPAIR, OrderKind.INSTALL)
        for number in range(customers):
            self.visits += self.day.customers(1, minutes=50, north=0.008 * number, kind=kinds[number % 2])
        self.day.world.do(self._give_phones)
        self.day.planned()

    def _give_phones(self, session: Session) -> None:
        for number, technician in enumerate(self.technicians):
            session.get_one(Technician, technician).phone = f"+86138000001{number:02}"
        for number, visit in enumerate(self.visits):
            order = session.get_one(Order, session.get_one(Visit, visit).order_id)
            order.contacts[0].phone = f"+86139000001{number:02}"

    def _tell(self) -> None:
        """The evening before, customers are told who comes and when."""
        for time in ("18:05", "18:10"):
            self.day.world.work(f"2026-11-23 {time}")

    def _start_clock(self, begins: str, rate: int) -> None:
        morning = self.day.world.at(f"{DAY} {begins}")
        clock = BusinessClock(
            id=1, epoch_machine_at=datetime.now(UTC), epoch_business_at=morning, rate_permille=rate * 1000
        )
        self.day.world.do(lambda session: session.add(clock))

    # --- who is signed in ---------------------------------------------------------------

    def sign_in(self, page: Page, role: Role = Role.ADMIN) -> None:
        """Let the browser be signed in as a member of staff who may do this everywhere."""
        now = datetime.now(UTC)

        def enter(session: Session) -> str:
            user = session.scalars(select(User).where(User.login == role.value)).first()
            if user is None:
                user = User(login=role.value, name=f"{role.value} on duty", created_at=now, grants=[Grant(role=role)])
                session.add(user)
                session.flush()
            return open_sign_in(session, user_id=user.id, machine_now=now)

        self._give(page, Cookie.STAFF, self.day.world.do(enter))

    def sign_in_technician(self, page: Page, technician: int) -> None:
        """Let the browser be the phone of a technician."""
        now = datetime.now(UTC)
        token = self.day.world.do(lambda s: open_sign_in(s, technician_id=technician, machine_now=now))
        self._give(page, Cookie.TECHNICIAN, token)

    def _give(self, page: Page, cookie: Cookie, token: str) -> None:
        page.context.add_cookies([{"name": str(cookie), "value": token, "url": self.url, "httpOnly": True}])

    # --- what is known of it ------------------------------------------------------------

    def business_now(self) -> datetime:
        """The city's time."""
        with self.day.database.read_session() as session:
            return business_clock(session, MachineClock()).now()

    def order(self, visit: int) -> Order:
        """The order of a visit."""
        with self.day.database.read_session() as session:
            return session.get_one(Order, session.get_one(Visit, visit).order_id)

    def link(self, visit: int) -> str:
        """The path of its customer's page."""
        return order_link(load_secret(Settings()), self.order(visit))

    def code(self, visit: int) -> str:
        """The query code that opens the same page."""
        return query_code(load_secret(Settings()), self.order(visit))

    def phone_of(self, visit: int) -> str:
        """The handset of its customer."""
        with self.day.database.read_session() as session:
            found = select(Contact.phone).where(Contact.order_id == self.order(visit).id)
            return session.scalars(found).one()

    def first_visit_of(self, technician: int) -> int:
        """The first visit on a technician's route."""
        return self.day.route(technician)[0]

    def busy_technician(self) -> int:
        """Somebody with a visit today."""
        return next(one for one in self.technicians if self.day.route(one))


def _serving(port: int) -> list[str]:
    return [sys.executable, "-m", "web.cli", "serve", "--port", str(port)]


@contextmanager
def _worker() -> Iterator[None]:
    running = subprocess.Popen([sys.executable, "-m", "web.cli", "worker"], stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        running.terminate()
        running.wait(20)
