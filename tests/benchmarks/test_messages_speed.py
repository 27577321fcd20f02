"""How fast customers are told; figures only, no verdict.

`pytest -s tests/benchmarks/test_messages_speed.py`: a plan of 1,000 visits is published after
18:00 for tomorrow, each of another handset, and a worker reads the log, announces and sends to
the sandbox; once as one worker does it, once with two processes from announcing on. Beside it
what any outbox must do: as many transactions with two inserts and one update. Then how long one
receipt of an order takes while 50 orders a minute come in and a worker runs as it always does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from typing import Any

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.orm import Session

from dispatch.clocks import MachineClock
from dispatch.db import Database
from dispatch.models import Contact, Event, EventSequence, Message, ReaderCursor, SandboxMessage
from dispatch.rules.vocabulary import Channel, ContactRole, OrderKind
from dispatch.services.take_order import NewContact, NewOrder, take_order
from dispatch.settings import Settings
from tests.busy_day import BusyDay
from tests.world import World
from web.worker import Worker

TECHNICIANS, VISITS = 90, 1_000
PUBLISHED, SETTLED = "2026-11-23 18:30", "2026-11-23 18:32"
ORDERS, ORDER_EVERY_S = 100, 60 / 50


@dataclass
class Traffic:
    """What is sent to the database; threads may send."""

    statements: int = 0
    transactions: int = 0

    @classmethod
    def of(cls, database: Database) -> Traffic:
        """Count from now on."""
        traffic = cls()
        event.listen(database.engine, "before_cursor_execute", traffic._sent)
        event.listen(database.engine, "commit", traffic._committed)
        return traffic

    def _sent(self, *_args: Any) -> None:
        self.statements += 1

    def _committed(self, *_args: Any) -> None:
        self.transactions += 1


@dataclass(frozen=True)
class Stage:
    """What one stage took for all messages."""

    name: str
    seconds: float
    cpu_s: float
    statements: int
    transactions: int

    def __str__(self) -> str:
        a_message = (
            f"{1000 * self.cpu_s / VISITS:5.1f} ms of our CPU {self.statements / VISITS:5.1f} statements"
            f" {self.transactions / VISITS:5.2f} transactions"
        )
        return f"  {self.name:<24}{VISITS / self.seconds:7.0f} a second  {a_message} a message"


def _measured(name: str, traffic: Traffic, work: Callable[[], object]) -> Stage:
    statements, transactions = traffic.statements, traffic.transactions
    began, cpu_began = time.perf_counter(), time.process_time()
    work()
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    return Stage(name, seconds, cpu_s, traffic.statements - statements, traffic.transactions - transactions)


def _until_nothing_moves(*ticks: Callable[[], int]) -> None:
    while sum(tick() for tick in ticks):
        pass


def _published_evening(database: Database) -> World:
    """A plan was just published; everything before it was read, and every customer has a handset."""
    busy = BusyDay.begin(database, technicians=TECHNICIANS, visits=VISITS, phones=0)
    world = busy.day.world
    plan = busy.draft()
    busy.day.now = world.at(PUBLISHED)
    world.worker(PUBLISHED)  # the readers begin

    def skip(session: Session) -> None:
        for contact in session.scalars(select(Contact)):
            contact.phone = f"+86139{contact.id:08}"
        last = session.get_one(EventSequence, 1).last_position
        for number, row in enumerate(session.scalars(select(Event).where(Event.position.is_(None))), last + 1):
            row.position = number
            session.get_one(EventSequence, 1).last_position = number
        session.execute(update(ReaderCursor).values(position=session.get_one(EventSequence, 1).last_position))

    world.do(skip)
    added = busy.day.publish(plan).added
    assert added == VISITS, added
    return world


def _bound(database: Database) -> Callable[[], None]:
    """What any outbox must do for each message: two inserts and one update, committed."""
    with database.write_session() as session:
        session.execute(text("CREATE TABLE outbox (id INTEGER PRIMARY KEY, said TEXT, done INTEGER)"))
        session.execute(text("CREATE TABLE facts (id INTEGER PRIMARY KEY, about INTEGER)"))

    def work() -> None:
        for number in range(VISITS):
            with database.write_session() as session:
                values = {"id": number}
                session.execute(text("INSERT INTO outbox VALUES (:id, 'something', 0)"), values)
                session.execute(text("INSERT INTO facts VALUES (:id, :id)"), values)
                session.execute(text("UPDATE outbox SET done = 1 WHERE id = :id"), values)

    return work


def _told(database: Database) -> int:
    with database.read_session() as session:
        return session.scalar(select(func.count()).select_from(SandboxMessage)) or 0


def test_a_published_evening_by_stage(database: Database) -> None:
    world = _published_evening(database)
    bound = _bound(database)
    traffic = Traffic.of(database)
    published, settled = world.worker(PUBLISHED), world.worker(SETTLED)
    stages = [
        _measured("reading the log", traffic, lambda: _until_nothing_moves(published.advance_log)),
        _measured("announcing", traffic, lambda: _until_nothing_moves(settled.do_due_work)),
        _measured("sending", traffic, lambda: _until_nothing_moves(settled.send_messages)),
    ]
    assert _told(database) == VISITS
    whole = Stage(
        "end to end",
        sum(stage.seconds for stage in stages),
        sum(stage.cpu_s for stage in stages),
        sum(stage.statements for stage in stages),
        sum(stage.transactions for stage in stages),
    )
    least = _measured("any outbox, at least", traffic, bound)
    print(f"\n{database.engine.dialect.name}, one worker, {VISITS} announcements:")
    print(*stages, whole, least, sep="\n")


@pytest.mark.parametrize("workers", [1, 2])
def test_announced_and_sent_by_worker_processes(database: Database, workers: int) -> None:
    world = _published_evening(database)
    _until_nothing_moves(world.worker(PUBLISHED).advance_log)
    url, now = database.url.render_as_string(hide_password=False), world.at(SETTLED)
    with _processes(workers) as pool:
        began = time.perf_counter()
        for done in [pool.submit(_work_until_idle, url, now) for _ in range(workers)]:
            done.result()
        seconds = time.perf_counter() - began
    assert _told(database) == VISITS
    print(
        f"\n{database.engine.dialect.name}, announcing and sending, worker processes: {workers};"
        f" {VISITS / seconds:.0f} messages a second"
    )


def test_one_receipt_while_orders_come_in(database: Database) -> None:
    world = World(database)
    url = database.url.render_as_string(hide_password=False)
    context = get_context("spawn")
    process = context.Process(target=_run, args=(url,))
    process.start()
    try:
        _warm_up(database, world)
        began = {number: _order(world, number, pause_s=ORDER_EVERY_S) for number in range(1, 1 + ORDERS)}
        accepted = _accepted_at(database, began)
    finally:
        process.terminate()
        process.join(30)
    took = sorted((accepted[order] - at).total_seconds() for order, at in began.values())
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    print(
        f"\n{database.engine.dialect.name}, from the order to its receipt at the gateway, {ORDERS} orders at"
        f" {60 / ORDER_EVERY_S:.0f} a minute, one worker: median {p50:.2f} s, p99 {p99:.2f} s, longest {took[-1]:.2f} s"
    )


def _warm_up(database: Database, world: World) -> None:
    """The worker has told somebody something."""
    order = _order(world, 0)
    _accepted_at(database, {0: order})


def _order(world: World, number: int, *, pause_s: float = 0.0) -> tuple[int, datetime]:
    """An order comes in now, from a handset of its own; its id, and when it was recorded."""
    now = MachineClock().now()
    new = NewOrder(
        kind=OrderKind.REPAIR,
        service="fibre",
        received_at=now,
        premises_id=world.ids["premises"],
        contacts=(NewContact(ContactRole.SUBSCRIBER, "Zhang San", f"+86139{number:08}", "zh_Hans_CN"),),
        channel=Channel.PAGE,
    )
    order_id = world.do(lambda s: take_order(s, new, now=now).id)
    recorded_at = MachineClock().now()
    time.sleep(max(0.0, pause_s - (recorded_at - now).total_seconds()))
    return order_id, recorded_at


def _accepted_at(database: Database, orders: dict[int, tuple[int, datetime]]) -> dict[int, datetime]:
    """When the gateway took the receipt of each order; waits for the last."""
    wanted = [order for order, _at in orders.values()]
    statement = (
        select(Message.order_id, SandboxMessage.accepted_at)
        .join(SandboxMessage, SandboxMessage.our_id == Message.id)
        .where(Message.order_id.in_(wanted))
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with database.read_session() as session:
            found = {order: at for order, at in session.execute(statement) if order is not None}
        if len(found) == len(wanted):
            return found
        time.sleep(0.2)
    raise TimeoutError(f"{len(found)} of {len(wanted)} told")


# --- in processes of their own ----------------------------------------------------------------


@contextmanager
def _processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that have imported everything already."""
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        for ready in [pool.submit(time.sleep, 1) for _ in range(count)]:
            ready.result()
        yield pool


def _worker(url: str, now: datetime | None = None) -> Worker:
    return Worker(Database(url), Settings(database_url=url), now=now)


def _work_until_idle(url: str, now: datetime) -> None:
    worker = _worker(url, now)
    try:
        worker.until_idle()
    finally:
        worker.database.dispose()


def _run(url: str) -> None:
    _worker(url).run()
