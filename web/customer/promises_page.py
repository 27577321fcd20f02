"""What is promised to everybody, and how well it was kept: a page that anyone can open (R06)."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from babel.numbers import format_percent
from flask import Blueprint, Flask, Response, current_app, make_response, render_template

from dispatch.queries.operator_profile import OperatorProfile, operator_profile
from dispatch.queries.promise_record import LEAST_SHOWN, PromiseRecord, promise_record
from web.at_hand import business_now, database, machine_now
from web.auth import public
from web.customer.open_order import brand
from web.customer.page_times import page_times
from web.customer.promise_sentences import promise_sentence
from web.customer.trend_chart import HEIGHT, MARGIN, WIDTH, trend_chart
from web.reader_language import reader_language, vary_by_language

promises_page = Blueprint("promises_page", __name__)

#: it is counted anew after so long (machine clock)
COUNTED_EVERY = timedelta(minutes=1)
_KEPT = "promise_record"


def remember_record(app: Flask) -> None:
    """Begin with no record counted."""
    app.extensions[_KEPT] = None


@promises_page.get("/promises")
@public
def promises() -> Response:
    """Rules in force, and the record."""
    operator, record = _record()
    language = reader_language()
    page = render_template(
        "customer/public_promises.html",
        brand=brand(operator),
        record=record,
        sentences=[promise_sentence(rule, language) for rule in record.rules],
        chart=trend_chart(record.weeks),
        size={"width": WIDTH, "height": HEIGHT, "margin": MARGIN},
        least=LEAST_SHOWN,
        percent=partial(percent_words, language=language),
        times=page_times(operator.zone, record.at),
    )
    return vary_by_language(make_response(page))


def _record() -> tuple[OperatorProfile, PromiseRecord]:
    now = machine_now()
    counted = current_app.extensions[_KEPT]
    if counted is not None and now - counted[0] < COUNTED_EVERY:
        found: tuple[OperatorProfile, PromiseRecord] = counted[1]
        return found
    with database().read_session() as session:
        found = operator_profile(session), promise_record(session, now=business_now(session))
    current_app.extensions[_KEPT] = now, found
    return found


def percent_words(share: float, language: str) -> str:
    """The share with one decimal, never rounded up to the whole."""
    tenths = 1000 if share >= 1 else min(round(share * 1000), 999)
    return str(format_percent(tenths / 1000, "#,##0.0%", locale=language))
