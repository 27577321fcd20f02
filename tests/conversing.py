"""Conversations as text: what is set up, what customers send, what they read, and what is true then.

A transcript is played through the real pipeline (stored, carried out by a worker, sent to
the sandbox) and written down again as it went; the test compares the two.

    -- 2026-11-24 09:00      it is this local time; what became due on the way was done when it was due
    * accepted               something happens (see `_Play`, the methods `do_...`)
    < 2                      the customer sends this
    wife < 8                 somebody else does
    > [Operator] ...         what the customer reads then (`wife > ...`)
    > (24 08:31) [Oper...    what the customer read on the way: day of the month, time
    = visit: scheduled       something that is true (see `_Play`, the methods `see_...`)
    # a remark
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.clocks import FixedClock
from dispatch.db import Database
from dispatch.models import (
    Absence,
    Case,
    Contact,
    ContactAttempt,
    Conversation,
    DueWork,
    Eta,
    Event,
    EventSequence,
    InboundMessage,
    Message,
    Order,
    Promise,
    Rating,
    ReaderCursor,
    SandboxMessage,
    SlotOffer,
    Stop,
    Technician,
    Visit,
)
from dispatch.rules import events as e
from dispatch.rules.lifecycles import CaseStatus, MessageStatus, OrderStatus, SlotOfferStatus, VisitStatus
from dispatch.rules.vocabulary import (
    Band,
    CaseKind,
    Channel,
    ContactRole,
    DisruptionKind,
    OrderKind,
    PauseCause,
    Priority,
    PromiseKind,
    ProofKind,
)
from dispatch.services.cancel_visit import cancel_visit
from dispatch.services.choose_both import choose_both
from dispatch.services.open_case import open_case
from dispatch.services.pause_clock import pause_clock
from dispatch.services.record import record
from dispatch.services.report_disruption import REPAIR_DAY, report_disruption
from dispatch.services.request_plan import PLAN_TERRITORY
from dispatch.services.request_visits import request_visits
from dispatch.services.settle_repair import SETTLE_REPAIR
from dispatch.services.take_order import NewContact, NewOrder, take_order
from dispatch.settings import Settings
from notifications.inbound import ANSWER_INBOUND, take_inbound
from notifications.want_message import SEND_MESSAGE
from tests.booking import LADDER, BookingDay
from tests.planning import SolvesHere
from tests.world import World
from web.worker import Worker

BEGUN = "2026-11-23 17:30"
CUSTOMER = "customer"
HANDSETS = {
    CUSTOMER: "+8613900000001",
    "wife": "+8613900000002",
    "son": "+8613900000003",
    "stranger": "+8613900000009",
    "office": "+862584400000",
    "other": "+8613900000099",
}
#: the clocks of the operators of the presets
OPERATORS = {"jiangsu": "Asia/Shanghai", "ofcom": "Europe/London"}
SECRET = "the secret of the transcripts"


def play(text: str, database: Database, watch: Callable[[Session, int, datetime], None] | None = None) -> str:
    """The transcript as it really goes; after each line `watch` may look at the order (by its id, 0: none yet)."""
    operator = next((line.split()[2] for line in text.splitlines() if line.startswith("* operator ")), "jiangsu")
    playing = _Play.begin(database, operator, is_premium="* premium" in text)
    for line in text.splitlines():
        playing.line(line)
        if watch is not None and line[:1] not in ("", "#", ">", "="):
            with database.read_session() as session:
                watch(session, playing.order_id, playing.now)
    playing.flush()
    assert playing.worker.failures() == []
    return "\n".join(playing.written) + "\n"


@dataclass
class _Play:
    """One conversation under way; methods `do_...` follow a `*`, `see_...` a `=`."""

    day: BookingDay
    worker: Worker
    written: list[str] = field(default_factory=list)
    order_id: int = 0
    visit_id: int = 0
    technician_id: int = 0
    read: int = 0
    sent: int = 0
    is_away: bool = False
    is_unanswering: bool = False
    last: dict[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, database: Database, operator: str, *, is_premium: bool) -> _Play:
        premium_from_on = date(2026, 1, 1) if is_premium else None
        world = World(database, preset=operator, time_zone=OPERATORS[operator], premium_from_on=premium_from_on)
        day = BookingDay(world, world.at(BEGUN), machine=datetime(2030, 1, 1, 9, 30, tzinfo=UTC))
        url = database.url.render_as_string(hide_password=False)
        settings = Settings(database_url=url, secret_key=SECRET)  # type: ignore[arg-type]
        machine = FixedClock(day.machine)
        return cls(day, Worker(database, settings, now=day.now, machine=machine, pool=SolvesHere()))

    @property
    def world(self) -> World:
        return self.day.world

    @property
    def now(self) -> datetime:
        return self.day.now

    # --- lines ----------------------------------------------------------------------------

    def line(self, line: str) -> None:
        """Play one line and write down what it led to; what was read is written anew."""
        who, mark, rest = self._parts(line)
        if mark == ">":
            return
        if mark not in ("#", ""):
            self.flush()
        if mark == "=":
            name, _, about = rest.partition(":")[0].strip().partition(" ")
            line = f"= {rest.partition(':')[0].strip()}: {self._see(name, about)}"
        self.written.append(line.rstrip())
        match mark:
            case "--":
                self._clock(rest)
            case "*":
                verb, _, about = rest.partition(" ")
                getattr(self, f"do_{verb.replace('-', '_')}")(about)
                self._work()
            case "<":
                self._receive(who, rest)
                self._work()

    def _parts(self, line: str) -> tuple[str, str, str]:
        for mark in ("--", "*", "#", "=", "<", ">"):
            if line.startswith(mark):
                return CUSTOMER, mark, line[len(mark) :].strip(" ") if mark != "<" else line[2:]
        who, _, rest = line.partition(" ")
        if who in HANDSETS and rest[:1] in ("<", ">"):
            return who, rest[0], rest[2:]
        assert not line.strip(), line
        return CUSTOMER, "", ""

    def flush(self) -> None:
        """Write down what was read since, before the blank lines at the end."""
        names = {handset: name for name, handset in HANDSETS.items()}
        with self.world.database.read_session() as session:
            statement = select(SandboxMessage, Message.sent_at).join(Message, Message.id == SandboxMessage.our_id)
            # those of one instant go out side by side, whichever ends first
            statement = statement.where(SandboxMessage.id > self.read).order_by(Message.sent_at, Message.id)
            rows = list(session.execute(statement))
        lines = []
        for row, sent_at in rows:
            self.read = max(self.read, row.id)
            who = "" if names[row.handset] == CUSTOMER else f"{names[row.handset]} "
            read_at = (sent_at or self.now).astimezone(self.world.zone)
            when = "" if read_at == self.now else f"({read_at:%d %H:%M}) "
            lines.append(f"{who}> {when}{row.text}")
        place = len(self.written)
        while place and not self.written[place - 1]:
            place -= 1
        self.written[place:place] = lines

    def _clock(self, text: str) -> None:
        """Time passes on both clocks, and what becomes due on the way is done when it is due."""
        end = self.world.at(text)
        assert end >= self.now, text
        while not self.is_away and (due_at := self._next_due(end)) is not None:
            self._pass(due_at)
            self._work()
        self._pass(end)
        self._work()

    def _next_due(self, end: datetime) -> datetime | None:
        with self.world.database.read_session() as session:
            ahead = (DueWork.due_at > self.now, DueWork.due_at < end, DueWork.parked_at.is_(None))
            return session.scalar(select(func.min(DueWork.due_at)).where(*ahead))

    def _pass(self, to: datetime) -> None:
        passed = to - self.now
        self.day.later(business=passed, machine=passed)
        self.worker.now, self.worker.machine = self.now, FixedClock(self.day.machine)
        self.worker._delivery = replace(self.worker._delivery, machine=self.worker.machine)

    def _work(self) -> None:
        moved = not self.is_away
        while moved:
            moved = bool(sum(tick() for tick in self._ticks()))

    def _ticks(self) -> list[Callable[[], int]]:
        """The worker's ticks that have something to do: a look is cheaper than a round of empty ones."""
        worker, machine_now = self.worker, self.day.machine
        with self.world.database.read_session() as session:
            due = (DueWork.due_at <= self.now, DueWork.parked_at.is_(None))
            free = DueWork.leased_until.is_(None) | (DueWork.leased_until <= machine_now)
            kinds = set(session.scalars(select(DueWork.kind).where(*due, free).distinct()))
            newest, behind = session.get_one(EventSequence, 1).last_position, func.min(ReaderCursor.position)
            is_new = session.scalars(select(Event.id).where(Event.position.is_(None)).limit(1)).first() is not None
            is_behind = is_new or (session.scalar(select(behind)) or 0) < newest
            live = SlotOffer.status.in_((SlotOfferStatus.SHOWN, SlotOfferStatus.HELD))
            is_over = session.scalars(select(SlotOffer.id).where(live, SlotOffer.expires_at <= machine_now)).first()
        ticks: dict[Callable[[], int], bool] = {
            worker.advance_log: is_behind,
            worker.do_due_work: bool(kinds & set(worker.handlers)),
            worker.answer_customers: ANSWER_INBOUND in kinds and not self.is_unanswering,
            worker.send_messages: SEND_MESSAGE in kinds,
            worker.expire_offers: is_over is not None,
            worker.repair_days: bool(kinds & {REPAIR_DAY, SETTLE_REPAIR}),
            worker.solve_plans: PLAN_TERRITORY in kinds,
        }
        return [tick for tick, has_work in ticks.items() if has_work]

    def _receive(self, who: str, text: str) -> None:
        self.sent += 1
        self.last = {"handset": HANDSETS[who], "text": text.replace("\\n", "\n"), "provider_id": f"in-{self.sent}"}
        self._deliver_inbound()

    def _deliver_inbound(self) -> None:
        self.world.do(lambda s: take_inbound(s, gateway="sandbox", now=self.now, **self.last))

    def _see(self, name: str, about: str) -> str:
        def look(session: Session) -> str:
            return str(getattr(self, f"see_{name.replace('-', '_')}")(session, about))

        with self.world.database.read_session() as session:
            return look(session)

    # --- what happens -----------------------------------------------------------------------

    def do_technician(self, about: str) -> None:
        """`technician 08:00-18:00 2026-11-24 2026-11-25`: somebody who works on these days."""
        hours, *days = about.split()
        self.technician_id = self.day.technician(hours=None, skills=["fibre"])
        for day in days:
            self.day.shift(self.technician_id, hours, day=day)

    def do_order(self, about: str) -> None:
        """`order repair en [of wife] [as emergency]`: an order of the customer, in this language, with its visits."""
        kind, language, *more = about.split()
        options = dict(zip(more[::2], more[1::2], strict=True))
        who = options.get("of", CUSTOMER)

        def take(session: Session) -> tuple[int, int]:
            new = NewOrder(
                kind=OrderKind(kind),
                service="fibre",
                received_at=self.now,
                premises_id=self.world.ids["premises"],
                old_premises_id=self.world.ids["other_premises"] if kind == "move" else None,
                contacts=(NewContact(ContactRole.SUBSCRIBER, "Zhang San", HANDSETS[who], language),),
                channel=Channel.API,
                priority=Priority(options.get("as", "normal")),
                linked_order_id=(self.order_id or None) if kind == "follow_up" else None,
            )
            order = take_order(session, new, now=self.now)
            visits = request_visits(session, order, now=self.now, by="test")
            return order.id, visits[0].id

        self.order_id, self.visit_id = self.world.do(take)

    def do_contact(self, about: str) -> None:
        """`contact on_site wife en`: somebody else belongs to the order."""
        role, who, language = about.split()
        contact = Contact(
            order_id=self.order_id,
            role=ContactRole(role),
            name="Li Si",
            phone=HANDSETS[who],
            language=language,
            is_landline=who == "office",
        )
        self.world.do(lambda s: s.add(contact))

    def do_booked(self, about: str) -> None:
        """`booked 2026-11-24 13:00-15:00`: the visit is booked on the page."""
        day, window = about.split()
        offer = self.day.shown(self.visit_id, window, day=day)
        self.day.hold(offer)
        self.day.book(offer)

    def do_both(self, about: str) -> None:
        """`both 2026-11-24 08:00 13:00`: a time is chosen on the page for both visits of the move at once."""
        day, *clocks = about.split()
        set_up, recover = (self.world.at(f"{day} {clock}") for clock in clocks)
        choose_both(
            self.day.database,
            self.order_id,
            (set_up, recover),
            [date.fromisoformat(day)],
            channel=Channel.PAGE,
            now=self.day.now,
            machine_now=self.day.machine,
            travel=self.day.travel,
        )

    def do_another(self, about: str) -> None:
        """`another 2026-11-24 13:00-15:00 120`: another customer has a window, for so many minutes."""
        day, window, minutes = about.split()
        kept, self.world.ids["premises"] = self.world.ids["premises"], self.world.ids["other_premises"]
        visit = self.day.customer(minutes=int(minutes))
        self.world.ids["premises"] = kept

        def remove(session: Session) -> None:  # a customer without a handset of the transcripts
            order_id = session.get_one(Visit, visit).order_id
            for contact in session.scalars(select(Contact).where(Contact.order_id == order_id)):
                contact.phone = HANDSETS["other"]

        self.world.do(remove)
        offer = self.day.shown(visit, window, day=day)
        self.day.hold(offer)
        self.day.book(offer)
        self.day.pin(visit)

    def do_ill(self, about: str) -> None:
        """`ill 2026-11-25`: the technician is away all day."""
        from_at, until_at = self.world.at(f"{about} 00:00"), self.world.at(f"{about} 23:59")
        absence = Absence(technician_id=self._assigned, from_at=from_at, until_at=until_at, reason="ill")
        self.world.do(lambda s: s.add(absence))

    def do_sent(self, _about: str) -> None:
        self._move(VisitStatus.SENT, e.VisitSent)

    def do_accepted(self, _about: str) -> None:
        self._move(VisitStatus.ACCEPTED, e.VisitAccepted, accepted_at=self.now)

    def do_agreed(self, about: str) -> None:
        """`agreed 2026-11-24 14:00`: by call, on this time; or on another, once one was agreed."""
        time_at = self.world.at(about)

        def agree(session: Session) -> None:
            visit = session.get_one(Visit, self.visit_id)
            visit.appointed_at, visit.agreed_at = time_at, self.now
            if visit.status is VisitStatus.ACCEPTED:
                visit.move_to(VisitStatus.AGREED, at=self.now, by="technician:1")
            fact = e.TimeAgreed(occurred_at=self.now, time_at=time_at, by_customer=False, **self._about)
            record(session, fact, now=self.now)

        self.world.do(agree)

    def do_off(self, _about: str) -> None:
        """The technician sets off."""
        self._move(VisitStatus.EN_ROUTE, e.TechnicianSetOff, set_off_at=self.now)

    def do_arrived(self, _about: str) -> None:
        self._move(VisitStatus.ON_SITE, e.TechnicianArrived, {"report_id": 1}, arrived_at=self.now)

    def do_completed(self, _about: str) -> None:
        """The visit is done and the order with it."""
        self._move(VisitStatus.COMPLETED, e.VisitCompleted, left_at=self.now)

        def fulfil(session: Session) -> None:
            session.get_one(Order, self.order_id).move_to(OrderStatus.FULFILLED, at=self.now, by="technician:1")
            for fact in (e.ServiceSeenWorking, e.OrderFulfilled):
                record(session, fact(occurred_at=self.now, order_id=self.order_id), now=self.now)

        self.world.do(fulfil)

    def do_failed(self, about: str) -> None:
        """`failed missing_part`: the visit is over, and it is not done; another one is asked for."""
        failed = partial(e.VisitNotCompleted, reason=about)
        self._move(VisitStatus.NOT_COMPLETED, failed, left_at=self.now, status_reason=about)
        again = self.world.do(lambda s: _again(s, self.visit_id, self.now))
        self.visit_id = again

    def do_visit(self, about: str) -> None:
        """`visit 2`: what follows is about the order's second visit."""
        where = (Visit.order_id == self.order_id, Visit.number == int(about))
        self.visit_id = self.world.do(lambda s: s.scalars(select(Visit.id).where(*where)).one())

    def do_operator(self, _about: str) -> None:
        """`operator ofcom`: the conversation is one of this preset's operator (see `play`)."""

    def do_premium(self, _about: str) -> None:
        """`premium`: the customer lives where repairs are promised for the same day (see `play`)."""

    def do_cancelled(self, about: str) -> None:
        """`cancelled incident`: we call the visit off."""
        self.world.do(
            lambda s: cancel_visit(s, self.visit_id, reason=about, with_consent=False, now=self.now, by="user:1")
        )

    def do_tried(self, _about: str) -> None:
        """The technician calls, and nobody answers."""
        self.world.do(self._try_contact)

    def do_late(self, about: str) -> None:
        """`late 2026-11-24 16:40 answer 2026-11-24 14:00`: expected then, to be answered until."""
        eta, _, until = about.partition(" answer ")

        def predict(session: Session) -> None:
            technician = self._assigned_in(session)
            row = session.get(Eta, self.visit_id) or Eta(visit_id=self.visit_id)
            row.arrive_at, row.computed_at = self.world.at(eta), self.now
            session.merge(row)
            fact = e.ArrivalEndangered(
                occurred_at=self.now,
                technician_id=technician,
                expected_at=self.world.at(eta),
                answer_by_at=self.world.at(until),
                **self._about,
            )
            record(session, fact, now=self.now)

        self.world.do(predict)

    def do_held_up(self, about: str) -> None:
        """`held-up 2026-11-24 16:20`: the technician is with the customer before, and says how long it takes."""

        def hold_up(session: Session) -> None:
            own = session.scalars(select(Stop).where(Stop.visit_id == self.visit_id)).one()
            before = next(stop.visit for stop in own.route.stops if stop.position == own.position - 1)
            ladder = LADDER[VisitStatus.ON_SITE]
            been = ladder[: ladder.index(before.status) + 1] if before.status in ladder else ()
            for status in ladder:
                if status not in been:
                    before.move_to(status, at=self.now, by="technician:1")
            before.set_off_at = before.arrived_at = self.now
            about_before = {"order_id": before.order_id, "visit_id": before.id}
            who = own.route.technician_id
            arrived = e.TechnicianArrived(occurred_at=self.now, technician_id=who, report_id=1, **about_before)
            record(session, arrived, now=self.now)
            report_disruption(
                session,
                DisruptionKind.OVERRUN,
                territory_id=before.territory_id,
                technician_id=who,
                visit_id=before.id,
                until_at=self.world.at(about),
                occurred_at=self.now,
                now=self.now,
                by="technician:1",
            )

        self.world.do(hold_up)

    def do_paused(self, about: str) -> None:
        """`paused customer_request`: the clock stands, with a call record as proof."""

        def pause(session: Session) -> None:
            pause_clock(
                session,
                session.get_one(Order, self.order_id),
                cause=PauseCause(about),
                proof_kind=ProofKind.CALL_RECORD,
                proof_id=77,
                since=self.now,
                now=self.now,
            )

        self.world.do(pause)

    def do_case(self, about: str) -> None:
        """`case complaint`: opened by staff, about the order."""
        self.world.do(
            lambda s: open_case(
                s, CaseKind(about), channel=Channel.CONSOLE, next_step="call_back", order_id=self.order_id, now=self.now
            )
        )

    def do_resolved(self, _about: str) -> None:
        """The newest case is answered for good."""

        def resolve(session: Session) -> None:
            case = session.scalars(select(Case).order_by(Case.id.desc())).first()
            assert case is not None
            case.move_to(CaseStatus.RESOLVED, at=self.now, by="user:1")
            fact = e.CaseResolved(occurred_at=self.now, case_id=case.id, order_id=case.order_id, user_id=case.owner_id)
            record(session, fact, now=self.now)

        self.world.do(resolve)

    def do_called(self, _about: str) -> None:
        """The owner of the newest case makes the promised call."""

        def call(session: Session) -> None:
            case = session.scalars(select(Case).order_by(Case.id.desc())).first()
            assert case is not None
            fact = e.CallbackMade(occurred_at=self.now, case_id=case.id, order_id=case.order_id, user_id=case.owner_id)
            record(session, fact, now=self.now)

        self.world.do(call)

    def do_again(self, _about: str) -> None:
        """The provider passes the last message on once more, under the same id."""
        self._deliver_inbound()

    def do_away(self, _about: str) -> None:
        """No worker runs."""
        self.is_away = True

    def do_back(self, _about: str) -> None:
        """A worker runs again."""
        self.is_away = False

    def do_unanswering(self, _about: str) -> None:
        """Workers do everything but carry out what customers have written."""
        self.is_unanswering = True

    def do_answering(self, _about: str) -> None:
        """Workers do everything again."""
        self.is_unanswering = False

    def do_first(self, _about: str) -> None:
        """What follows is about the customer's first order."""
        self._turn_to(func.min)

    def do_newest(self, _about: str) -> None:
        """What follows is about the newest order."""
        self._turn_to(func.max)

    # --- what is true -----------------------------------------------------------------------

    def see_visit(self, session: Session, _about: str) -> str:
        visit = session.get_one(Visit, self.visit_id)
        return f"{visit.status} {self._window(visit.booked_from_at, visit.booked_until_at)}".strip()

    def see_visits(self, session: Session, _about: str) -> str:
        statement = select(Visit).where(Visit.order_id == self.order_id).order_by(Visit.number)
        return ", ".join(f"{visit.number} {visit.purpose} {visit.status}" for visit in session.scalars(statement))

    def see_orders(self, session: Session, _about: str) -> str:
        statement = select(Order).join(Contact).where(Contact.phone != HANDSETS["other"]).distinct().order_by(Order.id)
        return ", ".join(f"{o.number} {o.kind} {o.status} {o.priority}" for o in session.scalars(statement)) or "none"

    def see_cases(self, session: Session, _about: str) -> str:
        rows = session.scalars(select(Case).order_by(Case.id))
        told = (f"{c.number} {c.kind} {c.status} {c.next_step} {c.contacts} contacts" for c in rows)
        return ", ".join(told) or "none"

    def see_said(self, session: Session, about: str) -> str:
        """What stands in a case."""
        case = session.scalars(select(Case).where(Case.number == about)).one()
        return " | ".join(remark.text for remark in case.remarks)

    def see_calls(self, session: Session, _about: str) -> str:
        """The promised calls."""
        statement = select(Promise).where(Promise.kind == PromiseKind.CALLBACK).order_by(Promise.id)
        promises = session.scalars(statement)
        return ", ".join(f"{self.world.local(p.due_at)} {p.status}" for p in promises) or "none"

    def see_rating(self, session: Session, _about: str) -> str:
        rating = session.scalars(select(Rating).where(Rating.visit_id == self.visit_id)).first()
        return "none" if rating is None else f"{rating.score} {'fixed' if rating.is_fixed else 'not fixed'}"

    def see_handset(self, session: Session, about: str) -> str:
        statement = select(Conversation).where(Conversation.handset == HANDSETS[about or CUSTOMER])
        conversation = session.scalars(statement).one()
        return "opted out" if conversation.opted_out_at is not None else f"asked {conversation.open_question}"

    def see_facts(self, session: Session, about: str) -> int:
        """How often a fact was recorded."""
        return session.scalar(select(func.count()).select_from(Event).where(Event.kind == about)) or 0

    def see_meant(self, session: Session, _about: str) -> str:
        """What was made of the last message."""
        row = session.scalars(select(InboundMessage).order_by(InboundMessage.id.desc())).first()
        return "nothing" if row is None else f"{row.meaning}"

    def see_unsent(self, session: Session, _about: str) -> str:
        """Messages that were not sent, and why."""
        ended = (MessageStatus.SUPPRESSED, MessageStatus.EXPIRED, MessageStatus.SUPERSEDED)
        rows = session.scalars(select(Message).where(Message.status.in_(ended)).order_by(Message.id))
        return ", ".join(f"{row.kind} {row.status} {row.status_reason}" for row in rows) or "none"

    def see_people(self, session: Session, _about: str) -> str:
        names = {handset: name for name, handset in HANDSETS.items()}
        statement = select(Contact).where(Contact.order_id == self.order_id).order_by(Contact.id)
        return ", ".join(f"{row.role} {names.get(row.phone, row.phone)}" for row in session.scalars(statement))

    # --- how --------------------------------------------------------------------------------

    @property
    def _about(self) -> dict[str, int]:
        return {"order_id": self.order_id, "visit_id": self.visit_id}

    @property
    def _assigned(self) -> int:
        with self.world.database.read_session() as session:
            return self._assigned_in(session)

    def _assigned_in(self, session: Session) -> int:
        stop = session.scalars(select(Stop).where(Stop.visit_id == self.visit_id)).first()
        return self.technician_id if stop is None else stop.route.technician_id

    def _move(
        self, status: VisitStatus, fact: Callable[..., e.Fact], also: dict[str, Any] | None = None, **columns: Any
    ) -> None:
        def move(session: Session) -> None:
            visit = session.get_one(Visit, self.visit_id)
            visit.move_to(status, at=self.now, by="technician:1", reason=columns.pop("status_reason", None))
            for name, value in columns.items():
                setattr(visit, name, value)
            technician = session.get_one(Technician, self._assigned_in(session))
            made = fact(occurred_at=self.now, technician_id=technician.id, **self._about, **(also or {}))
            record(session, made, now=self.now)

        self.world.do(move)

    def _try_contact(self, session: Session) -> None:
        contact = session.scalars(select(Contact).where(Contact.order_id == self.order_id)).first()
        assert contact is not None
        attempt = ContactAttempt(
            visit_id=self.visit_id,
            contact_id=contact.id,
            technician_id=self._assigned_in(session),
            channel=Channel.VOICE,
            tried_at=self.now,
            band=Band.MORNING,
            reached=False,
        )
        session.add(attempt)
        session.flush()
        fact = e.ContactTried(
            occurred_at=self.now, attempt_id=attempt.id, band=attempt.band, reached=False, **self._about
        )
        record(session, fact, now=self.now)

    def _turn_to(self, which: Callable[..., Any]) -> None:
        def turn(session: Session) -> tuple[int, int]:
            numbers = select(which(Order.id)).where(Order.id.in_(select(Contact.order_id).where(_of_customers)))
            order_id = session.scalars(numbers).one()
            visit_id = session.scalars(select(func.min(Visit.id)).where(Visit.order_id == order_id)).one()
            return order_id, visit_id

        self.order_id, self.visit_id = self.world.do(turn)

    def _window(self, from_at: datetime | None, until_at: datetime | None) -> str:
        if from_at is None or until_at is None:
            return ""
        zone = self.world.zone
        return f"{from_at.astimezone(zone):%m-%d %H:%M}-{until_at.astimezone(zone):%H:%M}"


def _again(session: Session, visit_id: int, now: datetime) -> int:
    """Another visit for the same thing."""
    before = session.get_one(Visit, visit_id)
    visit = Visit(
        at=now,
        by="test",
        order_id=before.order_id,
        number=before.number + 10,
        purpose=before.purpose,
        premises_id=before.premises_id,
        territory_id=before.territory_id,
        duration_s=before.duration_s,
    )
    session.add(visit)
    session.flush()
    return visit.id


_of_customers = Contact.phone.in_(list(HANDSETS.values()))
