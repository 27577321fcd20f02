"""Choosing another time on an order's page: windows that can be kept are shown, and one is chosen (R09, R16)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.queries.customer_page import CustomerPage
from dispatch.queries.customer_visits import Stage
from dispatch.queries.shown_offers import ShownOffer, shown_offers
from dispatch.rules.lifecycle import MoveRefused
from dispatch.rules.vocabulary import Channel
from dispatch.services.choose_offered import NoSuchOffer, choose_offered
from dispatch.services.hold_slot import NothingToBook
from dispatch.services.offer_slots import offer_slots
from web.at_hand import business_now, database, machine_now, travel
from web.auth import public
from web.customer.customer_pages import customer_pages
from web.customer.open_order import MINE, NoSuchPage, read_page
from web.customer.order_choices import answer, days_ahead, visit_named, why_not
from web.customer.page_times import page_times
from web.customer.said import Said

#: the most windows that are shown
MOST_SHOWN = 40


@dataclass(frozen=True)
class OfferedDay:
    """The windows of one local day, in order of time."""

    begins_at: datetime
    offers: tuple[ShownOffer, ...]


@customer_pages.post("/o/<token>/times")
@public
def show_times(token: str) -> ResponseReturnValue:
    """Look for windows that can be kept now; showing holds nothing."""
    opened, page = read_page(token)
    visit = visit_named(page)
    if not visit.can_change:
        return answer(opened, why_not(visit))
    try:
        offer_slots(
            database(),
            visit.visit_id,
            days_ahead(page),
            channel=Channel.PAGE,
            now=page.now,
            machine_now=machine_now(),
            travel=travel(),
            most=MOST_SHOWN,
        )
    except NothingToBook:
        return answer(opened, Said.OVER)
    return redirect(url_for("customer_pages.times_page", token=token, visit=visit.visit_id), 303)


@customer_pages.get("/o/<token>/times")
@public
def times_page(token: str) -> ResponseReturnValue:
    """The windows that were shown and can still be chosen."""
    opened, page = read_page(token)
    visit = visit_named(page)
    if not visit.can_change:
        return answer(opened, why_not(visit))
    with database().read_session() as session:
        now = business_now(session)
        offers = shown_offers(session, visit.visit_id, Channel.PAGE, now=now, machine_now=machine_now())
    booked = visit.window if visit.stage is Stage.BOOKED else None
    return render_template(
        "customer/order_times.html",
        page=page,
        visit=visit,
        days=_by_day((offer for offer in offers if (offer.from_at, offer.until_at) != booked), page),
        token=opened.token,
        is_mine=opened.token == MINE,
        times=page_times(page.zone, page.now),
        said=Said.read(request.args.get("said")),
    )


@customer_pages.post("/o/<token>/times/choose")
@public
def choose_time(token: str) -> ResponseReturnValue:
    """Book the window; if it is gone meanwhile, others are shown."""
    opened, page = read_page(token)
    visit = visit_named(page)
    offer = request.form.get("offer", "")
    if not (offer.isascii() and offer.isdecimal() and len(offer) < 19):
        raise NoSuchPage("offer")
    try:
        choice = choose_offered(
            database(),
            opened.order_id,
            int(offer),
            days=days_ahead(page),
            now=page.now,
            machine_now=machine_now(),
            travel=travel(),
        )
    except NoSuchOffer:
        raise NoSuchPage("offer") from None
    except MoveRefused:
        return answer(opened, why_not(visit_named(read_page(token)[1])))
    except NothingToBook:
        return answer(opened, Said.OVER)
    if choice.kept is not None:
        return answer(opened, Said.BOOKED)
    return redirect(url_for("customer_pages.times_page", token=token, visit=visit.visit_id, said=Said.SLOT_GONE), 303)


def _by_day(offers: Iterable[ShownOffer], page: CustomerPage) -> list[OfferedDay]:
    days: dict[date, list[ShownOffer]] = {}
    for offer in offers:
        days.setdefault(offer.from_at.astimezone(page.zone).date(), []).append(offer)
    return [OfferedDay(found[0].from_at, tuple(found)) for found in days.values()]
