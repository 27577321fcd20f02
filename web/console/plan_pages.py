"""Plans: asking for one, looking at what it would change, publishing it whole or in part, discarding it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dispatch.db import run_use_case
from dispatch.errors import InvalidInput, NotFound, Refusal
from dispatch.queries.board_territories import TerritoryView, territory_views
from dispatch.queries.disruptions import losses_to_decide
from dispatch.queries.plan_difference import plan_difference
from dispatch.queries.plan_effects import plan_effects
from dispatch.queries.plan_list import PlanLine, latest_move, plan_line, plan_list
from dispatch.queries.plan_remedies import remedies_of_plan
from dispatch.rules.access import Permission
from dispatch.rules.confidence import LEAST_PERMILLE, MOST_PERMILLE, percent_of, read_confidence
from dispatch.rules.lifecycles import PlanStatus
from dispatch.services.discard_plan import discard_plan
from dispatch.services.publish_plan import publish_plan
from dispatch.services.request_plan import MOST_DAYS, request_plan
from notifications.wording import say
from web.at_hand import business_now, database, travel
from web.auth import audit_staff, audited, needs, signed_in_staff
from web.console.plan_reasons import plan_reason
from web.plan_words import failures, in_full, percent, reasons, surety, unsure, what_changes
from web.reader_language import reader_language, vary_by_language
from web.remedy_words import what_helps

plan_pages = Blueprint("plan_pages", __name__)

#: seconds that a solve may be given from the page
LEAST_BUDGET_S, MOST_BUDGET_S = 1, 600
USUAL_BUDGET_S = 30
_LONGEST_KEY = 80


class InvalidBudget(InvalidInput):
    """The seconds that a plan may take are not a number within the limits."""


class UnplannableDays(InvalidInput):
    """The days to plan cannot be read, are past, or out of order."""


class NobodyChosen(InvalidInput):
    """A part of a plan was to be published, and no technician was chosen."""


@dataclass(frozen=True)
class AskedPlan:
    """What the form asks for, as it was written: it is shown again where it cannot be done."""

    territory_id: int | None
    from_on: str
    until_on: str
    budget_s: str
    confidence: str
    key: str


@plan_pages.get("/console/plans")
@needs(Permission.PLAN)
def plans() -> Response:
    """The latest plans, and the form that asks for one (`?territory=`, `?from=` fill it in)."""
    with database().read_session() as session:
        views = _views(session)
        today = business_now(session).astimezone(views[0].zone).date() if views else date.min
        tomorrow = today + _DAY
    first = request.args.get("from", tomorrow.isoformat())
    until = request.args.get("until", first)
    asked = AskedPlan(request.args.get("territory", type=int), first, until, str(USUAL_BUDGET_S), "", uuid4().hex)
    return _plans_page(asked)


_DAY = timedelta(days=1)


@plan_pages.get("/console/plans.json")
@needs(Permission.PLAN)
def plans_status() -> Response:
    """Where each of the latest plans stands, for the page that lists them."""
    with database().read_session() as session:
        listed = _listed(session)
    return _tagged(jsonify(plans=[[one.plan_id, one.status, one.status_at.isoformat()] for one in listed]))


@plan_pages.post("/console/plans")
@needs(Permission.PLAN)
def ask_for_plan() -> ResponseReturnValue:
    """Ask for a plan; the same form sent twice asks once."""
    form = request.form
    asked = AskedPlan(
        form.get("territory", type=int),
        form.get("from", ""),
        form.get("until", ""),
        form.get("budget", ""),
        form.get("confidence", ""),
        form.get("key", "")[:_LONGEST_KEY],
    )
    try:
        plan_id = run_use_case(database(), lambda session: _ask(session, asked))
    except Refusal as refusal:
        return _plans_page(asked, refusal)
    return redirect(f"/console/plans/{plan_id}", 303)


@plan_pages.get("/console/plans/<int:plan_id>")
@needs(Permission.PLAN)
def plan(plan_id: int) -> Response:
    """One plan beside the routes as they are now."""
    return _plan_page(plan_id)


@plan_pages.get("/console/plans/<int:plan_id>.json")
@needs(Permission.PLAN)
def plan_status(plan_id: int) -> Response:
    """How far the plan is, for the page that waits for it."""
    with database().read_session() as session:
        line = _visible(session, plan_id, Permission.PLAN)
    return _tagged(jsonify(status=line.status, is_under_way=line.is_under_way))


@plan_pages.post("/console/plans/<int:plan_id>/publish")
@needs(Permission.PUBLISH)
def publish(plan_id: int) -> ResponseReturnValue:
    """Publish the plan, or with `part` only the routes of the chosen `technician`s; never twice."""
    back = redirect(f"/console/plans/{plan_id}", 303)
    chosen = _chosen() if "part" in request.form else None
    with database().read_session() as session:
        line, now = _visible(session, plan_id, Permission.PUBLISH), business_now(session)
    if line.status is PlanStatus.PUBLISHED:
        return back  # the same form once more
    try:
        if chosen == []:
            raise NobodyChosen("technician")
        with audited("publish_plan", f"plan:{plan_id}"):
            by = signed_in_staff().actor
            publish_plan(database(), plan_id, now=now, by=by, travel=travel(), technicians=chosen)
    except Refusal as refusal:
        return _plan_page(plan_id, refusal)
    return back


@plan_pages.post("/console/plans/<int:plan_id>/discard")
@needs(Permission.PLAN)
def discard(plan_id: int) -> ResponseReturnValue:
    """Give the plan up; one that is being solved is not shown any more."""

    def use_case(session: Session) -> None:
        _visible(session, plan_id, Permission.PLAN)
        discard_plan(session, plan_id, now=business_now(session), by=signed_in_staff().actor)
        audit_staff(session, "discard_plan", f"plan:{plan_id}")

    try:
        run_use_case(database(), use_case)
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        return _plan_page(plan_id, refusal)
    return redirect(f"/console/plans/{plan_id}", 303)


# --- reading what was asked -----------------------------------------------------------------


def _ask(session: Session, asked: AskedPlan) -> int:
    """The plan that the form asks for."""
    view = next((one for one in _views(session) if one.territory_id == asked.territory_id), None)
    if view is None:
        raise NotFound("territory")
    now = business_now(session)
    first, last = _day(asked.from_on, "from"), _day(asked.until_on, "until")
    if last < first or last < now.astimezone(view.zone).date():
        raise UnplannableDays("until")
    budget_s = int(asked.budget_s) if asked.budget_s.isdecimal() and len(asked.budget_s) <= 3 else 0
    if not LEAST_BUDGET_S <= budget_s <= MOST_BUDGET_S:
        raise InvalidBudget("budget", least=LEAST_BUDGET_S, most=MOST_BUDGET_S)
    made = request_plan(
        session,
        view.territory_id,
        first,
        last,
        budget_s=budget_s,
        seed=0,
        confidence_permille=read_confidence(asked.confidence),
        request_key=f"console:{asked.key or uuid4().hex}",
        now=now,
        by=signed_in_staff().actor,
    )
    audit_staff(session, "request_plan", f"plan:{made.id}")
    return made.id


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnplannableDays(field) from None


def _chosen() -> list[int]:
    return [int(one) for one in request.form.getlist("technician") if one.isdecimal()]


# --- what is seen ---------------------------------------------------------------------------


def _plans_page(asked: AskedPlan, refusal: Refusal | None = None) -> Response:
    with database().read_session() as session:
        views, listed = _views(session), _listed(session)
    page = render_template(
        "console/plans.html",
        views=views,
        plans=listed,
        latest=latest_move(listed),
        asked=asked,
        most_days=MOST_DAYS,
        budgets=(LEAST_BUDGET_S, MOST_BUDGET_S),
        confidences=(percent_of(LEAST_PERMILLE), percent_of(MOST_PERMILLE)),
        refused_field=refusal.field if refusal else None,
        refused=say(refusal, language=reader_language()) if refusal else None,
    )
    return vary_by_language(make_response(page, 400 if refusal else 200))


def _plan_page(plan_id: int, refusal: Refusal | None = None) -> Response:
    with database().read_session() as session:
        line = _visible(session, plan_id, Permission.PLAN)
        difference = plan_difference(session, plan_id)
        effects = plan_effects(session, difference)
        remedies = remedies_of_plan(session, plan_id)
        losses = losses_to_decide(session, plan_id, now=business_now(session))
    language, staff = reader_language(), signed_in_staff()
    page = render_template(
        "console/plan.html",
        plan=line,
        difference=difference,
        effects=effects,
        reasons=reasons(difference, language),
        in_full=lambda left: list(dict.fromkeys(in_full(left.obstacles, difference.zone, language))),
        what_helps={visit_id: what_helps(found, difference.zone, language) for visit_id, found in remedies.items()},
        what_changes=lambda what: what_changes(what, language),
        percent=percent,
        unsure=unsure(difference, language),
        surety=surety(difference, language),
        failures=failures(difference, language) if line.status is PlanStatus.DRAFT else [],
        may_publish=staff.scope(Permission.PUBLISH).covers(line.territory_id),
        is_draft=line.status is PlanStatus.DRAFT,
        would_lose=list(dict.fromkeys(lost.order for lost in losses)),
        why_not=plan_reason(line, language),
        refused=say(refusal, language=language) if refusal else None,
    )
    return vary_by_language(make_response(page, 409 if refusal else 200))


def _tagged(answer: Response) -> Response:
    """The same; nothing at all for who knows it already."""
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _listed(session: Session) -> Sequence[PlanLine]:
    return plan_list(session, [view.territory_id for view in _views(session)])


def _views(session: Session) -> Sequence[TerritoryView]:
    """The territories that may be planned: whole ones."""
    views = territory_views(session, signed_in_staff().scope(Permission.PLAN))
    return [view for view in views if view.is_whole]


def _visible(session: Session, plan_id: int, permission: Permission) -> PlanLine:
    """The plan; raises NotFound for one of a territory for which the permission is not held."""
    line = plan_line(session, plan_id)
    if not signed_in_staff().scope(permission).covers(line.territory_id):
        raise NotFound("plan")
    return line
