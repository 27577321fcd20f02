"""Changing a time by SMS: windows are offered, and one is chosen; nothing changes until then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from dispatch.db import lock, run_use_case
from dispatch.models import Conversation, InboundMessage, SlotOffer, Territory, Visit
from dispatch.queries.current_visit import current_visit
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.lifecycle import MoveRefused
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from dispatch.rules.vocabulary import CaseKind, Channel
from dispatch.services.ask_for_person import ask_for_person
from dispatch.services.book_visit import book_visit
from dispatch.services.choose_slot import choose_slot
from dispatch.services.hold_slot import NothingToBook
from dispatch.services.offer_slots import offer_slots
from notifications.kinds import KINDS
from notifications.order_replies import tell_status
from notifications.recipients import recipient
from notifications.reply import Ending, Errand, Reply, Tools

#: how many windows an SMS holds, among how many they are chosen, and on how many days they are looked for
MOST_WINDOWS, LOOKED_AT, DAYS_AHEAD = 3, 40, 5
_OFFER = "offer_id"
Span = tuple[datetime, datetime]


def change(reply: Reply) -> Errand | None:
    """Offer other windows, if the visit can still be moved."""
    order = reply.order
    if order is None or order.status is not OrderStatus.OPEN:
        tell_status(reply)
        return None
    visit = _meant(reply, order.order_id)
    if visit is None or visit.status not in MOVABLE:
        reply.say("change_refused", order_id=order.order_id, params={"reason": _why_not(visit)})
        return None
    return partial(_offer, visit_id=visit.id, days=_days(reply.session, visit, reply.now))


def choose(reply: Reply) -> Errand | None:
    """Book the window that was chosen, or offer what is left."""
    visit_id, window = _chosen(reply)
    if visit_id is None or window is None:
        tell_status(reply)
        return None
    visit = reply.session.get_one(Visit, visit_id)
    choosing = _Choosing(
        reply.inbound.id,
        visit_id,
        window,
        _days(reply.session, visit, reply.now),
        _zone_day(reply.session, visit, window),
    )
    return choosing.run


# Offering


def _offer(tools: Tools, *, visit_id: int, days: Sequence[date]) -> Ending:
    windows = _windows(tools, visit_id, days)
    return partial(_tell_windows, visit_id=visit_id, windows=windows, kind="slots_offered")


def _windows(tools: Tools, visit_id: int, days: Sequence[date]) -> list[SlotOffer]:
    """The earliest windows that can be kept now, besides the one that is booked."""
    with tools.database.read_session() as session:
        visit = session.get_one(Visit, visit_id)
        booked = (visit.booked_from_at, visit.booked_until_at)
    try:
        shown = offer_slots(
            tools.database,
            visit_id,
            days,
            channel=Channel.SMS,
            now=tools.now,
            machine_now=tools.machine_now,
            travel=tools.travel,
            most=LOOKED_AT,
        )
    except NothingToBook:
        return []
    return [one for one in shown.in_order_of_time() if (one.from_at, one.until_at) != booked][:MOST_WINDOWS]


def _tell_windows(reply: Reply, *, visit_id: int, windows: Sequence[SlotOffer], kind: str) -> None:
    if windows:
        return reply.say(kind, visit_id=visit_id, params={"windows": [_as_data(offer) for offer in windows]})
    order_id = reply.session.get_one(Visit, visit_id).order_id
    case = ask_for_person(
        reply.session,
        CaseKind.QUESTION,
        channel=Channel.SMS,
        order_id=order_id,
        visit_id=visit_id,
        said=reply.inbound.text,
        now=reply.now,
    )
    return reply.say("no_slots", visit_id=visit_id, case_id=case.id)


def _as_data(offer: SlotOffer) -> dict[str, Any]:
    return {_OFFER: offer.id, "from_at": offer.from_at.isoformat(), "until_at": offer.until_at.isoformat()}


# Choosing


@dataclass(frozen=True)
class _Choosing:
    """Booking one window for one message; it may be begun again, here or elsewhere, and books once."""

    inbound_id: int
    visit_id: int
    window: Span
    days: Sequence[date]
    day_on: date

    def run(self, tools: Tools) -> Ending:
        """Book it, or find out what is free instead."""
        if self._is_booked(tools):
            return self._tell_sender
        offer_id = self._offer_id(tools)
        if offer_id is None:
            return self._instead(tools)
        try:
            return self._book(tools, offer_id)
        except MoveRefused:
            return self._refuse
        except NothingToBook:
            return tell_status

    def _is_booked(self, tools: Tools) -> bool:
        with tools.database.read_session() as session:
            visit = session.get_one(Visit, self.visit_id)
            booked = (visit.booked_from_at, visit.booked_until_at) == self.window
            return booked and visit.status not in (VisitStatus.REQUESTED, VisitStatus.CANCELLED)

    def _offer_id(self, tools: Tools) -> int | None:
        """The window on offer anew, since what an SMS offers is an hour old and more; kept for whoever begins again."""
        with tools.database.read_session() as session:
            kept = session.get_one(InboundMessage, self.inbound_id).asked.get(_OFFER)
        if kept is not None:
            return int(kept)
        try:
            shown = offer_slots(
                tools.database,
                self.visit_id,
                [self.day_on],
                channel=Channel.SMS,
                now=tools.now,
                machine_now=tools.machine_now,
                travel=tools.travel,
                most=LOOKED_AT,
            )
        except NothingToBook:
            return None
        found = next((one.id for one in shown.offers if (one.from_at, one.until_at) == self.window), None)
        return None if found is None else run_use_case(tools.database, partial(self._keep, offer_id=found))

    def _keep(self, session: Session, *, offer_id: int) -> int:
        """The offer that counts for this message: the first that was found."""
        conversation_id = session.get_one(InboundMessage, self.inbound_id).conversation_id
        lock(session, Conversation, [conversation_id])
        inbound = session.get_one(InboundMessage, self.inbound_id, populate_existing=True)
        inbound.asked = {_OFFER: offer_id, **inbound.asked}
        return int(inbound.asked[_OFFER])

    def _book(self, tools: Tools, offer_id: int) -> Ending:
        choice = choose_slot(
            tools.database,
            offer_id,
            days=self.days,
            now=tools.now,
            machine_now=tools.machine_now,
            travel=tools.travel,
        )
        if choice.kept is None:
            return self._instead(tools)
        if choice.kept.id == offer_id and not self._is_booked(tools):
            run_use_case(
                tools.database,
                lambda session: book_visit(session, offer_id, now=tools.now, machine_now=tools.machine_now),
            )
        return self._tell_sender

    def _instead(self, tools: Tools) -> Ending:
        windows = _windows(tools, self.visit_id, self.days)
        return partial(_tell_windows, visit_id=self.visit_id, windows=windows, kind="slot_taken")

    def _tell_sender(self, reply: Reply) -> None:
        """The booking is told to whoever is at the site: if that is not who has chosen, they are told too."""
        order_id = reply.session.get_one(Visit, self.visit_id).order_id
        told = recipient(reply.session, order_id, KINDS["visit_booked"])
        if told is None or told.is_landline or told.phone != reply.conversation.handset:
            reply.say("status", visit_id=self.visit_id)

    def _refuse(self, reply: Reply) -> None:
        visit = reply.session.get_one(Visit, self.visit_id)
        reply.say("change_refused", order_id=visit.order_id, visit_id=visit.id, params={"reason": _why_not(visit)})


def _chosen(reply: Reply) -> tuple[int | None, Span | None]:
    """The visit and the window that the digit stands for: as an offer, or as what it says."""
    choice = reply.intent.choice
    if isinstance(choice, int):
        offer = reply.session.get(SlotOffer, choice)
        return (None, None) if offer is None else (offer.visit_id, (offer.from_at, offer.until_at))
    window = datetime.fromisoformat(choice["from_at"]), datetime.fromisoformat(choice["until_at"])
    return choice.get("visit_id", reply.intent.visit_id), window


# What is meant


def _meant(reply: Reply, order_id: int) -> Visit | None:
    """The visit that was asked about, if it is to come; else the order's next."""
    if reply.intent.visit_id is not None:
        visit = reply.session.get_one(Visit, reply.intent.visit_id)
        if visit.status in MOVABLE:
            return visit
    return current_visit(reply.session, order_id)


def _why_not(visit: Visit | None) -> str:
    if visit is None:
        return "waiting_for_us"
    under_way = {VisitStatus.EN_ROUTE: "on_the_way", VisitStatus.ON_SITE: "on_site"}
    return under_way.get(visit.status, "over")


def _days(session: Session, visit: Visit, now: datetime) -> list[date]:
    today = now.astimezone(session.get_one(Territory, visit.territory_id).zone).date()
    return [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]


def _zone_day(session: Session, visit: Visit, window: Span) -> date:
    return window[0].astimezone(session.get_one(Territory, visit.territory_id).zone).date()
