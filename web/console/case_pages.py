"""Cases in the console: who owns what, what is next, and until when (R40 to R48)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dispatch.errors import Refusal
from dispatch.queries.case_search import NoSuchCaseHere, case_story, count_cases, search_cases
from dispatch.queries.order_access import is_case_within, is_order_within
from dispatch.rules.access import Permission
from dispatch.rules.case_steps import CHOSEN_STEPS
from dispatch.services.hand_over_case import hand_over_case
from dispatch.services.make_callback import make_callback
from dispatch.services.reply_to_case import reply_to_case
from dispatch.services.resolve_case import reopen_case, resolve_case
from web.at_hand import business_now, database
from web.auth import needs, signed_in_staff
from web.console.desk import Refused, do_at_desk, typed, typed_number
from web.console.report_conflicts import report_conflict
from web.reader_language import vary_by_language

case_pages = Blueprint("case_pages", __name__)


@case_pages.get("/console/cases")
@needs(Permission.SERVE_CUSTOMER)
def cases() -> Response:
    """The cases within the scope: `?whose=mine`, `?resolved=1`, `?page=`."""
    staff = signed_in_staff()
    scope = staff.scope(Permission.SERVE_CUSTOMER)
    is_mine, is_resolved = request.args.get("whose") == "mine", request.args.get("resolved") == "1"
    page = max(1, request.args.get("page", 1, type=int))
    with database().read_session() as session:
        now = business_now(session)
        rows, has_more = search_cases(
            session,
            scope,
            owner_id=staff.user_id if is_mine else None,
            is_resolved=is_resolved,
            page=page,
            now=now,
        )
        counts = count_cases(session, scope, now=now)
    document = render_template(
        "console/cases.html",
        rows=rows,
        counts=counts,
        is_mine=is_mine,
        is_resolved=is_resolved,
        page=page,
        has_more=has_more,
        now=now,
    )
    return vary_by_language(make_response(document))


@case_pages.get("/console/cases/<int:case_id>")
@needs(Permission.SERVE_CUSTOMER)
def case(case_id: int) -> Response:
    """One case, what was said in it, and what can be done."""
    return _case_page(case_id)


def _case_page(case_id: int, refused: Refused | None = None) -> Response:
    staff = signed_in_staff()
    with database().read_session() as session:
        now = business_now(session)
        story = case_story(session, staff.scope(Permission.SERVE_CUSTOMER), case_id, now=now)
        order_id = story.case.order_id
        scope = staff.scope(Permission.SEE_ORDER)
        sees_order = order_id is not None and is_order_within(session, scope, order_id, now=now)
    page = render_template(
        "console/case.html",
        story=story,
        case=story.case,
        report_conflict=report_conflict,
        now=now,
        sees_order=sees_order,
        steps=CHOSEN_STEPS,
        me=staff.user_id,
        refused=refused,
        typed=request.form,
    )
    return vary_by_language(make_response(page, refused.status if refused else 200))


def _act(case_id: int, form: str, use_case: Callable[[Session, int, datetime], object]) -> ResponseReturnValue:
    """Carry out what the form asks for as whoever asks; refused, the page says why and keeps what was typed."""
    staff = signed_in_staff()
    with database().read_session() as session:
        now = business_now(session)
        if not is_case_within(session, staff.scope(Permission.SERVE_CUSTOMER), case_id, now=now):
            raise NoSuchCaseHere("case_id")
    try:
        do_at_desk(f"{form}_case", f"case:{case_id}", lambda session: use_case(session, staff.user_id, now))
    except Refusal as refusal:
        return _case_page(case_id, Refused(form, refusal))
    return redirect(url_for("case_pages.case", case_id=case_id), 303)


@case_pages.post("/console/cases/<int:case_id>/reply")
@needs(Permission.SERVE_CUSTOMER)
def reply(case_id: int) -> ResponseReturnValue:
    """Keep what the customer was answered."""
    text, step = typed("text"), _step()
    return _act(
        case_id,
        "reply",
        lambda session, me, now: reply_to_case(session, case_id, text, user_id=me, next_step=step, now=now),
    )


@case_pages.post("/console/cases/<int:case_id>/call")
@needs(Permission.SERVE_CUSTOMER)
def call(case_id: int) -> ResponseReturnValue:
    """The promised call was made."""
    text, step, reached = typed("text"), _step(), typed("reached") == "yes"
    return _act(
        case_id,
        "call",
        lambda session, me, now: make_callback(
            session, case_id, user_id=me, reached=reached, text=text, next_step=step, now=now
        ),
    )


@case_pages.post("/console/cases/<int:case_id>/hand-over")
@needs(Permission.SERVE_CUSTOMER)
def hand_over(case_id: int) -> ResponseReturnValue:
    """Give the case to somebody by name, or take it."""
    remark, step = typed("remark"), _step()
    return _act(
        case_id,
        "hand_over",
        lambda session, me, now: hand_over_case(
            session,
            case_id,
            to_user_id=typed_number("to_user_id"),
            user_id=me,
            remark=remark,
            next_step=step,
            now=now,
        ),
    )


@case_pages.post("/console/cases/<int:case_id>/resolve")
@needs(Permission.SERVE_CUSTOMER)
def resolve(case_id: int) -> ResponseReturnValue:
    """Settle it."""
    answer = typed("answer")
    return _act(
        case_id,
        "resolve",
        lambda session, me, now: resolve_case(session, case_id, user_id=me, answer=answer, now=now),
    )


@case_pages.post("/console/cases/<int:case_id>/reopen")
@needs(Permission.SERVE_CUSTOMER)
def reopen(case_id: int) -> ResponseReturnValue:
    """It was not settled after all."""
    remark = typed("remark")
    return _act(
        case_id,
        "reopen",
        lambda session, me, now: reopen_case(session, case_id, user_id=me, remark=remark, now=now),
    )


def _step() -> str | None:
    return typed("next_step") or None
