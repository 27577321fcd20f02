"""The board of a day: the page, its data, and the few things done from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request
from sqlalchemy.orm import Session

from dispatch.clocks import Clock, business_clock
from dispatch.db import run_use_case
from dispatch.errors import NotFound
from dispatch.queries.board_attention import board_attention
from dispatch.queries.board_places import disruption_place, shift_place, visit_place
from dispatch.queries.board_territories import TerritoryView, territory_views
from dispatch.queries.day_board import DayBoard, day_board
from dispatch.rules.access import Permission
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.promise_risk import Risk
from dispatch.rules.vocabulary import DisruptionKind, OrderKind, PromiseKind
from dispatch.services.decide_disruption import decide_disruption
from dispatch.services.pin_stop import pin_stop
from dispatch.services.report_disruption import report_disruption
from dispatch.settings import Settings
from web.at_hand import business_now, database, machine_clock, travel
from web.auth import audit_staff, audited, needs, signed_in_staff
from web.console.attention_words import AttentionWords
from web.console.board_document import Json, board_document, clock_document
from web.reader_language import reader_language, vary_by_language

board_pages = Blueprint("board_pages", __name__)


@dataclass(frozen=True)
class Looked:
    """What somebody looks at: one day of one territory, at one moment of the operator's clock."""

    views: tuple[TerritoryView, ...]
    view: TerritoryView
    day_on: date
    clock: Clock
    now: datetime

    @property
    def today(self) -> date:
        """The day in the territory."""
        return self.now.astimezone(self.view.zone).date()


@board_pages.get("/console/")
@needs(Permission.SEE_DAY)
def board() -> Response:
    """The board of `?territory=` (default: the first that is seen) on `?day=` (default: today)."""
    staff, settings = signed_in_staff(), _settings()
    with database().read_session() as session:
        looked = _look(session)
        document = None if looked is None else _document(session, looked)
    may_repair = looked is not None and staff.scope(Permission.REPAIR).covers(looked.view.territory_id)
    page = render_template(
        "console/board.html",
        looked=looked,
        document=document,
        clock=None if looked is None else clock_document(looked.clock),
        may_repair=may_repair,
        may_see_order=staff.may(Permission.SEE_ORDER),
        map_tile_url=settings.map_tile_url,
        vocabulary={"visit_status": VisitStatus, "order_kind": OrderKind, "promise_kind": PromiseKind, "risk": Risk},
        one_day=timedelta(days=1),
    )
    return vary_by_language(make_response(page))


@board_pages.get("/console/day.json")
@needs(Permission.SEE_DAY)
def day() -> Response:
    """The board's data, with a tag that changes only with them; 404 where nothing is seen."""
    with database().read_session() as session:
        looked = _look(session)
        if looked is None:
            raise NotFound("territory")
        document = _document(session, looked)
    answer = vary_by_language(jsonify(document))
    answer.add_etag()
    answer.make_conditional(request)
    return answer


@board_pages.post("/console/visits/<int:visit_id>/pin")
@needs(Permission.REPAIR)
def pin(visit_id: int) -> Response:
    """Keep the visit's stop where it is (`pinned`: `yes`), or let it go."""
    is_pinned = request.form.get("pinned") == "yes"

    def use_case(session: Session) -> None:
        place = visit_place(session, visit_id)
        _require(place.territory_id, place.contractor_id)
        pin_stop(session, visit_id, is_pinned=is_pinned, now=business_now(session))
        audit_staff(session, "pin_stop" if is_pinned else "unpin_stop", f"visit:{visit_id}")

    run_use_case(database(), use_case)
    return jsonify(is_done=True)


@board_pages.post("/console/technicians/<int:technician_id>/absence")
@needs(Permission.REPAIR)
def absence(technician_id: int) -> Response:
    """Report from the board of `?territory=` that the technician is not there for the rest of the shift."""
    territory_id = request.form.get("territory", type=int) or 0

    def use_case(session: Session) -> None:
        now = business_now(session)
        place = shift_place(session, technician_id, territory_id, now=now)
        _require(place.territory_id, place.contractor_id)
        report_disruption(
            session,
            DisruptionKind.ABSENT,
            territory_id=territory_id,
            technician_id=technician_id,
            occurred_at=now,
            now=now,
            by=signed_in_staff().actor,
        )
        audit_staff(session, "report_absence", f"technician:{technician_id}")

    run_use_case(database(), use_case)
    return jsonify(is_done=True)


@board_pages.post("/console/disruptions/<int:disruption_id>/decision")
@needs(Permission.REPAIR)
def decision(disruption_id: int) -> Response:
    """Publish the repair all the same (`publish`: `yes`), or leave the routes as they are."""
    publish = request.form.get("publish") == "yes"
    with database().read_session() as session:
        place = disruption_place(session, disruption_id)
        _require(place.territory_id, place.contractor_id)
        now = business_now(session)
    by = signed_in_staff().actor
    with audited("publish_repair" if publish else "leave_routes", f"disruption:{disruption_id}"):
        decide_disruption(database(), disruption_id, publish=publish, now=now, by=by, travel=travel())
    return jsonify(is_done=True)


def _look(session: Session) -> Looked | None:
    """What the address asks for; None for somebody who sees no territory. Raises NotFound for one that is not seen."""
    views = territory_views(session, signed_in_staff().scope(Permission.SEE_DAY))
    if not views:
        return None
    wanted = request.args.get("territory", type=int)
    view = next((one for one in views if wanted in (None, one.territory_id)), None)
    if view is None:
        raise NotFound("territory")
    clock = business_clock(session, machine_clock())
    now = clock.now()
    day_on = request.args.get("day", type=date.fromisoformat) or now.astimezone(view.zone).date()
    return Looked(views, view, day_on, clock, now)


def _document(session: Session, looked: Looked) -> Json:
    found: DayBoard = day_board(session, looked.view, looked.day_on, now=looked.now)
    is_today = looked.day_on == looked.today
    attention = board_attention(session, found, now=looked.now) if is_today else ()
    words = AttentionWords(reader_language(), looked.view.zone, looked.now)
    return board_document(found, attention, words)


def _require(territory_id: int | None, contractor_id: int | None) -> None:
    """Raise NotFound unless whoever asks may repair the day there."""
    if not signed_in_staff().scope(Permission.REPAIR).covers(territory_id, contractor_id):
        raise NotFound("territory")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
