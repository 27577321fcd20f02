"""What a phone reports: many at a time from the page's script, or one from a plain form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from dispatch.errors import InvalidInput
from dispatch.queries.phone_visits import PhoneVisit
from dispatch.queries.technician_day import visits_in_hand
from dispatch.rules.close_out_rules import missing_from
from dispatch.rules.field_reports import ClosedOutReport, InvalidReport, read_payload
from dispatch.rules.vocabulary import ReportKind
from dispatch.services.receive_field_reports import Report
from dispatch.services.take_field_reports import Taken, take_field_reports
from web.at_hand import database, secret
from web.auth import for_technician, signed_in_technician
from web.technician.day_document import day_document
from web.technician.phone_sight import PhoneSight, device_id, phone_sight, remember_device
from web.technician.report_forms import read_form
from web.technician.sync_document import read_sync
from web.technician.technician_pages import job_of, visit_page

technician_reports = Blueprint("technician_reports", __name__, url_prefix="/t")
technician_reports.after_request(remember_device)

#: a report about a visit that was never this technician's is not taken
NOT_YOURS = "not_yours"


class InvalidSequence(InvalidInput):
    """A form without the number that keeps it from being taken twice."""


@technician_reports.get("/day.json")
@for_technician
def day_json() -> Response:
    """The day in short, with an ETag that changes only when the page would look different."""
    sight = phone_sight()
    response = jsonify(_document(sight))
    response.add_etag()
    response.headers["Business-Now"] = sight.now.isoformat()
    response.make_conditional(request)
    return response


@technician_reports.post("/reports")
@for_technician
def reports() -> ResponseReturnValue:
    """Take what a phone has kept: stored first, each applied in order; an empty list says that there is nothing."""
    sync = read_sync(request.get_data())
    now = phone_sight().now
    foreign = _foreign(sync.reports, now)
    mine = [report for report in sync.reports if report.sequence not in foreign]
    taken: list[dict[str, Any]] = []
    if mine or not foreign:
        taken = [_taken(one) for one in _take(device_id(sync.device), mine, device_now=sync.device_now, now=now)]
    taken += [{"sequence": sequence, "outcome": "refused", "reason": NOT_YOURS} for sequence in sorted(foreign)]
    sight = phone_sight()
    answer = jsonify(taken=taken, now=sight.now.isoformat(), day=_document(sight))
    answer.status_code = 404 if foreign and not mine else 200
    return answer


@technician_reports.post("/report")
@for_technician
def report_about_the_day() -> ResponseReturnValue:
    """A plain form about no visit: the technician cannot go on."""
    sight = phone_sight()
    report = _report_of_form(None, sight)
    read_payload(report.kind, report.payload)
    _take(device_id(), [report], device_now=sight.now, now=sight.now)
    return redirect(url_for("technician_pages.day"), 303)


@technician_reports.post("/visits/<int:visit_id>/report")
@for_technician
def report_about_a_visit(visit_id: int) -> ResponseReturnValue:
    """A plain form about a visit; what cannot be read, or lacks something, is shown again as it was filled in."""
    sight = phone_sight()
    visit = sight.visit(visit_id)
    try:
        report = _report_of_form(visit, sight)
        payload = read_payload(report.kind, report.payload)
    except InvalidInput as refused:
        return visit_page(sight, visit, refused=refused, given=request.form, status=400)
    if isinstance(payload, ClosedOutReport) and "anyway" not in request.form:
        missing = missing_from(job_of(visit), payload, at=sight.now)
        if missing:
            return visit_page(sight, visit, missing=missing, given=request.form, status=400)
    _take(device_id(), [report], device_now=sight.now, now=sight.now)
    return redirect(_after(report.kind, visit_id), 303)


def _report_of_form(visit: PhoneVisit | None, sight: PhoneSight) -> Report:
    kind, sequence = request.form.get("kind", ""), request.form.get("sequence", "")
    if not sequence.isascii() or not sequence.isdecimal() or len(sequence) > 15:
        raise InvalidSequence("sequence")
    if kind not in tuple(ReportKind):
        raise InvalidReport("kind", reason="unknown")
    payload = read_form(request.form.items(multi=True), now=sight.now)
    return Report(int(sequence), kind, sight.now, visit.visit_id if visit else None, payload)


def _after(kind: str, visit_id: int) -> str:
    if kind == ReportKind.DECLINED:
        return url_for("technician_pages.day")
    return url_for("technician_pages.visit", visit_id=visit_id)


def _foreign(reports: tuple[Report, ...], now: datetime) -> frozenset[int]:
    """The sequences of reports about visits that were never this technician's."""
    named = {report.visit_id for report in reports} - {None}
    if not named:
        return frozenset()
    with database().read_session() as session:
        known = visits_in_hand(session, signed_in_technician().technician_id, now=now)
    return frozenset(one.sequence for one in reports if one.visit_id is not None and one.visit_id not in known)


def _take(device: str, reports: list[Report], *, device_now: datetime, now: datetime) -> list[Taken]:
    return take_field_reports(
        database(),
        signed_in_technician().technician_id,
        device,
        reports,
        device_now=device_now,
        now=now,
    )


def _taken(taken: Taken) -> dict[str, Any]:
    return {
        "sequence": taken.sequence,
        "outcome": taken.outcome.value if taken.outcome else None,
        "reason": taken.reason,
        "case_id": taken.case_id,
    }


def _document(sight: PhoneSight) -> dict[str, Any]:
    return day_document(sight.day, secret())
