"""What is said of promises not kept, and of the money that makes up for them (R36).

Only what is judged for good is told: a promise that is merely past due may yet turn out
to have been met by a phone that was out of reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Compensation, ContactAttempt, Message, Order, Promise, Visit
from dispatch.queries.promise_order import order_of_promise
from dispatch.rules.crediting import credited_by
from dispatch.rules.ledger import SERVICE
from dispatch.rules.lifecycles import CompensationStatus, MessageStatus, PromiseStatus
from dispatch.rules.money import Money
from dispatch.rules.vocabulary import Breach, BreakCause, PromiseKind
from dispatch.services.tell_compensation import tell_compensation
from notifications.after_telling import after_telling
from notifications.composers.subjects import SubjectMissing, order_values, promise_id_of, visit_values
from notifications.composing import Content, NotTrue, Telling, composes
from notifications.values import Reason, Value

#: what was promised, in words (`sms_reason.promised`), where it is not that the order is done
_WHAT = {
    PromiseKind.FOLLOW_UP: "done",
    PromiseKind.ARRIVAL: "arrival",
    PromiseKind.CONTACT: "contact",
    PromiseKind.CALLBACK: "callback",
    PromiseKind.COMPLAINT_REPLY: "reply",
    PromiseKind.COMPLAINT_ANSWER: "reply",
    PromiseKind.DISPUTE_ANSWER: "reply",
}
BROKEN, CORRECTED, COMPENSATED = "promise_broken", "promise_corrected", "compensation_told"
#: nobody knows yet whether the message is with the customer
_IN_DOUBT = (MessageStatus.SENDING, MessageStatus.UNKNOWN)
#: it is, or may be
_MAY_BE_TOLD = (
    *_IN_DOUBT,
    MessageStatus.ACCEPTED,
    MessageStatus.SENT,
    MessageStatus.DELIVERED,
)


@composes(BROKEN)
def compose_promise_broken(telling: Telling) -> Content | NotTrue:
    """An apology, where there is no money to tell of."""
    promise = telling.session.get_one(Promise, promise_id_of(telling))
    if promise.status is not PromiseStatus.BROKEN:
        return NotTrue(f"promise_{promise.status}")
    if promise.cause is BreakCause.CUSTOMER:
        return NotTrue("customers_doing")
    if _is_compensated(promise):
        return NotTrue("compensated")
    if _was_called_in_time(telling.session, promise) or _came_instead(telling.session, promise):
        return NotTrue("called_in_time")
    if _last_told(telling) in (BROKEN, COMPENSATED) or _was_said_of_another(telling, promise):
        return NotTrue("told_already")
    return _apology(telling, promise)


def _apology(telling: Telling, promise: Promise) -> Content:
    came_at = _came_early(promise)
    if came_at is not None:
        return Content("promise_broken_early", _subject(telling, promise) | {"arrived_at": came_at})
    what = Reason("promised", "done" if promise.kind in SERVICE else _WHAT.get(promise.kind, "other"))
    return Content("promise_broken", _subject(telling, promise) | {"what": what, "due": promise.due_at})


@composes(CORRECTED)
def compose_promise_corrected(telling: Telling) -> Content | NotTrue:
    """It was kept after all, for whoever was told otherwise."""
    promise = telling.session.get_one(Promise, promise_id_of(telling))
    if promise.status is not PromiseStatus.KEPT or promise.met_at is None:
        return NotTrue(f"promise_{promise.status}")
    if _last_told(telling) not in (BROKEN, COMPENSATED):
        return NotTrue("not_told_otherwise")
    values = _subject(telling, promise) | {"due": promise.due_at, "met_at": promise.met_at}
    return Content("promise_corrected", values)


@composes(COMPENSATED)
def compose_compensation_told(telling: Telling) -> Content | NotTrue:
    """What was not kept, what it is worth, and by when it is credited; all steps approved so far at once.

    What another message may just have told is left out: nobody hears of the same money twice.
    """
    promise = telling.session.get_one(Promise, promise_id_of(telling))
    if promise.status is not PromiseStatus.BROKEN:
        return NotTrue(f"promise_{promise.status}")
    in_doubt = _in_doubt(telling)
    approved = [row for row in _approved(telling.session, promise) if row.id not in in_doubt]
    if not approved:
        return NotTrue("nothing_approved")
    telling.message.params = {**telling.message.params, "compensation_ids": [row.id for row in approved]}
    order = _order(telling, promise)
    came_at = _came_early(promise)
    when: dict[str, Value] = {"due": promise.due_at} if came_at is None else {"arrived_at": came_at}
    values: dict[str, Value] = {
        **_subject(telling, promise),
        **when,
        "amount": sum((row.amount for row in approved), Money.zero(approved[0].currency)),
        "credited_by": credited_by(telling.now, order.territory.zone),
    }
    return Content("compensation_told" if came_at is None else "compensation_told_early", values)


@after_telling(COMPENSATED)
def compensation_was_told(session: Session, message: Message, now: datetime) -> None:
    """The customer knows of it: from now it stands."""
    for compensation_id in message.params["compensation_ids"]:
        tell_compensation(session, compensation_id, now=now)


def _approved(session: Session, promise: Promise) -> Sequence[Compensation]:
    statement = select(Compensation).where(
        Compensation.promise_id == promise.id, Compensation.status == CompensationStatus.APPROVED
    )
    return session.scalars(statement.order_by(Compensation.step)).all()


def _in_doubt(telling: Telling) -> set[int]:
    """The compensations that other messages about the promise may have told."""
    statement = select(Message).where(
        Message.promise_id == telling.message.promise_id,
        Message.kind == COMPENSATED,
        Message.status.in_(_IN_DOUBT),
        Message.id != telling.message.id,
    )
    return {row for message in telling.session.scalars(statement) for row in message.params.get("compensation_ids", ())}


def _is_compensated(promise: Promise) -> bool:
    """Whether the published scale pays for this promise and cause."""
    scale = promise.rule.as_rule().compensation
    return scale is not None and promise.cause in scale.causes and not promise.is_silent


def _was_called_in_time(session: Session, promise: Promise) -> bool:
    """Whether a promised call was made and not answered, which was told as such (R12)."""
    statement = select(ContactAttempt.id).where(
        ContactAttempt.visit_id == promise.visit_id,
        ContactAttempt.tried_at >= promise.start_at,
        ContactAttempt.tried_at <= promise.due_at,
    )
    return promise.kind is PromiseKind.CONTACT and session.scalars(statement).first() is not None


def _came_early(promise: Promise) -> datetime | None:
    """When the technician came, if it was earlier than agreed, without a yes (R11)."""
    return promise.met_at if promise.breach is Breach.EARLY_WITHOUT_CONSENT else None


def _came_instead(session: Session, promise: Promise) -> bool:
    """Whether the technician stood at the door before the promised call was due."""
    if promise.kind is not PromiseKind.CONTACT or promise.visit_id is None:
        return False
    arrived_at = session.get_one(Visit, promise.visit_id).arrived_at
    return arrived_at is not None and arrived_at <= promise.due_at


def _last_told(telling: Telling) -> str | None:
    """Which kind of message about the promise this handset got last."""
    statement = (
        select(Message.kind)
        .where(Message.promise_id == telling.message.promise_id)
        .where(Message.conversation_id == telling.message.conversation_id)
        .where(Message.kind.in_((BROKEN, CORRECTED, COMPENSATED)), Message.status.in_(_MAY_BE_TOLD))
        .where(Message.id != telling.message.id)
        .order_by(Message.sent_at.desc(), Message.id.desc())
    )
    return telling.session.scalars(statement).first()


def _was_said_of_another(telling: Telling, promise: Promise) -> bool:
    """Whether this handset was told the same of another promise of the order, due in the same minute."""
    minute = promise.due_at.replace(second=0, microsecond=0)
    statement = (
        select(Message.id)
        .join(Promise, Promise.id == Message.promise_id)
        .where(Message.order_id == telling.message.order_id, Message.promise_id != promise.id)
        .where(Message.conversation_id == telling.message.conversation_id)
        .where(Message.kind.in_((BROKEN, COMPENSATED)), Message.status.in_(_MAY_BE_TOLD))
        .where(Promise.due_at >= minute, Promise.due_at < minute + timedelta(minutes=1))
    )
    return telling.session.scalars(statement).first() is not None


def _subject(telling: Telling, promise: Promise) -> dict[str, Value]:
    """Kind and number of the order; of a visit, as its other messages say it."""
    if promise.visit_id is not None:
        return visit_values(telling.session.get_one(Visit, promise.visit_id))
    return order_values(_order(telling, promise))


def _order(telling: Telling, promise: Promise) -> Order:
    order = order_of_promise(telling.session, promise)
    if order is None:
        raise SubjectMissing
    return order
