"""What customers ask and decide about their order and its visits, short of choosing a time."""

from __future__ import annotations

from sqlalchemy import select

from dispatch.errors import Refusal
from dispatch.models import InboundMessage, Message, Operator, Order
from dispatch.phones import read_phone
from dispatch.queries.case_in_hand import case_in_hand
from dispatch.queries.order_clock import order_clock
from dispatch.rules.lifecycles import OrderStatus
from dispatch.rules.vocabulary import CaseKind, Channel, OrderKind
from dispatch.services.confirm_visit import confirm_visit
from dispatch.services.dispute_pause import NoSuchPause, dispute_pause
from dispatch.services.name_substitute import name_substitute
from dispatch.services.rate_visit import NotRateable, rate_visit
from dispatch.services.report_fault import SOON, report_fault
from dispatch.services.request_withdrawal import request_withdrawal
from dispatch.services.revoke_withdrawal import revoke_withdrawal
from notifications.case_replies import call_person, hand_over, keep_words, take_remark
from notifications.questions import MENUS, Action
from notifications.reading import Meaning
from notifications.reply import Ending, Errand, Reply, Tools, is_open

AGAIN = "again"


def tell_status(reply: Reply) -> None:
    """What is so now."""
    order = reply.order
    if order is None:
        return hand_over(reply, "nothing_open")
    return reply.say("status", order_id=order.order_id, visit_id=reply.intent.visit_id)


def ask_which(reply: Reply) -> None:
    """Several orders may be meant."""
    orders = [order.order_id for order in reply.alive[:3]]
    reply.say("which_order", params={"orders": orders, "then": reply.intent.action.value})


def ask_again(reply: Reply) -> None:
    """What was answered is not on offer, or two things at once: ask once more, then let a person ask."""
    asked = reply.asked
    if asked is None or asked.question in MENUS or not asked.counts_at(reply.inbound.received_at):
        return tell_status(reply)
    message = reply.session.get(Message, asked.message_id)
    if message is None or message.occasion.startswith(AGAIN):
        return take_remark(reply)
    return reply.say(
        message.kind,
        order_id=message.order_id,
        visit_id=message.visit_id,
        case_id=message.case_id,
        params=message.params,
        occasion=AGAIN,
    )


def tell_over(reply: Reply) -> None:
    """The question is over; what is so now."""
    order = reply.order
    if order is not None:
        reply.say("question_over", order_id=order.order_id)
    tell_status(reply)


# Visits


def confirm(reply: Reply) -> None:
    """The visit is to take place as told."""
    if reply.intent.visit_id is not None:
        confirm_visit(reply.session, reply.intent.visit_id, now=reply.now)
    tell_status(reply)


def ask_for_substitute(reply: Reply) -> None:
    """Whom shall the technician call instead?"""
    order = reply.order
    if order is None:
        return hand_over(reply, "nothing_open")
    return reply.say("substitute_asked", order_id=order.order_id, visit_id=reply.intent.visit_id)


def take_phone(reply: Reply) -> None:
    """A number alone is that of the substitute, if it was asked for."""
    asked_for = _substitute_asked_in(reply)
    if asked_for is None or asked_for.order_id is None:
        return take_remark(reply)
    region = reply.session.get_one(Operator, 1).phone_region
    try:
        phone = read_phone(reply.inbound.text, region)
    except Refusal:
        return take_remark(reply)
    language = reply.conversation.language
    name_substitute(reply.session, asked_for.order_id, phone, language=language, now=reply.now)
    return tell_status(reply.about(order_id=asked_for.order_id, visit_id=asked_for.visit_id))


def _substitute_asked_in(reply: Reply) -> InboundMessage | None:
    """The message before this one, if it said that somebody else can be called."""
    statement = (
        select(InboundMessage)
        .where(InboundMessage.conversation_id == reply.conversation.id, InboundMessage.id < reply.inbound.id)
        .order_by(InboundMessage.id.desc())
        .limit(1)
    )
    before = reply.session.scalars(statement).first()
    return before if before is not None and before.meaning == Action.SUBSTITUTE else None


