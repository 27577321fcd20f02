"""What customers would be told, in the words of the tests: facts in, queued messages and their content out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.links import Secret
from dispatch.models import Contact, ContactAttempt, Event, Message, Order, Route, Stop, Technician, Visit
from dispatch.rules import events as e
from dispatch.rules.lifecycles import MessageStatus, VisitStatus
from dispatch.rules.vocabulary import Channel, ContactRole, OrderKind
from dispatch.services.follow_log import add_reader, follow_log
from dispatch.services.record import record
from dispatch.services.sequence_events import sequence_events
from notifications.after_telling import on_accepted
from notifications.composing import COMPOSERS, Content, NotTrue, Telling
from notifications.rendering import render
from notifications.subscriptions import SAYING_READER
from tests.world import World

SECRET = Secret(b"a secret of the tests, long enough")
DAY = "2026-11-24"
#: how a visit comes to a status
_LADDER = (
    VisitStatus.BOOKED,
    VisitStatus.SCHEDULED,
    VisitStatus.SENT,
    VisitStatus.ACCEPTED,
    VisitStatus.EN_ROUTE,
    VisitStatus.ON_SITE,
)


@dataclass
class Saying:
    """A world with one order of one subscriber, and one visit, planned for noon of the day it was received."""

    world: World
    order: int
    visit: int
    text: str = ""

    @classmethod
    def begin(
        cls, world: World, kind: OrderKind = OrderKind.REPAIR, received: str = f"{DAY} 09:12", **order: Any
    ) -> Saying:
        """The order is received, and its visit asked for."""
        order_id = world.order(kind, received, **order)
        return cls(world, order_id, world.visit(order_id))

    @property
    def about(self) -> dict[str, Any]:
        """The ids of a fact about the visit."""
        return {"order_id": self.order, "visit_id": self.visit}

    @property
    def by_technician(self) -> dict[str, Any]:
        """The ids of a fact about the visit that the technician reports."""
        return {**self.about, "technician_id": self.world.ids["technician"]}

    # --- what happens -------------------------------------------------------------------

    def book(self, window: tuple[str, str], at: str, *, day: str = DAY) -> None:
        """The customer books a window, and the visit is scheduled in it."""
        from_at, until_at = (self.world.at(f"{day} {clock}") for clock in window)

        def write(session: Session) -> None:
            visit = session.get_one(Visit, self.visit)
            visit.booked_from_at, visit.booked_until_at = from_at, until_at
            for status in (VisitStatus.BOOKED, VisitStatus.SCHEDULED):
                if visit.status is VisitStatus.REQUESTED or visit.status is VisitStatus.BOOKED:
                    visit.move_to(status, at=self.world.at(at), by="test")
            session.flush()
            known: dict[str, Any] = {**self.about, "occurred_at": self.world.at(at)}
            record(
                session,
                e.VisitBooked(**known, from_at=from_at, until_at=until_at, by_customer=True),
                now=self.world.at(at),
            )

        self.world.do(write)

    def reach(self, status: VisitStatus, at: str, **columns: Any) -> None:
        """The visit comes to a status on `_LADDER`, and has these columns."""

        def write(session: Session) -> None:
            visit = session.get_one(Visit, self.visit)
            begun = _LADDER.index(visit.status) + 1 if visit.status in _LADDER else 0
            for step in _LADDER[begun : _LADDER.index(status) + 1]:
                visit.move_to(step, at=self.world.at(at), by="technician:1")
            for name, value in columns.items():
                setattr(visit, name, value)

        self.world.do(write)

    def end(self, status: VisitStatus, at: str, reason: str | None = None) -> None:
        """The visit moves to its end."""
        self.world.do(
            lambda s: s.get_one(Visit, self.visit).move_to(status, at=self.world.at(at), by="test", reason=reason)
        )

    def end_order(self, *statuses: str, at: str, reason: str = "no_port") -> None:
        """The order moves through these statuses."""

        def write(session: Session) -> None:
            order = session.get_one(Order, self.order)
            for status in statuses:
                order.move_to(type(order.status)(status), at=self.world.at(at), by="test", reason=reason)

        self.world.do(write)

    def try_contact(self, at: str, *, reached: bool = False) -> int:
        """The technician calls; the attempt's id."""

        def write(session: Session) -> int:
            contact = session.scalars(select(Contact).where(Contact.order_id == self.order)).first()
            attempt = ContactAttempt(
                visit_id=self.visit,
                contact_id=contact.id if contact else 0,
                technician_id=self.world.ids["technician"],
                channel=Channel.VOICE,
                tried_at=self.world.at(at),
                reached=reached,
            )
            session.add(attempt)
            session.flush()
            fact = e.ContactTried(
                occurred_at=self.world.at(at), **self.about, attempt_id=attempt.id, band=None, reached=reached
            )
            record(session, fact, now=self.world.at(at))
            return attempt.id

        return self.world.do(write)

    def reassign(self) -> int:
        """Somebody else goes to the visit; who."""

        def write(session: Session) -> int:
            other = Technician(
                badge="0833", name="Li Min", phone="+8613800000009", territory_id=self.world.ids["territory"]
            )
            session.add(other)
            session.flush()
            stop = session.scalars(select(Stop).where(Stop.visit_id == self.visit)).one()
            session.get_one(Route, stop.route_id).technician_id = other.id
            return other.id

        return self.world.do(write)

    def person(self, role: ContactRole, phone: str, language: str = "en") -> None:
        """The order has another contact."""
        self.world.do(
            lambda s: s.add(Contact(order_id=self.order, role=role, name="Li Si", phone=phone, language=language))
        )

    def work(self, until: str) -> None:
        """Let a worker do what is due at local time `until`, but send nothing."""
        worker = self.world.worker(until)
        while worker.advance_log() + worker.do_due_work():
            pass
        self.read(until)

    # --- what is said -------------------------------------------------------------------

    def read(self, at: str) -> None:
        """Let the reader follow the log to its end at local time `at`."""
        self.world.do(sequence_events)
        self.world.do(lambda s: add_reader(s, SAYING_READER))
        while self.world.do(lambda s: follow_log(s, SAYING_READER, now=self.world.at(at))):
            pass

    def wanted(self, *kinds: str) -> list[str]:
        """The kinds of the messages wanted so far, in order; only `kinds`, if any are named."""
        with self.world.database.read_session() as session:
            found = session.scalars(select(Message.kind).order_by(Message.id)).all()
        return [kind for kind in found if not kinds or kind in kinds]

    def message(self, kind: str) -> Message:
        """The latest message of a kind."""
        with self.world.database.read_session() as session:
            return _latest(session, kind)

    def handset(self, kind: str) -> str:
        """Who gets the latest message of a kind."""
        with self.world.database.read_session() as session:
            return _latest(session, kind).conversation.handset

    def says(self, kind: str, at: str, **params: Any) -> Content | NotTrue:
        """What the latest message of a kind would say at local time `at`; `text` is how it reads."""
        return self.world.do(lambda s: self._compose(s, kind, self.world.at(at), params)[1])

    def values(self, kind: str, at: str, **params: Any) -> dict[str, Any]:
        """The template of what it says, and its values, times as the operator's clock shows them."""
        said = self.says(kind, at, **params)
        assert isinstance(said, Content), said
        return {"template": said.template} | {name: self._plain(value) for name, value in said.values.items()}

    def why_not(self, kind: str, at: str) -> str:
        """Why nothing is said."""
        said = self.says(kind, at)
        assert isinstance(said, NotTrue), said
        return said.reason

    def tell(self, kind: str, at: str) -> None:
        """The message goes out, and the provider takes it."""
        now = self.world.at(at)

        def send(session: Session) -> None:
            message, said = self._compose(session, kind, now, {})
            assert isinstance(said, Content), said
            message.template, message.sent_at = said.template, now
            message.move_to(MessageStatus.SENDING, at=now, by="test")
            message.move_to(MessageStatus.ACCEPTED, at=now, by="test")
            session.flush()
            on_accepted(session, message, now)

        self.world.do(send)

    def _compose(
        self, session: Session, kind: str, now: datetime, params: dict[str, Any]
    ) -> tuple[Message, Content | NotTrue]:
        message = _latest(session, kind)
        message.params = {**message.params, **params}
        said = COMPOSERS[kind](Telling(session, message, now, SECRET))
        if isinstance(said, Content):
            rendered = render(
                said.template,
                said.values,
                language=message.language,
                signature="Punctual",
                zone=self.world.zone,
                now=now,
            )
            self.text = rendered.text
        return message, said

    def _plain(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return self.world.local(value)
        if hasattr(value, "from_at"):
            return self.world.local(value.from_at), self.world.local(value.until_at)
        return value

    def personal(self) -> list[str]:
        """What is personal in the parameters of messages or in the log."""
        with self.world.database.read_session() as session:
            people = [(c.name, c.phone) for c in session.scalars(select(Contact))]
            people += [(t.name, t.phone) for t in session.scalars(select(Technician))]
            kept = [str(m.params) + m.occasion + m.dedupe_key for m in session.scalars(select(Message))]
            kept += [str(event.payload) for event in session.scalars(select(Event))]
        return [word for word in _words(people) if any(word in text for text in kept)]


def _words(people: Sequence[tuple[str, str]]) -> set[str]:
    return {word for pair in people for word in pair if word}


def _latest(session: Session, kind: str) -> Message:
    found = session.scalars(select(Message).where(Message.kind == kind).order_by(Message.id.desc())).first()
    assert found is not None, f"no {kind} wanted"
    return found
