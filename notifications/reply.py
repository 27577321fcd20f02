"""One message from a customer, while it is carried out: who wrote it, what about, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Conversation, InboundMessage
from dispatch.queries.handset_orders import HandsetOrder
from dispatch.rules.events import ReplyReceived
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.vocabulary import ContactRole
from dispatch.services.record import record
from dispatch.travel_memory import RememberedTravel
from notifications.kinds import Question
from notifications.questions import MENUS, Action, Asked, Intent, close_question
from notifications.reading import Reading
from notifications.want_message import want_message

#: so long after its end an order is still what its customer writes about
REMEMBERED = timedelta(days=30)
#: the question stands until its answer is answered: whoever changes their mind at once is understood
_STANDS = frozenset({Question.RATING, Question.FAULT_AGAIN, *MENUS})
#: what is done only with orders of which something is to come
_OF_THE_LIVING = frozenset({Action.CHANGE, Action.ASK_WITHDRAWAL})
_NOT_AN_ANSWER = frozenset(
    {Action.ASK_AGAIN, Action.QUESTION_OVER, Action.PERSON, Action.REMARK, Action.PHONE, Action.NOTHING, Action.STATUS}
)


@dataclass(frozen=True)
class Reply:
    """A message from a customer, in the transaction in which its conversation is locked."""

    session: Session
    inbound: InboundMessage
    conversation: Conversation
    orders: tuple[HandsetOrder, ...]
    asked: Asked | None
    reading: Reading
    intent: Intent
    now: datetime
    #: the cases in which its grumble stands
    heard_in: set[int] = field(default_factory=set)

    @property
    def by(self) -> str:
        """Who has done what is done now."""
        return "customer"

    @property
    def alive(self) -> tuple[HandsetOrder, ...]:
        """The orders of which something is still to come, the newest first."""
        return tuple(order for order in self.orders if order.is_alive)

    @property
    def _asked_about(self) -> HandsetOrder | None:
        """The order that was asked about; where another one is alive, it is that which is changed or withdrawn.

        So with status, unless it was invited: "1" after a rating means what is to come.
        """
        order = next((order for order in self.orders if order.order_id == self.intent.order_id), None)
        is_invited = self.asked is not None and self.asked.question in MENUS
        needs_life = self.intent.action in _OF_THE_LIVING or (self.intent.action is Action.STATUS and not is_invited)
        return None if order is not None and self.alive and needs_life and not order.is_alive else order

    @property
    def order(self) -> HandsetOrder | None:
        """The order that was asked about, else the only one alive, else the last one that has ended lately."""
        if self._asked_about is not None:
            return self._asked_about
        if self.alive:
            return self.alive[0] if len(self.alive) == 1 else None
        lately = [order for order in self.orders if self.now - order.status_at <= REMEMBERED]
        return lately[0] if lately else None

    @property
    def must_choose(self) -> bool:
        """Whether several orders may be meant."""
        return self._asked_about is None and len(self.alive) > 1

    def about(self, **changes: Any) -> Reply:
        """The same message with another intent."""
        return replace(self, intent=replace(self.intent, **changes))

    def is_from_subscriber(self, order: HandsetOrder) -> bool:
        """Only the subscriber withdraws (R28)."""
        return ContactRole.SUBSCRIBER in order.roles

    def say(
        self,
        kind: str,
        *,
        order_id: int | None = None,
        visit_id: int | None = None,
        case_id: int | None = None,
        params: Mapping[str, Any] | None = None,
        occasion: str = "inbound",
    ) -> None:
        """Answer with a message of `kind`: once, however often this is carried out."""
        want_message(
            self.session,
            kind,
            now=self.now,
            occasion=f"{occasion}:{self.inbound.id}",
            order_id=order_id,
            visit_id=visit_id,
            case_id=case_id,
            conversation_id=self.conversation.id,
            params=params,
        )

    def finish(self) -> None:
        """It is handled: what was made of it is in the log, in the transaction of its effect."""
        self.inbound.meaning = self.intent.action.value
        self.inbound.handled_at = self.now
        order = self.order
        self.inbound.order_id = order.order_id if order is not None else None
        self.inbound.visit_id = self.intent.visit_id
        if self.asked is not None and self._has_answered(self.asked):
            close_question(self.conversation)
        self.session.flush()
        fact = ReplyReceived(
            occurred_at=self.inbound.received_at,
            inbound_id=self.inbound.id,
            conversation_id=self.conversation.id,
            meaning=self.inbound.meaning,
            order_id=self.inbound.order_id,
            visit_id=self.inbound.visit_id,
        )
        record(self.session, fact, now=self.now)

    def _has_answered(self, asked: Asked) -> bool:
        if asked.question is Question.OFFERS and self.intent.action is Action.DISPUTE:
            return False  # a time can be chosen still
        is_open_still = self.conversation.open_choices.get("message_id") == asked.message_id
        return is_open_still and asked.question not in _STANDS and self.intent.action not in _NOT_AN_ANSWER


def is_open(order: HandsetOrder) -> bool:
    """Whether the order is to be done."""
    return order.status is OrderStatus.OPEN


@dataclass(frozen=True)
class Tools:
    """What work outside of a transaction needs."""

    database: Database = field(repr=False)
    travel: RememberedTravel = field(repr=False)
    now: datetime
    machine_now: datetime


#: the end of such work, in a transaction with the conversation locked again
Ending = Callable[[Reply], None]
#: work that runs its own transactions; it may be run again after a crash
Errand = Callable[[Tools], Ending]
