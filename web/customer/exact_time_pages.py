"""Picking an exact time inside the told window on an order's page: it counts as contact (R10)."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.queries.customer_visits import CustomerVisit
from dispatch.rules.vocabulary import Channel
from dispatch.services.choose_time import TimeNotOffered, choose_time
from dispatch.services.offer_times import offer_times
from web.at_hand import business_now, database, travel
from web.auth import public
from web.customer.customer_pages import customer_pages
from web.customer.open_order import MINE, read_page
from web.customer.order_choices import answer, instant_named, visit_named, why_not
from web.customer.page_times import page_times
from web.customer.said import Said


@customer_pages.get("/o/<token>/exact")
@public
def exact_page(token: str) -> ResponseReturnValue:
    """The times at which the technician can be there."""
    opened, page = read_page(token)
    visit = visit_named(page)
    if not visit.can_choose_exact or visit.window is None:
        return answer(opened, why_not(visit))
    return render_template(
        "customer/exact_times.html",
        page=page,
        visit=visit,
        window=visit.window,
        offered=offer_times(database(), visit.visit_id, now=page.now, travel=travel()),
        token=opened.token,
        is_mine=opened.token == MINE,
        times=page_times(page.zone, page.now),
        said=Said.read(request.args.get("said")),
    )


@customer_pages.post("/o/<token>/exact")
@public
def agree_exact(token: str) -> ResponseReturnValue:
    """Agree the time; if it cannot be kept (any more), the times that can are shown."""
    opened, page = read_page(token)
    visit = visit_named(page)
    time_at = instant_named("time")
    if not visit.can_choose_exact and visit.time_at != time_at:
        return answer(opened, why_not(visit))
    try:
        _agree(visit, time_at)
    except TimeNotOffered:
        shown = url_for("customer_pages.exact_page", token=token, visit=visit.visit_id, said=Said.TIME_GONE)
        return redirect(shown, 303)
    return answer(opened, Said.TIME_AGREED)


def _agree(visit: CustomerVisit, time_at: datetime) -> None:
    with database().read_session() as session:
        now = business_now(session)
    choose_time(database(), visit.visit_id, time_at, channel=Channel.PAGE, now=now, travel=travel())
