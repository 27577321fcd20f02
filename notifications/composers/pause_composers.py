"""What is said when an order's clock stands or goes on, and of disputes about it (R51)."""

from __future__ import annotations

from sqlalchemy import select

from dispatch.models import Message
from dispatch.queries.case_progress import case_progress
from dispatch.queries.order_clock import order_clock
from dispatch.rules.lifecycles import MessageStatus, OrderStatus, PromiseStatus
from dispatch.rules.vocabulary import PromiseKind
from notifications.composers.subjects import NEVER_READ, case_id_of, order_of, order_values, owner_of
from notifications.composing import Content, NotTrue, Telling, composes
from notifications.kinds import Question
from notifications.questions import DIGITS, Action
from notifications.values import Reason

#: the digit by which a pause is disputed
DISPUTE_DIGIT = next(str(digit) for digit, action in DIGITS[Question.PAUSE].items() if action is Action.DISPUTE)


@composes("clock_paused")
def compose_clock_paused(telling: Telling) -> Content | NotTrue:
    """The clock stands, why and since when; one digit disputes it."""
    order = order_of(telling)
    if order.status is not OrderStatus.OPEN:
        return NotTrue(f"order_{order.status}")
    proof = telling.message.params["proof"]
    clock = order_clock(telling.session, order.id)
    pause = next((one for one in clock.pauses if one.proof == proof), None) if clock else None
    if pause is None:
        return NotTrue("not_paused")
    if _was_told_with_offer(telling, proof):
        return NotTrue("told_already")
    values = order_values(order) | {"reason": Reason("pause", pause.cause), "since": pause.since}
    return Content("clock_paused", values, choices={DISPUTE_DIGIT: proof})


@composes("clock_resumed")
def compose_clock_resumed(telling: Telling) -> Content | NotTrue:
    """The clock runs again, and to when."""
    order = order_of(telling)
    if order.status is not OrderStatus.OPEN:
        return NotTrue(f"order_{order.status}")
    clock = order_clock(telling.session, order.id)
    if clock is None or clock.status is not PromiseStatus.RUNNING:
        return NotTrue("not_running")
    return Content("clock_resumed", order_values(order) | {"due": clock.due_at}, until_at=clock.due_at)


@composes("dispute_opened")
def compose_dispute_opened(telling: Telling) -> Content | NotTrue:
    """Who looks into it, and by when there is an answer."""
    order, case = order_of(telling), case_progress(telling.session, case_id_of(telling))
    if case.is_resolved:
        return NotTrue("resolved")
    answer_by = case.dues.get(PromiseKind.DISPUTE_ANSWER)
    values = order_values(order) | {"case": case.number, "owner": owner_of(telling, case)}
    if answer_by is None:
        return Content("dispute_opened_without_time", values)
    return Content("dispute_opened", values | {"answer_by": answer_by}, until_at=answer_by)


@composes("dispute_upheld")
def compose_dispute_upheld(telling: Telling) -> Content | NotTrue:
    """The customer was right: the pause never counted, and what is due when."""
    order, case = order_of(telling), case_progress(telling.session, case_id_of(telling))
    clock = order_clock(telling.session, order.id)
    if clock is None:
        return NotTrue("no_promise")
    return Content("dispute_upheld", order_values(order) | {"case": case.number, "due": clock.due_at})


@composes("dispute_rejected")
def compose_dispute_rejected(telling: Telling) -> Content | NotTrue:
    """The pause stands."""
    order, case = order_of(telling), case_progress(telling.session, case_id_of(telling))
    if not case.is_resolved:
        return NotTrue("reopened")
    return Content("dispute_rejected", order_values(order) | {"case": case.number})


def _was_told_with_offer(telling: Telling, proof: str) -> bool:
    """Whether this handset was told of the pause when it was offered another time (`contact_given_up`)."""
    statement = select(Message).where(
        Message.order_id == telling.message.order_id,
        Message.conversation_id == telling.message.conversation_id,
        Message.kind == "contact_given_up",
        Message.status.not_in((*NEVER_READ, MessageStatus.QUEUED)),
    )
    return any(message.params.get("proof") == proof for message in telling.session.scalars(statement))