def rate(reply: Reply) -> None:
    """A score, or that it is not fixed (R60, R62)."""
    visit_id = reply.intent.visit_id
    score = None if reply.intent.action is Action.NOT_FIXED else reply.intent.choice
    if visit_id is None:
        return tell_status(reply)
    said = reply.inbound.text if reply.reading.is_grumble else ""
    try:
        rated = rate_visit(reply.session, visit_id, score=score, channel=Channel.SMS, said=said, now=reply.now)
    except NotRateable:
        return tell_status(reply)
    if rated.case is not None:
        reply.heard_in.add(rated.case.id)
    if rated.repair is not None:
        return _say_not_fixed(reply, rated.repair)
    if rated.case is not None:
        return reply.say("rating_low", visit_id=visit_id, case_id=rated.case.id)
    return reply.say("rating_changed" if rated.replaced else "rating_thanked", visit_id=visit_id)


def _say_not_fixed(reply: Reply, repair: Order) -> None:
    """What is asked from now on is about the new order."""
    order = reply.order
    earlier = order.order_id if order is not None else repair.linked_order_id
    reply.say("not_fixed", order_id=repair.id, params={"earlier": earlier})


# Orders


def fault(reply: Reply) -> None:
    """It is broken: a repair under way is that one, and what is said of it is kept for whoever sees to it.

    What has ended gets a new repair; else a person sees to it.
    """
    repairs = [order for order in reply.alive if order.kind is OrderKind.REPAIR and is_open(order)]
    if repairs:
        if reply.reading.meaning is not Meaning.DIGIT:
            keep_words(reply.about(order_id=repairs[0].order_id))
        return tell_status(reply.about(order_id=repairs[0].order_id, visit_id=None))
    order = reply.order
    if order is None or order.status is not OrderStatus.FULFILLED:
        return call_person(reply)
    repair = report_fault(reply.session, order.order_id, channel=Channel.SMS, now=reply.now)
    if order.kind is OrderKind.REPAIR and reply.now - order.status_at <= SOON:
        return _say_not_fixed(reply, repair)
    return reply.say("order_received", order_id=repair.id)


def ask_withdrawal(reply: Reply) -> None:
    """Really? Only the subscriber can (R28)."""
    order = reply.order
    if order is None or not is_open(order):
        return tell_status(reply)
    may = reply.is_from_subscriber(order)
    return reply.say("withdrawal_asked" if may else "only_subscriber", order_id=order.order_id)


def withdraw(reply: Reply) -> Errand | None:
    """The subscriber no longer wants it (R13); what follows is told as it happens."""
    order = reply.order
    if order is None or not order.is_alive:
        tell_status(reply)
        return None
    if not reply.is_from_subscriber(order):
        reply.say("only_subscriber", order_id=order.order_id)
        return None
    order_id, by = order.order_id, reply.by

    def errand(tools: Tools) -> Ending:
        done = request_withdrawal(tools.database, order_id, reason="reply", now=tools.now, by=by)
        return _told_already if done else tell_status

    return errand


def keep_order(reply: Reply) -> None:
    """Not withdrawn after all."""
    order = reply.order
    if order is None:
        return tell_status(reply)
    return reply.say("withdrawal_kept", order_id=order.order_id)


def revoke(reply: Reply) -> None:
    """Wanted after all."""
    order = reply.order
    if order is None:
        return tell_status(reply)
    if not reply.is_from_subscriber(order):
        return reply.say("only_subscriber", order_id=order.order_id)
    if not revoke_withdrawal(reply.session, order.order_id, now=reply.now, by=reply.by):
        return tell_status(reply)
    return None


def dispute(reply: Reply) -> None:
    """The pause is wrong, says the customer (R51)."""
    order = reply.order
    if order is None:
        return tell_status(reply)
    standing = case_in_hand(reply.session, reply.conversation.id, [order.order_id], kinds=(CaseKind.DISPUTE,))
    proof = _paused_by(reply, order.order_id)
    if standing is not None or proof is None:
        return tell_status(reply) if standing is None else hand_over(reply, "not_understood")
    row = reply.session.get_one(Order, order.order_id)
    try:
        dispute_pause(reply.session, row, proof=proof, channel=Channel.SMS, now=reply.now)
    except NoSuchPause:
        return tell_status(reply)
    return None


def _paused_by(reply: Reply, order_id: int) -> str | None:
    """The proof of the pause that the digit stands for, or that was told; else of the latest that stands."""
    if isinstance(reply.intent.choice, str):
        return reply.intent.choice
    message = reply.session.get(Message, reply.asked.message_id) if reply.asked is not None else None
    if message is not None and "proof" in message.params:
        return str(message.params["proof"])
    clock = order_clock(reply.session, order_id)
    return clock.pauses[-1].proof if clock is not None and clock.pauses else None


def _told_already(_reply: Reply) -> None:
    """The fact itself is told."""
