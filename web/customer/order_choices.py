"""What customers decide on an order's page: every choice is one service, the same as by SMS, and safe to send twice.

Each is answered by the page, with a sentence saying what was done or why it could not be.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dispatch.db import run_use_case
from dispatch.errors import Refusal
from dispatch.phones import read_phone
from dispatch.queries.customer_page import CustomerPage
from dispatch.queries.customer_visits import CustomerVisit, Stage
from dispatch.queries.operator_profile import operator_profile
from dispatch.rules.vocabulary import Channel
from dispatch.services.ask_about_order import ask_about_order
from dispatch.services.confirm_visit import confirm_visit
from dispatch.services.dispute_pause import NoSuchPause
from dispatch.services.limit_guesses import TooManyGuesses
from dispatch.services.name_substitute import name_substitute
from dispatch.services.object_to_pause import object_to_pause
from dispatch.services.rate_visit import NotRateable, rate_visit
from dispatch.services.recognize_subscriber import recognize_subscriber
from dispatch.services.report_fault import report_fault
from dispatch.services.request_withdrawal import request_withdrawal
from dispatch.services.revoke_withdrawal import revoke_withdrawal
from notifications.reading import read
from web.at_hand import business_now, database, machine_now
from web.auth import public
from web.customer.customer_pages import customer_pages
from web.customer.open_order import NoSuchPage, OpenOrder, read_page
from web.customer.said import Said

#: who did it, as facts name somebody
CUSTOMER = "customer"
#: days on which windows are looked for
DAYS_AHEAD = 7
#: characters of what a customer writes
LONGEST_WORDS = 500
_SCORES = {str(score): score for score in range(1, 6)}
NOT_FIXED = "not_fixed"


@customer_pages.post("/o/<token>/confirm")
@public
def confirm(token: str) -> ResponseReturnValue:
    """The visit is to take place as told (R12)."""
    opened, page = read_page(token)
    visit = visit_named(page)
    done = run_use_case(database(), lambda session: confirm_visit(session, visit.visit_id, now=business_now(session)))
    return answer(opened, Said.CONFIRMED if done else why_not(visit))


@customer_pages.post("/o/<token>/substitute")
@public
def substitute(token: str) -> ResponseReturnValue:
    """Somebody else is called instead (R28)."""
    opened, page = read_page(token)
    if page.current is None or page.current.is_over:
        return answer(opened, Said.OVER)
    try:
        with database().read_session() as session:
            phone = read_phone(request.form.get("phone", "")[:40], operator_profile(session).phone_region)
    except Refusal:
        return answer(opened, Said.PHONE_WRONG)

    def name(session: Session) -> None:
        name_substitute(session, opened.order_id, phone, language=page.language, now=business_now(session))

    run_use_case(database(), name)
    return answer(opened, Said.SUBSTITUTE_NAMED)


@customer_pages.post("/o/<token>/dispute")
@public
def dispute(token: str) -> ResponseReturnValue:
    """The pause is wrong (R51)."""
    opened, _page = read_page(token)
    proof = request.form.get("proof", "")
    try:
        run_use_case(
            database(),
            lambda session: object_to_pause(session, opened.order_id, proof=proof, now=business_now(session)),
        )
    except NoSuchPause:
        raise NoSuchPage("proof") from None
    return answer(opened, Said.DISPUTED)


@customer_pages.post("/o/<token>/rate")
@public
def rate(token: str) -> ResponseReturnValue:
    """A score from 1 to 5, or that it is not fixed (R60, R62)."""
    opened, page = read_page(token)
    visit = visit_named(page)
    given = request.form.get("score", "")
    if given not in {*_SCORES, NOT_FIXED}:
        return answer(opened, Said.NOT_NOW)
    said, is_grumble = _words()

    def keep(session: Session) -> None:
        rate_visit(
            session,
            visit.visit_id,
            score=_SCORES.get(given),
            channel=Channel.PAGE,
            now=business_now(session),
            said=said if is_grumble else "",
        )

    try:
        run_use_case(database(), keep)
    except NotRateable:
        return answer(opened, Said.NOT_NOW)
    return answer(opened, Said.NOT_FIXED if given == NOT_FIXED else Said.RATED)


@customer_pages.post("/o/<token>/withdraw")
@public
def withdraw(token: str) -> ResponseReturnValue:
    """The subscriber no longer wants it (R13, R28)."""
    opened, page = read_page(token)
    refused = _refuse_others(opened)
    if refused is not None:
        return refused
    with database().read_session() as session:
        now = business_now(session)
    done = request_withdrawal(database(), page.order_id, reason="page", now=now, by=CUSTOMER)
    return answer(opened, Said.WITHDRAWN if done else Said.OVER)


@customer_pages.post("/o/<token>/keep")
@public
def keep_after_all(token: str) -> ResponseReturnValue:
    """The subscriber wants it after all."""
    opened, page = read_page(token)
    refused = _refuse_others(opened)
    if refused is not None:
        return refused
    done = run_use_case(
        database(),
        lambda session: revoke_withdrawal(session, page.order_id, now=business_now(session), by=CUSTOMER),
    )
    return answer(opened, Said.REVOKED if done else Said.NOT_NOW)


@customer_pages.post("/o/<token>/fault")
@public
def fault(token: str) -> ResponseReturnValue:
    """It is broken again: a new repair, and nothing is asked twice (R41)."""
    opened, page = read_page(token)
    if not page.can_report_fault:
        return answer(opened, Said.NOT_NOW)
    said, _is_grumble = _words()

    def take(session: Session) -> None:
        report_fault(session, opened.order_id, channel=Channel.PAGE, now=business_now(session), note=said)

    run_use_case(database(), take)
    return answer(opened, Said.FAULT_TAKEN)


@customer_pages.post("/o/<token>/person")
@public
def person(token: str) -> ResponseReturnValue:
    """Somebody calls (R33: a person is always one step away)."""
    opened, _page = read_page(token)
    said, is_grumble = _words()

    def ask(session: Session) -> None:
        ask_about_order(session, opened.order_id, said=said, is_complaint=is_grumble, now=business_now(session))

    run_use_case(database(), ask)
    return answer(opened, Said.PERSON_CALLS)


# What they have in common


def visit_named(page: CustomerPage) -> CustomerVisit:
    """The visit that a form is about; raises NoSuchPage if it is not one of this order."""
    wanted = request.values.get("visit", "")
    found = next((visit for visit in page.visits if str(visit.visit_id) == wanted), None)
    if found is None:
        raise NoSuchPage("visit")
    return found


def instant_named(name: str) -> datetime:
    """The instant in a field of a form; raises NoSuchPage if it is none."""
    try:
        at = datetime.fromisoformat(request.form.get(name, "")[:40])
    except ValueError:
        raise NoSuchPage(name) from None
    if at.tzinfo is None:
        raise NoSuchPage(name)
    return at


def days_ahead(page: CustomerPage) -> list[date]:
    """The days on which windows are looked for, from today on."""
    today = page.now.astimezone(page.zone).date()
    return [today + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]


def why_not(visit: CustomerVisit) -> Said:
    """Why the visit cannot be changed (any more)."""
    under_way = {Stage.ON_THE_WAY: Said.ON_THE_WAY, Stage.ON_SITE: Said.ON_SITE}
    return under_way.get(visit.stage, Said.OVER if visit.is_over else Said.NOT_NOW)


def answer(opened: OpenOrder, said: Said) -> ResponseReturnValue:
    """Back to the page, which says it."""
    return redirect(url_for("customer_pages.order_page", token=opened.token, said=said), 303)


def _refuse_others(opened: OpenOrder) -> ResponseReturnValue | None:
    """Whoever does not know how the subscriber's number ends; a wrong ending is counted and kept."""
    ending = request.form.get("ending", "")[:20]
    try:
        known = run_use_case(
            database(),
            lambda session: recognize_subscriber(session, opened.order_id, ending, machine_now=machine_now()),
        )
    except TooManyGuesses:
        return answer(opened, Said.TRIED_TOO_OFTEN)
    return None if known else answer(opened, Said.NOT_SUBSCRIBER)


def _words() -> tuple[str, bool]:
    """What was written, and whether it is a grumble (R47)."""
    said = request.form.get("said", "").strip()[:LONGEST_WORDS]
    return said, bool(said) and read(said, signatures=()).is_grumble
