"""Customers: they order, choose times, read their handsets and answer, or do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import InboundMessage, Message, Order, SandboxMessage, Visit
from dispatch.rules.events import OrderReceived
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.rules.vocabulary import Channel, ContactRole, OrderKind, Priority
from dispatch.services.book_visit import book_visit
from dispatch.services.choose_slot import choose_slot
from dispatch.services.offer_slots import offer_slots
from dispatch.services.request_visits import request_visits
from dispatch.services.take_order import NewContact, NewOrder, take_order
from notifications.inbound import take_inbound
from notifications.sandbox_gateway import SandboxGateway
from web.city.agenda import Key
from web.city.chances import Chances
from web.city.crew import GIVEN_NAMES, SURNAMES
from web.city.demand import Wish, wishes
from web.city.found_city import find_home
from web.city.places import AREAS
from web.city.surroundings import HandsetMessage, News, Surroundings

GRUMBLE = "又变来变去,太慢了,我要投诉"
WITHDRAW = "不要了"
PHONE = "phone"
THANKS = "谢谢"
#: nobody answers at night
AWAKE = ("07:30", "22:30")
#: handsets are read again after a restart for so long
LOOKED_BACK = timedelta(hours=24)
#: customers look for a time on so many days
DAYS_AHEAD = 3
#: texts that choose: a digit beyond what is on offer becomes the last one
_CHOOSE = frozenset("123")


@dataclass(frozen=True)
class Habit:
    """What customers answer to messages whose template begins so: texts in per cent, and after how many minutes."""

    template: str
    answers: Mapping[str, float]
    minutes: float = 12.0


HABITS = (
    Habit("contact_missed_over", {"1": 10.0}),
    Habit("contact_missed", {"1": 45.0, "2": 10.0, "3": 5.0}),
    Habit("contact_given_up", {"1": 30.0, "2": 22.0, "3": 12.0, "6": 5.0}, 45.0),
    Habit("nobody_home", {"1": 40.0, "2": 22.0, "3": 10.0, "8": 3.0}, 20.0),
    Habit("slots_offered", {"1": 45.0, "2": 28.0, "3": 14.0}, 5.0),
    Habit("slot_taken", {"1": 60.0, "2": 25.0}, 4.0),
    Habit("visit_completed", {"5": 38.0, "4": 12.0, "3": 4.0, "2": 2.0, "1": 1.0, "9": 1.5}, 25.0),
    Habit("visit_late", {"1": 40.0, "2": 9.0, GRUMBLE: 5.0, "8": 2.0}, 6.0),
    Habit("visit_changed", {"2": 5.0, "1": 4.0, GRUMBLE: 2.0}),
    Habit("visit_replanned", {"1": 8.0, GRUMBLE: 4.0}),
    Habit("visit_announced", {"2": 3.0, "1": 3.0}, 30.0),
    Habit("visit_booked", {"2": 1.0, "1": 2.0}, 60.0),
    Habit("visit_not_completed", {"8": 6.0, GRUMBLE: 5.0}),
    Habit("time_agreed", {"2": 2.0, "1": 2.0}, 40.0),
    Habit("clock_paused", {"6": 6.0}, 40.0),
    Habit("promise_broken", {GRUMBLE: 10.0, "8": 5.0}, 20.0),
    Habit("compensation_told", {THANKS: 15.0}, 40.0),
    Habit("order_received", {"1": 2.0, WITHDRAW: 1.5}, 90.0),
    Habit("order_fulfilled", {"9": 1.5}, 600.0),
    Habit("withdrawal_asked", {"1": 85.0, "2": 10.0}, 3.0),
    Habit("withdrawal_received", {"1": 12.0}, 200.0),
    Habit("which_order", {"1": 70.0, "2": 20.0}, 3.0),
    Habit("substitute_asked", {PHONE: 80.0}, 5.0),
    Habit("status_", {"2": 4.0}, 20.0),
)


@dataclass
class Townspeople:
    """All customers of the city."""

    around: Surroundings
    keys: frozenset[str] = frozenset({"day", "wish", "book", "answer"})
    _wishes: dict[str, Wish] = field(default_factory=dict)

    # --- intentions -----------------------------------------------------------------------

    def wake(self, session: Session, now: datetime) -> None:
        """Today's wishes that nobody has told us yet, bookings that were put off, messages not answered."""
        today = self.around.day_of(now)
        told = set(session.scalars(select(Order.external_id).where(Order.external_id.like(f"city-{today:%Y%m%d}%"))))
        self._plan_wishes(now, besides=told)
        lately = now - LOOKED_BACK
        waiting = (
            select(Visit.order_id)
            .join(Order, Order.id == Visit.order_id)
            .where(Visit.status == VisitStatus.REQUESTED, Order.status == OrderStatus.OPEN, Order.received_at > lately)
        )
        for order_id in session.scalars(waiting.distinct()):
            self._mean_to_book(order_id, now)
        answers = select(InboundMessage.provider_id).where(InboundMessage.received_at > lately)
        answered = set(session.scalars(answers))
        unread = (
            select(*_MESSAGE)
            .join(Message, Message.id == SandboxMessage.our_id)
            .where(Message.sent_at > lately)
            .order_by(SandboxMessage.id)
        )
        received = [HandsetMessage(*row) for row in session.execute(unread)]
        rows = [message for message in received if _provider_id(message.id) not in answered]
        self.hear(session, News(messages=rows), now)

    def hear(self, _session: Session, news: News, now: datetime) -> None:
        """New orders look for a time; messages are read, and sometimes answered."""
        for event in news.events:
            if event.kind == OrderReceived.kind and event.order_id is not None:
                self._mean_to_book(event.order_id, event.recorded_at)
        for message in news.messages:
            answer = self._answer_to(message.id, message.template)
            if answer is not None:
                at = (message.sent_at or now) + self._chances.around(answer[1], "answers", message.id)
                self.around.agenda.put(("answer", message.id), self._awake(at))

    def act(self, key: Key, now: datetime) -> None:
        """Order, book or answer."""
        match key:
            case ("day", _):
                self._plan_wishes(now, besides=())
            case ("wish", str(name)):
                self._order(self._wishes[name], now)
                del self._wishes[name]
            case ("book", int(order_id)):
                self._book(order_id, now)
            case ("answer", int(message_id)):
                self._answer(message_id, now)

    def give_up(self, key: Key, now: datetime) -> None:
        """Try again in a while."""
        self.around.agenda.keep(key, now + timedelta(minutes=10))

    @property
    def _chances(self) -> Chances:
        return self.around.chances

    def _awake(self, at: datetime) -> datetime:
        """Not at night."""
        day_on = self.around.day_of(at)
        opens, closes = (self.around.local(day_on, clock) for clock in AWAKE)
        if at < opens:
            return opens + (at - at.replace(minute=0, second=0, microsecond=0))
        return at if at <= closes else self.around.local(day_on + timedelta(days=1), AWAKE[0])

    # --- ordering ---------------------------------------------------------------------------

    def _plan_wishes(self, now: datetime, besides: set[str | None] | tuple[str, ...]) -> None:
        """What today brings from now on, and that tomorrow is another day."""
        today = self.around.day_of(now)
        for wish in wishes(today, self.around.zone, self.around.size, self._chances):
            if wish.at >= now and wish.key not in besides:
                self._wishes[wish.key] = wish
                self.around.agenda.put(("wish", wish.key), wish.at)
        tomorrow = today + timedelta(days=1)
        self.around.agenda.put(("day", tomorrow.isoformat()), self.around.local(tomorrow, "00:00"))

    def _order(self, wish: Wish, now: datetime) -> None:
        self.around.do(lambda session: take_wish(session, self.around, wish, now=now))

    # --- choosing a time ----------------------------------------------------------------------

    def _mean_to_book(self, order_id: int, received_at: datetime) -> None:
        """Most choose a time at once; to some, and to emergencies, one is given."""
        if self._chances.happens(0.8, "books", order_id):
            self.around.agenda.put(("book", order_id), received_at + self._chances.between(1, 6, "books at", order_id))

    def _book(self, order_id: int, now: datetime) -> None:
        """Look at the windows on offer for every visit still without one, and take one."""
        for visit_id, channel in self.around.see(lambda session: _without_window(session, order_id)):
            today = self.around.day_of(now)
            shown = offer_slots(
                self.around.database,
                visit_id,
                [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)],
                channel=channel,
                now=now,
                machine_now=self.around.machine.now(),
                travel=self.around.travel,
            )
            offers = shown.in_order_of_time()
            if not offers:
                continue
            wanted = min(self._chances.of("window", visit_id).choice((0, 0, 0, 1, 1, 2, 3)), len(offers) - 1)
            choice = choose_slot(
                self.around.database,
                offers[wanted].id,
                days=[today],
                now=now,
                machine_now=self.around.machine.now(),
                travel=self.around.travel,
            )
            if choice.kept is not None:
                kept = choice.kept.id
                self.around.do(
                    lambda session, kept=kept: book_visit(session, kept, now=now, machine_now=self.around.machine.now())  # type: ignore[misc]
                )

    # --- answering ------------------------------------------------------------------------------

    def _answer_to(self, message_id: int, template: str) -> tuple[str, float] | None:
        """The text that is answered to a message, if any, and after how many minutes or so."""
        habit = next((one for one in HABITS if template.startswith(one.template)), None)
        if habit is None:
            return None
        drawn = self._chances.of("answer", message_id).uniform(0, 100)
        for text, share in habit.answers.items():
            drawn -= share
            if drawn < 0:
                return text, habit.minutes
        return None

    def _answer(self, message_id: int, now: datetime) -> None:
        """Write back, as a provider would pass it on: the same message is answered once."""

        def write(session: Session) -> None:
            row = session.get_one(SandboxMessage, message_id)
            answer = self._answer_to(message_id, row.template)
            if answer is not None:
                take_inbound(
                    session,
                    gateway=SandboxGateway.name,
                    provider_id=_provider_id(message_id),
                    handset=row.handset,
                    text=_text(answer[0], row),
                    now=now,
                )

        self.around.do(write)


