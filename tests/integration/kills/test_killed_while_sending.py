"""The worker is killed while it sends: nobody is told twice, and nothing is left unsaid."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.clocks import Clock, FixedClock
from dispatch.db import Database
from dispatch.models import Announcement, Case, Compensation, DueWork, Event, Message, SandboxMessage, SendAttempt
from dispatch.queries.unfinished_work import unfinished_work
from dispatch.rules.lifecycles import CompensationStatus, MessageStatus
from dispatch.settings import Settings
from notifications.announce_visit import ANNOUNCED
from notifications.deliver import DOUBT
from notifications.gateway import Gateway
from notifications.kinds import KINDS
from notifications.receipts import take_receipt
from notifications.sandbox_gateway import SandboxGateway
from notifications.untold import CALL_CUSTOMER
from notifications.want_message import SEND_MESSAGE
from tests.killing import run_and_kill
from tests.lasting_provider import DeadlyGateway, Death, LastingProvider, taken_by
from tests.many_customers import ManyCustomers
from tests.world import World
from web.worker import Worker

_M = MessageStatus
BEGUN = "2026-11-24 08:30"
LEASE_S = 60
#: longer than an announcement takes to settle
SETTLES = timedelta(seconds=65)
TOLD = (_M.ACCEPTED, _M.SENT, _M.DELIVERED)
#: a receipt moves a message up this ladder only
LADDER = (_M.QUEUED, _M.SENDING, _M.UNKNOWN, *TOLD)
NOT_KNOWN = {_M.QUEUED, _M.SENDING, _M.UNKNOWN}
#: a worker dies after at most so many database steps, or calls of the provider: about a third of a batch
STEPS, CALLS = 300, 5


def work(database: Database, path: Path | None, can_be_asked: bool, now: datetime, at: datetime, death: Death) -> None:
    """What a worker does until nothing is due, at a fixed time on both clocks; `death` may kill it in a call."""
    machine = FixedClock(at)
    provider = _provider(database, path, machine, can_be_asked)
    settings = Settings(database_url=database.url.render_as_string(hide_password=False), lease_s=LEASE_S)
    Worker(database, settings, now=now, machine=machine, gateway=DeadlyGateway(provider, death)).until_idle()


def _provider(database: Database, path: Path | None, machine: Clock, can_be_asked: bool) -> Gateway:
    return SandboxGateway(database, machine) if path is None else LastingProvider(path, machine, can_be_asked)


@dataclass
class Sending:
    """Customers, the provider that tells them, and workers that are killed meanwhile."""

    world: World
    wanted: int
    path: Path | None = None
    can_be_asked: bool = True
    #: one of so many messages gets receipts
    receipts_for: int = 1
    made: int = 0
    orders: dict[str, list[int]] = field(default_factory=dict)
    moved: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.database = self.world.database
        self.url = self.database.url.render_as_string(hide_password=False)
        self.seeded = random.Random(2026)
        self.customers = ManyCustomers(self.world)
        self.now = self.world.at(BEGUN)
        self.machine = self.now

    # --- what happens ---------------------------------------------------------------------

    def customers_come(self) -> None:
        """A batch of them, each with something to be told of; somebody of an earlier batch gets another time."""
        for order_id in self.orders.get("planned", [])[:1]:
            self.customers.moved(order_id, self.world.at("2026-11-24 21:15"), self.now)
            self.moved[order_id] += 1
        starts = [self.world.at(f"2026-11-24 18:{minutes:02}") for minutes in (0, 20, 40)]
        self.orders = {
            "planned": self.customers.planned(self.now, starts),
            "overdue": [self.customers.overdue(self.now, days) for days in (2, 4)],
            "infeasible": [self.customers.infeasible(self.now) for _ in range(2)],
            "complaining": [self.customers.complaining(self.now)],
        }

    def until_done(self) -> None:
        """Workers tell them, and are killed as long as kills are wanted; receipts come in between."""
        for _ in range(2):  # what is known, and what has settled then
            while self.made < self.wanted and self._killed():
                self.made += 1
                self.receive_receipts()
                check_nothing_twice(self)
                if self.seeded.random() < 0.2:
                    self.machine += DOUBT
            self.now += SETTLES
        for _ in range(8):
            if not self.unsettled():
                break
            assert not self.run(Death(0, False), after=None)
            self.receive_receipts()
            self.now += SETTLES
            self.machine += DOUBT
        assert self.unsettled() == []

    def _killed(self) -> bool:
        if self.seeded.random() < 0.5:
            return self.run(Death(0, False), after=self.seeded.randint(5, STEPS))
        return self.run(Death(self.seeded.randint(1, CALLS), self.seeded.random() < 0.5), after=None)

    def run(self, death: Death, *, after: int | None) -> bool:
        """A worker begins, a lease after the last one; whether it was killed."""
        self.now += timedelta(seconds=1)
        self.machine += timedelta(seconds=LEASE_S + 1)
        arguments = (self.path, self.can_be_asked, self.now, self.machine, death)
        return run_and_kill(work, self.url, *arguments, after=after)

    def receive_receipts(self) -> None:
        """The provider reports of some of what it took: each stage twice, in any order."""
        taken = [(our_id, name) for our_id, name in self.taken() if our_id % self.receipts_for == 0]
        for our_id, name in self.seeded.sample(taken[-12:], min(len(taken), 3)):
            stages = [_M.SENT, _M.DELIVERED] * 2
            self.seeded.shuffle(stages)
            for stage in stages:
                self._receipt(our_id, name, stage)

    def _receipt(self, our_id: int, name: str, stage: MessageStatus) -> None:
        before = self._status(our_id)
        told_of = {"our_id": our_id, "status": stage, "provider_id": name, "reason": None}
        moved = self.world.do(lambda s: take_receipt(s, now=self.now, machine_now=self.machine, **told_of))  # type: ignore[arg-type]
        after = self._status(our_id)
        assert LADDER.index(after) >= LADDER.index(before)
        assert after not in NOT_KNOWN
        assert moved == (after is not before)

    # --- what is true ---------------------------------------------------------------------

    def taken(self) -> list[tuple[int, str]]:
        """What the provider has taken: our ids with its own, in order."""
        if self.path is not None:
            return [(taken.our_id, taken.provider_id) for taken in taken_by(self.path)]
        with self.database.read_session() as session:
            rows = session.scalars(select(SandboxMessage).order_by(SandboxMessage.id))
            return [(row.our_id, f"sandbox-{row.id}") for row in rows]

    def unsettled(self) -> list[str]:
        """What a worker will still do about messages."""
        with self.database.read_session() as session:
            due = select(DueWork).where(DueWork.due_at <= self.now).order_by(DueWork.id)
            return [f"{row.kind} {row.key}" for row in session.scalars(due)]

    def story(self) -> dict[str, list[list[tuple[str, str]]]]:
        """What became of the messages of this batch."""
        with self.database.read_session() as session:
            return {role: [_story(session, order_id) for order_id in ids] for role, ids in self.orders.items()}

    def _status(self, message_id: int) -> MessageStatus:
        with self.database.read_session() as session:
            return session.get_one(Message, message_id).status


def _story(session: Session, order_id: int) -> list[tuple[str, str]]:
    rows = session.scalars(select(Message).where(Message.order_id == order_id).order_by(Message.id))
    return sorted((row.kind, "told" if row.status in TOLD else f"{row.status} {row.status_reason}") for row in rows)


def _facts(session: Session, kind: str) -> list[Event]:
    return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id)))


def _twice(things: Iterable[object]) -> list[object]:
    return [thing for thing, times in Counter(things).items() if times > 1]


# --- checks ---------------------------------------------------------------------------------


def check_nothing_twice(sending: Sending) -> None:
    """Holds after every kill."""
    taken = Counter(our_id for our_id, _ in sending.taken())
    with sending.database.read_session() as session:
        messages = {message.id: message for message in session.scalars(select(Message))}
        attempts = Counter(session.scalars(select(SendAttempt.message_id)))
        told = [event.payload["message_id"] for event in _facts(session, "customer_told")]
        untold = [event.payload["message_id"] for event in _facts(session, "customer_not_told")]
        windows = [(event.visit_id, event.payload["announcement"]) for event in _facts(session, "window_told")]
        money = [event.payload["compensation_id"] for event in _facts(session, "compensation_told")]
    assert [_twice(facts) for facts in (told, untold, windows, money)] == [[], [], [], []]
    assert set(told) == {message.id for message in messages.values() if message.status in TOLD}
    for message_id, times in taken.items():
        message = messages[message_id]
        assert times <= 1 + message.repeats, message.kind
        assert times <= attempts[message_id]
        assert message.repeats <= (0 if sending.can_be_asked or not message.is_urgent else 1), message.kind


def check_everybody_was_told(sending: Sending) -> None:
    """What was wanted is told, once; its effects are there; and no work is left."""
    taken = Counter(our_id for our_id, _ in sending.taken())
    with sending.database.read_session() as session:
        messages = session.scalars(select(Message)).all()
        assert {message.status for message in messages} <= {*TOLD, _M.SUPERSEDED}
        assert taken == Counter(message.id for message in messages if message.status in TOLD)
        assert not _facts(session, "customer_not_told")
        assert session.scalars(select(DueWork).where(DueWork.kind == SEND_MESSAGE)).all() == []
        assert unfinished_work(session) == []
        owed = session.scalars(select(Compensation.status)).all()
        assert set(owed) == {CompensationStatus.TOLD}
        assert len(_facts(session, "compensation_told")) == len(owed)
        check_announcements(session, sending.moved, sending.customers)


def check_announcements(session: Session, moved: Counter[int], customers: ManyCustomers) -> None:
    """Every visit's announcements are numbered as they were told, and each has opened its window."""
    numbers: dict[int, list[int]] = {}
    for message in session.scalars(select(Message).where(Message.kind == ANNOUNCED).order_by(Message.id)):
        if message.status in TOLD:
            row = session.get_one(Announcement, message.announcement_id)
            assert row.told_at is not None
            numbers.setdefault(row.visit_id, []).append(row.number)
    opened = Counter(event.visit_id for event in _facts(session, "window_told"))
    assert opened == Counter({visit_id: len(told) for visit_id, told in numbers.items()})
    assert all(told == list(range(1, len(told) + 1)) for told in numbers.values())
    changed = {visit_id: len(told) - 1 for visit_id, told in numbers.items() if len(told) > 1}
    assert changed == {customers.visit(order_id): times for order_id, times in moved.items()}


