"""Choosing a time for both visits of a move at once on its order's page: both are booked, or neither (R02, R16)."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.rules.vocabulary import Channel
from dispatch.services.choose_both import PairGone, choose_both
from dispatch.services.hold_slot import AlreadyBooked, NothingToBook
from dispatch.services.offer_pairs import offer_pairs
from web.at_hand import database, machine_now, travel
from web.auth import public
from web.customer.customer_pages import customer_pages
from web.customer.open_order import MINE, read_page
from web.customer.order_choices import answer, days_ahead, instant_named
from web.customer.page_times import page_times
from web.customer.said import Said


@customer_pages.get("/o/<token>/both")
@public
def both_page(token: str) -> ResponseReturnValue:
    """Windows for the new place, each with one for the old place after it."""
    opened, page = read_page(token)
    if not page.can_choose_both:
        return answer(opened, Said.NOT_NOW)
    return render_template(
        "customer/both_times.html",
        page=page,
        pairs=offer_pairs(database(), opened.order_id, days_ahead(page), now=page.now, travel=travel()),
        token=opened.token,
        is_mine=opened.token == MINE,
        times=page_times(page.zone, page.now),
        said=Said.read(request.args.get("said")),
    )


@customer_pages.post("/o/<token>/both")
@public
def book_both(token: str) -> ResponseReturnValue:
    """Book both windows; if they can no longer both be kept, those that can are shown."""
    opened, page = read_page(token)
    starts = instant_named("set_up"), instant_named("recover")
    try:
        choose_both(
            database(),
            opened.order_id,
            starts,
            days_ahead(page),
            channel=Channel.PAGE,
            now=page.now,
            machine_now=machine_now(),
            travel=travel(),
        )
    except (PairGone, AlreadyBooked, NothingToBook):
        return redirect(url_for("customer_pages.both_page", token=token, said=Said.PAIR_GONE), 303)
    return answer(opened, Said.BOTH_BOOKED)