_MESSAGE = (SandboxMessage.id, SandboxMessage.template, Message.sent_at)


def _provider_id(message_id: int) -> str:
    return f"city-{message_id}"


def _text(answer: str, message: SandboxMessage) -> str:
    if answer == PHONE:
        return f"139002{message.handset[-5:]}"
    last = message.template.rpartition("_")[2]
    return min(answer, last) if answer in _CHOOSE and last in _CHOOSE else answer


def _without_window(session: Session, order_id: int) -> list[tuple[int, Channel]]:
    """The visits of the order that wait for a window, as long as it is open and no emergency or follow-up."""
    order = session.get_one(Order, order_id)
    is_asked = order.status is OrderStatus.OPEN and order.priority is not Priority.EMERGENCY
    if not is_asked or order.kind is OrderKind.FOLLOW_UP:
        return []
    statement = select(Visit.id).where(Visit.order_id == order_id, Visit.status == VisitStatus.REQUESTED)
    return [(visit_id, order.channel) for visit_id in session.scalars(statement.order_by(Visit.number))]


# --- ordering -------------------------------------------------------------------------------------


def take_wish(session: Session, around: Surroundings, wish: Wish, *, now: datetime) -> None:
    """The order is taken, and its visits are asked for; once."""
    if session.scalars(select(Order.id).where(Order.external_id == wish.key)).first() is None:
        order = take_order(session, _new_order(session, around, wish), now=now)
        request_visits(session, order, now=now, by=f"channel:{wish.channel}")


def _new_order(session: Session, around: Surroundings, wish: Wish) -> NewOrder:
    territory = AREAS[wish.territory].code
    resident = wish.territory * around.size.estates * around.size.homes + wish.home
    chance = around.chances.of("resident", resident)
    name = chance.choice(SURNAMES) + chance.choice(GIVEN_NAMES)
    contacts = [NewContact(ContactRole.SUBSCRIBER, name, f"+86139000{resident:05}", wish.language)]
    if chance.random() < 0.08:
        contacts.append(NewContact(ContactRole.ON_SITE, "家人", f"+86139001{resident:05}", wish.language))
    old = wish.old_home if wish.old_home != wish.home else None
    return NewOrder(
        kind=wish.kind,
        service=wish.service,
        received_at=wish.at,
        premises_id=find_home(session, territory, wish.home),
        old_premises_id=None if old is None else find_home(session, territory, old),
        contacts=tuple(contacts),
        channel=wish.channel,
        external_id=wish.key,
        priority=wish.priority,
        contracted_mbps=wish.rate,
    )
