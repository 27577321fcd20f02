"""The pages of a technician's phone: the day, one visit, its service card."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, render_template

from dispatch.errors import Refusal
from dispatch.queries.phone_visits import PhoneVisit
from dispatch.rules.close_out_rules import (
    CONSENTS,
    CONVENIENCES,
    MOST_CONVENIENCES,
    NOT_COMPLETED_REASONS,
    USUAL_DOOR_RULES,
    USUAL_LIMITS,
    Job,
    Moment,
    checklist_for,
    readings_for,
    serials_for,
)
from dispatch.rules.field_reports import DECLINE_REASONS, DIVERT_REASONS
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.navigation import navigation_link, usable_apps
from dispatch.rules.vocabulary import ReportKind
from web.at_hand import secret
from web.auth import for_technician
from web.person_words import language_name, written_phone
from web.reader_language import reader_language, vary_by_language
from web.technician.day_document import day_mark
from web.technician.phone_parts import PhoneParts
from web.technician.phone_sight import PhoneSight, device_id, phone_sight, remember_device
from web.technician.phone_words import clock, day_and_clock, day_name, time_choices

technician_pages = Blueprint("technician_pages", __name__, url_prefix="/t")
technician_pages.after_request(remember_device)


@technician_pages.get("/")
@for_technician
def day() -> Response:
    """Today's visits, the current one on top."""
    return _page("technician/technician_day.html", phone_sight())


@technician_pages.get("/visits/<int:visit_id>")
@for_technician
def visit(visit_id: int) -> Response:
    """One visit and what can be reported about it."""
    sight = phone_sight()
    return visit_page(sight, sight.visit(visit_id))


@technician_pages.get("/visits/<int:visit_id>/card")
@for_technician
def card(visit_id: int) -> Response:
    """The service card to leave behind, to be printed (R20)."""
    sight = phone_sight()
    return _page("technician/service_card.html", sight, visit=sight.visit(visit_id))


def visit_page(
    sight: PhoneSight,
    visit: PhoneVisit,
    *,
    refused: Refusal | None = None,
    missing: tuple[str, ...] = (),
    given: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """One visit; with what was `given` in a form that was `refused`, or in whose account something is `missing`."""
    job = job_of(visit)
    return _page(
        "technician/technician_visit.html",
        sight,
        visit=visit,
        refused=refused,
        missing=missing,
        given=given or {},
        links=_links(visit),
        choices=time_choices(visit, sight.now),
        checklist=[(moment, [one for one in checklist_for(job) if one.moment is moment]) for moment in Moment],
        readings=readings_for(job),
        serials=serials_for(job),
        conveniences=CONVENIENCES if job.is_premium else (),
        needs_consent=CONSENTS,
        most_conveniences=MOST_CONVENIENCES,
        limits=USUAL_LIMITS,
        door=USUAL_DOOR_RULES,
        reasons=tuple(NOT_COMPLETED_REASONS),
        decline_reasons=DECLINE_REASONS,
        divert_reasons=DIVERT_REASONS,
        may_undo=visit.arrived_as is not None and visit.arrived_as[0] == device_id(),
        status=status,
    )


def job_of(visit: PhoneVisit) -> Job:
    """What the visit is for, as far as its account depends on it."""
    return Job(visit.purpose, visit.service, visit.tier, visit.contracted_mbps)


def _links(visit: PhoneVisit) -> list[tuple[str, str, str]]:
    """App, address and datum of each map app that says what it means at this place (R82)."""
    if visit.place is None:
        return []
    found = []
    for app in usable_apps(visit.place):
        link = navigation_link(visit.place, app, visit.order_number)
        found.append((app.value, link.url, link.datum.value))
    return found


def _page(template: str, sight: PhoneSight, *, status: int = 200, **more: Any) -> Response:
    language = reader_language()
    page = render_template(
        template,
        sight=sight,
        day=sight.day,
        clock=clock,
        span=lambda window: f"{clock(window[0])}\N{EN DASH}{clock(window[1])}",
        day_span=lambda start, end: f"{day_and_clock(start, sight.day.day_on, language)}\N{EN DASH}{clock(end)}",
        day_name=lambda on: day_name(on, language),
        day_and_clock=lambda at: day_and_clock(at, sight.day.day_on, language),
        language_name=lambda code: language_name(code, language),
        phone=written_phone,
        parts=PhoneParts(sight.sequence),
        mark=day_mark(sight.day, secret()),
        report_kinds=tuple(ReportKind),
        statuses=tuple(VisitStatus),
        call_record=lambda: f"dialled:{secrets.token_hex(8)}",
        **more,
    )
    return vary_by_language(make_response(page, status))
