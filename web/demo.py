"""`dispatch demo`: a living city, running by itself, on SQLite.

A made-up operator in Nanjing with its crews; the morning's orders planned and published, then a
worker, the pages and the people of the city on a clock sixty times as fast as a wall clock.
Everything goes through the real services.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.clocks import MachineClock
from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal
from dispatch.links import load_secret, order_link
from dispatch.models import BusinessClock, Order, Route, Technician, Territory, Visit
from dispatch.passwords import hash_password
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.vocabulary import Role
from dispatch.services.create_user import create_user
from dispatch.services.grant_role import grant_role
from dispatch.services.import_rules import load_preset
from dispatch.services.plan_territory import plan_territory
from dispatch.services.publish_plan import publish_plan
from dispatch.services.request_plan import request_plan
from dispatch.settings import Settings
from dispatch.travel import build_travel_model
from dispatch.travel_memory import RememberedTravel
from notifications.wording import say
from optimizer.budget import FirstOf, WallClock
from web.city.agenda import Agenda
from web.city.chances import Chances
from web.city.city_size import CitySize
from web.city.demand import Wish, is_due_at_once, wishes
from web.city.found_city import found_city
from web.city.simulation import SolvesHere, iterations
from web.city.surroundings import Surroundings
from web.city.townspeople import take_wish
from web.terminal import Working, out, write_whole

RATE = 60
SEED = 1
BY = "demo"
#: seconds of search as a simulation counts them, and on the clock at most
PLAN_S, LONGEST_PLAN_S = 20, 15
#: local time at which the first day begins
BEGINS = "07:30"
#: since when on the day before orders have been waiting
SINCE = "10:00"
#: who signs in to the console, and as what
ACCOUNTS = {"dispatch": ("林晓", Role.DISPATCHER), "admin": ("周宁", Role.ADMIN)}


@dataclass(frozen=True)
class Demonstration:
    """What was prepared: when the day begins, how many orders came in before, and how many visits are planned."""

    morning: datetime
    orders: int
    visits: int


def run_demo(folder: Path, *, port: int) -> int:
    """Prepare the demonstration in `folder` if it is not there; run worker, pages and city, and wait."""
    folder.mkdir(parents=True, exist_ok=True)
    url = f"sqlite:///{(folder / 'city.sqlite3').resolve()}"
    secret_file = (folder / "city.secret").resolve()
    settings = Settings(database_url=url, secret_file=secret_file)
    database = Database(url)
    passwords = _passwords(folder / "city.passwords")
    with Working(say("demo_prepares")) as progress:
        prepared = prepare_demo(database, passwords, progress=progress)
    if prepared is not None:
        out.print(say("demo_planned", orders=prepared.orders, visits=prepared.visits), markup=False)
    ours = {
        "DISPATCH_DATABASE_URL": url,
        "DISPATCH_GATEWAY": "sandbox",
        "DISPATCH_SECRET_FILE": str(secret_file),
        "DISPATCH_POLL_S": "0.3",
    }
    environment = {**os.environ, **ours}
    commands = (["worker"], ["serve", "--port", str(port)], ["city"])
    program = [sys.executable, "-m", "web.cli"]
    processes = [subprocess.Popen([*program, *command], env=environment) for command in commands]  # noqa: S603 - our own
    try:
        with Working(say("demo_starts")):
            _until_served(port, processes)
        for line in _guide(database, settings, passwords, port):
            out.print(line, markup=False, soft_wrap=True)
        database.dispose()
        return _wait(processes)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(10)


def _guide(database: Database, settings: Settings, passwords: dict[str, str], port: int) -> Iterator[str]:
    """Where to look, and how to sign in."""
    site = f"http://127.0.0.1:{port}"
    yield say("demo_runs", rate=RATE)
    yield say("demo_console", url=f"{site}/console/")
    for login, password in passwords.items():
        yield say("demo_account", login=login, password=password)
    with database.read_session() as session:
        technician = session.scalars(select(Technician).join(Route).order_by(Route.id).limit(1)).first()
        order = session.scalars(
            select(Order)
            .join(Visit, Visit.order_id == Order.id)
            .where(Order.status == OrderStatus.OPEN, Visit.booked_from_at.is_not(None))
            .order_by(Visit.booked_from_at, Order.id)
            .limit(1)
        ).first()
        phone = None if technician is None else technician.phone
        link = None if order is None else order_link(load_secret(settings), order)
    if phone is not None:
        yield say("demo_phone", url=f"{site}/t/", phone=phone)
    yield say("demo_handsets", url=f"{site}/sandbox")
    if link is not None:
        yield say("demo_customer", url=f"{site}{link}")
    yield say("demo_promises", url=f"{site}/promises")
    yield say("demo_stops")


def _until_served(port: int, processes: list[subprocess.Popen[bytes]]) -> None:
    """Until the pages can be looked at, or one of the processes has ended."""
    while all(process.poll() is None for process in processes):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)


def _wait(processes: list[subprocess.Popen[bytes]]) -> int:
    """Until somebody stops us (0) or one of the processes ends by itself (1)."""
    stopped = False

    def stop(*_signal: object) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopped:
        if any(process.poll() is not None for process in processes):
            return 1
        time.sleep(0.2)
    return 0


def _passwords(file: Path) -> dict[str, str]:
    """The passwords of the accounts, made once and kept where only their owner reads them."""
    if file.exists():
        known: dict[str, str] = json.loads(file.read_text("utf-8"))
        return known
    made = {login: secrets.token_urlsafe(9) for login in ACCOUNTS}
    write_whole(file, json.dumps(made, indent=2) + "\n", private=True)
    return made


# --- preparing ------------------------------------------------------------------------------------


def prepare_demo(
    database: Database,
    passwords: dict[str, str],
    *,
    progress: Callable[[int], None] = lambda _count: None,
    size: CitySize | None = None,
    seed: int = SEED,
) -> Demonstration | None:
    """Found the city, take the orders of the last day, plan and publish today; None if that was done before."""
    database.upgrade()
    size = size or CitySize()
    machine = MachineClock()
    travel = RememberedTravel(build_travel_model(Settings(database_url=str(database.url))))
    around = Surroundings(database, machine, travel, size, Chances(seed), Agenda())
    morning = around.local(around.day_of(machine.now()), BEGINS)
    hashes = {login: hash_password(password, login) for login, password in passwords.items()}

    def found(session: Session) -> bool:
        if session.get(BusinessClock, 1) is not None:
            return False
        if session.scalars(select(Territory.id).limit(1)).first() is None:
            midnight = around.local(around.day_of(morning), "00:00")
            found_city(session, size, around.chances, load_preset("jiangsu"), now=midnight)
            _found_accounts(session, hashes, machine.now())
        return True

    if not run_use_case(database, found):
        return None
    orders = _take_orders(around, morning, progress)
    visits = _plan_the_day(around, morning)
    clock = BusinessClock(id=1, epoch_machine_at=machine.now(), epoch_business_at=morning, rate_permille=RATE * 1000)
    run_use_case(database, lambda session: session.add(clock))
    return Demonstration(morning, orders, visits)


def _found_accounts(session: Session, hashes: dict[str, str], machine_now: datetime) -> None:
    for login, password_hash in hashes.items():
        name, role = ACCOUNTS[login]
        grant_role(session, create_user(session, login, name, password_hash=password_hash, now=machine_now), role)


def _take_orders(around: Surroundings, morning: datetime, progress: Callable[[int], None]) -> int:
    """What has come in and was not done, some dozen in one transaction."""
    waiting = sorted(_wishes_before(around, morning), key=lambda wish: (wish.at, wish.key))
    for start in range(0, len(waiting), 25):
        part = waiting[start : start + 25]

        def take(session: Session, part: list[Wish] = part) -> None:
            for wish in part:
                take_wish(session, around, wish, now=wish.at)

        around.do(take)
        progress(start + len(part))
    return len(waiting)


def _wishes_before(around: Surroundings, morning: datetime) -> Iterator[Wish]:
    """What waits since yesterday; what was promised for yesterday was done."""
    today = around.day_of(morning)
    yesterday = today - timedelta(days=1)
    since, evening = around.local(yesterday, SINCE), around.local(yesterday, "17:00")
    for day_on in (yesterday, today):
        for wish in wishes(day_on, around.zone, around.size, around.chances):
            if since <= wish.at < morning and not (is_due_at_once(wish, around.size) and wish.at < evening):
                yield wish


def _plan_the_day(around: Surroundings, morning: datetime) -> int:
    """Plan and publish today for every territory; how many visits got a place."""
    territories = around.see(lambda session: list(session.scalars(select(Territory.id).order_by(Territory.id))))
    placed = 0
    for territory_id in territories:
        plan_id = around.do(partial(_request_plan, around=around, territory_id=territory_id, morning=morning))
        plan_territory(
            around.database,
            plan_id,
            now=morning,
            travel=around.travel,
            pool=SolvesHere(),
            budgeting=lambda seconds: FirstOf(iterations(seconds), WallClock(LONGEST_PLAN_S)),
        )
        with suppress(Refusal):  # it was published before we were interrupted
            placed += publish_plan(around.database, plan_id, now=morning, by=BY, travel=around.travel).added
    return placed


def _request_plan(session: Session, around: Surroundings, territory_id: int, morning: datetime) -> int:
    today = around.day_of(morning)
    plan = request_plan(
        session,
        territory_id,
        today,
        today,
        budget_s=PLAN_S,
        seed=around.chances.seed,
        request_key=BY,
        now=morning,
        by=BY,
    )
    return plan.id
