"""The worker is killed while it answers customers: each is heard once, answered once, and in order."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.clocks import FixedClock
from dispatch.db import Database, run_use_case
from dispatch.models import (
    Case,
    Contact,
    Conversation,
    DueWork,
    Event,
    InboundMessage,
    Message,
    Order,
    Rating,
    SandboxMessage,
    SlotOffer,
    Stop,
    Visit,
)
from dispatch.queries.unfinished_work import unfinished_work
from dispatch.rules.lifecycles import MessageStatus, SlotOfferStatus, VisitStatus
from dispatch.rules.vocabulary import OrderKind
from dispatch.settings import Settings
from notifications.inbound import take_inbound
from notifications.sandbox_gateway import SandboxGateway
from tests.booking import BookingDay
from tests.killing import run_and_kill
from tests.many_customers import ManyCustomers
from tests.world import World
from web.worker import Worker

BEGUN = "2026-11-24 08:30"
#: nobody comes later in the day: it goes on the next morning
LAST_HOUR = 15
LEASE_S = 60
SETTLES = timedelta(seconds=65)
#: a rating is asked for so long after a visit
RATED_AFTER = timedelta(minutes=6)
#: about half of what answering one wave takes, and of what taking it takes
STEPS, STEPS_TO_TAKE = 250, 60

#: what they write, wave after wave; texts of one wave come at the same moment, in this order
WRITES: Mapping[str, Sequence[Sequence[str]]] = {
    "asking": (("1", "8"), ("The key is at the neighbour's", "Please ring twice"), ("1",)),
    "changing": (("2",), ("1", "1"), ("1",)),
    "rating": (("2", "he left a hole in the wall"), ("5",), ("9",)),
    "faulty": (("9",), ("9",), ("2", "1")),
    "withdrawing": (("cancel my order",), ("1",), ("1",)),
    "complaining": (("请假白请了", "你们到底管不管"), ("8",), ("Thank you",)),
    "leaving": (("STOP", "1"), ("START", "1"), ("STOP",)),
}
Texts = list[tuple[str, str, str]]
Story = dict[str, Any]


def take(database: Database, texts: Texts, now: datetime) -> None:
    """What the web hook does with messages as they come: provider's id, handset, text."""
    for provider_id, handset, text in texts:
        taking = partial(take_inbound, gateway="sandbox", provider_id=provider_id, handset=handset, text=text, now=now)
        run_use_case(database, taking)


def work(database: Database, now: datetime, at: datetime) -> None:
    """What a worker does until nothing is due, at a fixed time on both clocks."""
    machine = FixedClock(at)
    settings = Settings(database_url=database.url.render_as_string(hide_password=False), lease_s=LEASE_S)
    Worker(database, settings, now=now, machine=machine, gateway=SandboxGateway(database, machine)).until_idle()


@dataclass
class Answering:
    """Customers who write, and workers that are killed while they answer."""

    world: World
    wanted: int
    made: int = 0
    written: int = 0
    orders: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.database = self.world.database
        self.url = self.database.url.render_as_string(hide_password=False)
        self.seeded = random.Random(2026)
        self.customers = ManyCustomers(self.world)
        self.now = self.machine = self.world.at(BEGUN)

    # --- what happens ---------------------------------------------------------------------

    def customers_come(self) -> None:
        """One of each, told of what they have; with them comes somebody who can be booked."""
        self._next_morning()
        day = BookingDay(self.world, self.now, machine=self.machine)
        technician = day.technician(hours=None, skills=["fibre"])
        for ahead in range(3):
            day_on = (self.now + timedelta(days=ahead)).astimezone(self.world.zone).date()
            day.shift(technician, "08:00-18:00", day=day_on.isoformat())
        served = self.customers.served(self.now, 2)
        self.orders = {
            "asking": self.customers.order(self.now),
            "changing": self.customers.order(self.now),
            "rating": served[0],
            "faulty": served[1],
            "withdrawing": self.customers.order(self.now, OrderKind.INSTALL),
            "complaining": self.customers.order(self.now),
            "leaving": self.customers.order(self.now),
        }
        for passes in (timedelta(0), RATED_AFTER):
            self.now += passes
            self.machine += passes
            work(self.database, self.now, self.machine)

    def _next_morning(self) -> None:
        if self.now.astimezone(self.world.zone).hour >= LAST_HOUR:
            morning = self.now.astimezone(self.world.zone).replace(hour=8, minute=30) + timedelta(days=1)
            self.machine += morning - self.now
            self.now = morning
            work(self.database, self.now, self.machine)

    def they_write(self, wave: int) -> None:
        """Their messages of one wave come, and are answered."""
        texts = self._texts(wave)
        if self.made < self.wanted and self.seeded.random() < 0.3:
            self.made += run_and_kill(take, self.url, texts, self.now, after=self.seeded.randint(1, STEPS_TO_TAKE))
        take(self.database, texts, self.now)  # what was not confirmed is passed on again
        self.until_done()

    def _texts(self, wave: int) -> Texts:
        """In one queue, as they come from everybody at once: in order for each handset."""
        queues = [
            [(self.customers.handset(self.orders[role]), text) for text in waves[wave]]
            for role, waves in WRITES.items()
        ]
        texts: Texts = []
        while any(queues):
            handset, text = self.seeded.choice([queue for queue in queues if queue]).pop(0)
            self.written += 1
            texts.append((f"in-{self.written}", handset, text))
        return texts

    def until_done(self) -> None:
        """Workers answer, and are killed as long as kills are wanted."""
        for _ in range(2):  # what was written, and what has settled then
            while self.made < self.wanted and self._run(after=self.seeded.randint(5, STEPS)):
                self.made += 1
                check_nothing_twice(self.database)
            self.now += SETTLES
        while self._unsettled():
            assert not self._run(after=None)

    def _run(self, *, after: int | None) -> bool:
        passes = timedelta(seconds=LEASE_S + 1)
        self.machine += passes
        self.now += timedelta(seconds=1)
        return run_and_kill(work, self.url, self.now, self.machine, after=after)

    def _unsettled(self) -> list[DueWork]:
        with self.database.read_session() as session:
            return list(session.scalars(select(DueWork).where(DueWork.due_at <= self.now)))

    # --- what is true ---------------------------------------------------------------------

    def story(self) -> dict[str, Story]:
        """What was made of what each of them wrote, without numbers that depend on what came before."""
        with self.database.read_session() as session:
            return {role: _story(session, self.customers.handset(order_id)) for role, order_id in self.orders.items()}