def check_doubt_ends(sending: Sending) -> None:
    """Whatever is not told is known not to be, or to be in doubt, and a person tells what must be told."""
    with sending.database.read_session() as session:
        messages = session.scalars(select(Message)).all()
        assert {message.status for message in messages} <= {*TOLD, _M.SUPERSEDED, _M.UNKNOWN}
        doubtful = {message.id for message in messages if message.status is _M.UNKNOWN}
        untold = {
            event.payload["message_id"]: event.payload["reason"] for event in _facts(session, "customer_not_told")
        }
        assert doubtful <= set(untold)
        assert set(untold.values()) <= {"unknown"}
        assert session.scalars(select(DueWork).where(DueWork.kind == SEND_MESSAGE)).all() == []
        assert unfinished_work(session) == []
        calls = Counter(session.scalars(select(Case.order_id).where(Case.next_step == CALL_CUSTOMER)))
        assert calls == Counter({message.order_id for message in messages if message.id in untold})
        check_repeats(messages, doubtful, sending.taken())


def check_repeats(messages: Collection[Message], doubtful: set[int], taken: list[tuple[int, str]]) -> None:
    """Something was repeated, and something was not; what is urgent is in doubt only after it was repeated."""
    repeated = {message.kind for message in messages if message.repeats}
    assert repeated <= {kind.code for kind in KINDS.values() if kind.is_urgent}
    assert all(message.repeats for message in messages if message.id in doubtful and message.is_urgent)
    assert {message.id for message in messages if message.status in TOLD} <= {our_id for our_id, _ in taken}


# --- tests ----------------------------------------------------------------------------------


def expected_story(sending: Sending) -> dict[str, list[list[tuple[str, str]]]]:
    """What becomes of a batch when nobody is killed."""
    kills, sending.wanted = sending.wanted, 0
    sending.customers_come()
    sending.until_done()
    sending.wanted = kills
    story = sending.story()
    assert all(any(("told" in message) for message in order) for orders in story.values() for order in orders), story
    return story


def kill_and_check(sending: Sending) -> None:
    """Batch after batch of customers, until there were kills enough; each is told as if there had been none."""
    expected = expected_story(sending)
    while sending.made < sending.wanted:
        sending.customers_come()
        sending.until_done()
        assert sending.story() == expected
        check_nothing_twice(sending)
        check_everybody_was_told(sending)


def test_money_in_doubt_is_not_told_by_the_next_message(database: Database, tmp_path: Path) -> None:
    """Two days late, two messages; whoever handed over the first has died, and the provider does not show it yet."""
    sending = Sending(World(database), 0, tmp_path / "taken")
    sending.orders = {"overdue": [sending.customers.overdue(sending.now, 2)]}
    assert sending.run(Death(1, is_taken=True), after=None)
    sending.until_done()
    assert len(sending.taken()) == 1
    check_everybody_was_told(sending)


@pytest.mark.kill
def test_killed_while_sending_to_the_sandbox(database: Database, kills: int) -> None:
    kill_and_check(Sending(World(database), kills))


@pytest.mark.kill
def test_killed_while_sending_to_a_provider_that_can_be_asked(database: Database, kills: int, tmp_path: Path) -> None:
    kill_and_check(Sending(World(database), kills, tmp_path / "taken"))


@pytest.mark.kill
def test_killed_while_sending_to_a_provider_that_cannot_be_asked(
    database: Database, kills: int, tmp_path: Path
) -> None:
    sending = Sending(World(database), kills, tmp_path / "taken", can_be_asked=False, receipts_for=3)
    while sending.made < kills:
        sending.customers_come()
        sending.until_done()
        check_nothing_twice(sending)
        check_doubt_ends(sending)
    with database.read_session() as session:
        outcomes = set(session.scalars(select(SendAttempt.outcome)))
    assert {"accepted", "process_died"} <= outcomes