def _story(session: Session, handset: str) -> Story:
    thread = session.scalars(select(Conversation).where(Conversation.handset == handset)).one()
    ids = session.scalars(select(Contact.order_id).where(Contact.phone == handset)).all()
    orders = session.scalars(select(Order).where(Order.id.in_(ids)).order_by(Order.id)).all()
    visits = session.scalars(select(Visit).where(Visit.order_id.in_(ids)).order_by(Visit.id)).all()
    cases = session.scalars(select(Case).where(Case.order_id.in_(ids)).order_by(Case.id)).all()
    inbound = session.scalars(
        select(InboundMessage).where(InboundMessage.conversation_id == thread.id).order_by(InboundMessage.id)
    )
    ratings = session.scalars(select(Rating).where(Rating.visit_id.in_([visit.id for visit in visits])))
    facts = session.scalars(select(Event.kind).where(Event.order_id.in_(ids)))
    messages = session.scalars(select(Message).where(Message.conversation_id == thread.id))
    return {
        "heard": [(row.meaning, row.handled_at is not None, _answers(session, row)) for row in inbound],
        "orders": [(order.kind, order.status, order.priority) for order in orders],
        "visits": [(visit.purpose, visit.status, _places(session, visit)) for visit in visits],
        "cases": [(case.kind, case.status, case.next_step, case.contacts, len(case.remarks)) for case in cases],
        "ratings": [(rating.score, rating.is_fixed) for rating in ratings],
        "messages": Counter((message.kind, message.status) for message in messages),
        "facts": Counter(facts),
        "is_out": thread.opted_out_at is not None,
    }


def _answers(session: Session, inbound: InboundMessage) -> list[tuple[str, MessageStatus]]:
    """The messages that answer this one."""
    occasions = [f"{word}:{inbound.id}" for word in ("inbound", "again", "complaint")]
    rows = session.scalars(select(Message).where(Message.occasion.in_(occasions)).order_by(Message.id))
    return [(row.kind, row.status) for row in rows]


def _places(session: Session, visit: Visit) -> int:
    return session.scalar(select(func.count()).select_from(Stop).where(Stop.visit_id == visit.id)) or 0


# --- checks ---------------------------------------------------------------------------------


def check_nothing_twice(database: Database) -> None:
    """Holds after every kill: heard once, in order for each handset, and answered once."""
    with database.read_session() as session:
        heard = session.scalars(select(Event).where(Event.kind == "reply_received").order_by(Event.id)).all()
        inbound = session.scalars(select(InboundMessage)).all()
        sent = Counter(session.scalars(select(SandboxMessage.our_id)))
        places = Counter(session.scalars(select(Stop.visit_id)))
    in_order: defaultdict[int, list[int]] = defaultdict(list)
    for event in heard:
        in_order[event.payload["conversation_id"]].append(event.payload["inbound_id"])
    assert sorted(one for ids in in_order.values() for one in ids) == sorted(
        row.id for row in inbound if row.handled_at is not None
    )
    assert all(ids == sorted(set(ids)) for ids in in_order.values())
    assert {1} >= set(sent.values()) | set(places.values())


def check_everybody_was_heard(answering: Answering) -> None:
    """Nothing waits, nothing failed, nothing is held for nobody."""
    check_nothing_twice(answering.database)
    with answering.database.read_session() as session:
        assert session.scalars(select(InboundMessage.id).where(InboundMessage.handled_at.is_(None))).all() == []
        assert session.scalar(select(func.count()).select_from(InboundMessage)) == answering.written
        assert unfinished_work(session) == []
        under_way = (MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNKNOWN)
        waiting = session.scalars(select(Message).where(Message.status.in_(under_way)))
        assert {message.kind for message in waiting if message.wanted_at < answering.now - SETTLES} <= set()
        assert session.scalars(select(SlotOffer).where(SlotOffer.status == SlotOfferStatus.HELD)).all() == []
        scheduled = select(Visit.id).where(Visit.status == VisitStatus.SCHEDULED)
        assert set(session.scalars(scheduled)) == set(
            session.scalars(select(Stop.visit_id).join(Visit).where(Visit.status == VisitStatus.SCHEDULED))
        )


def batch(answering: Answering) -> dict[str, Story]:
    """Customers come and write, wave after wave; what came of it."""
    answering.customers_come()
    for wave in range(3):
        answering.they_write(wave)
    check_everybody_was_heard(answering)
    return answering.story()


@pytest.mark.kill
def test_killed_while_answering(database: Database, kills: int) -> None:
    """Every customer gets what they would have got if nobody had been killed."""
    answering = Answering(World(database), 0)
    expected = batch(answering)
    answering.wanted = kills
    while answering.made < kills:
        for role, story in batch(answering).items():
            assert story == expected[role], role
