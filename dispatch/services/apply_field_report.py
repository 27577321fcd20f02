"""Applying what a phone has reported: facts are always accepted, and what does not fit becomes somebody's case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import LockOrderViolated, is_passing
from dispatch.errors import Refusal, error_code
from dispatch.models import FieldReport, Shift, Technician
from dispatch.rules import field_reports as r
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import DisruptionKind, ReportKind, ReportOutcome
from dispatch.services.accept_visit import accept_visit
from dispatch.services.agree_time import agree_time
from dispatch.services.allow_early_arrival import allow_early_arrival
from dispatch.services.arrive import arrive
from dispatch.services.ask_at_door import ask_at_door
from dispatch.services.catch_up_visit import catch_up_visit
from dispatch.services.close_out_visit import close_out_visit
from dispatch.services.decline_visit import decline_visit
from dispatch.services.divert_visit import divert_visit
from dispatch.services.end_visit import end_visit_undone, leave_closed_door
from dispatch.services.lock_own_visit import lock_own_visit
from dispatch.services.note_report_conflict import note_report_conflict
from dispatch.services.receive_field_reports import judge_what_waited
from dispatch.services.report_disruption import report_disruption
from dispatch.services.schedule_work import schedule_work
from dispatch.services.set_off import set_off
from dispatch.services.try_contact import try_contact
from dispatch.services.undo_arrival import undo_arrival

APPLY_FIELD_REPORT = "apply_field_report"

_log = structlog.get_logger(__name__)


class ReportDoesNotFit(Refusal):
    """What is reported cannot have been so: `reason` unknown_visit, no_such_arrival or no_shift."""


@dataclass(frozen=True)
class _Applying:
    """One report being applied: what it is about, when it happened, and the verb that it asks for."""

    session: Session
    row: FieldReport
    now: datetime

    @property
    def visit_id(self) -> int:
        """The visit that it is about; raises ReportDoesNotFit without one."""
        if self.row.visit_id is None:
            raise ReportDoesNotFit("visit_id", reason="unknown_visit")
        return self.row.visit_id

    @property
    def about(self) -> tuple[Session, int, int]:
        """What every verb asks for first."""
        return self.session, self.visit_id, self.row.technician_id

    @property
    def times(self) -> dict[str, Any]:
        """When it happened and when it became known."""
        return {"at": self.row.occurred_at, "now": self.now}


def apply_next_report(session: Session, device_id: str, *, now: datetime) -> bool:
    """Apply the first report of the device that nobody has applied; False if there is none.

    Its outcome, the facts that follow and the end of its due work stand in one transaction.
    Whatever refuses it undoes the attempt alone: the outcome is then CONFLICT with the
    refusal's reason, and a case. After the last one, what waited for the phone is judged.
    """
    waiting = (
        select(FieldReport)
        .where(FieldReport.device_id == device_id, FieldReport.outcome.is_(None))
        .order_by(FieldReport.sequence)
        .limit(2)
    )
    rows = session.scalars(waiting.with_for_update().execution_options(populate_existing=True)).all()
    if not rows:
        return False
    row, is_last = rows[0], len(rows) == 1
    _settle(session, row, now)
    schedule_work(session, APPLY_FIELD_REPORT, row.id, None)
    session.flush()
    if is_last:
        judge_what_waited(session, session.get_one(Technician, row.technician_id), now=now)
    return True


def _settle(session: Session, row: FieldReport, now: datetime) -> None:
    attempt = session.begin_nested()
    try:
        is_news = _apply(session, row, now)
        session.flush()
    except Exception as error:
        attempt.rollback()
        if is_passing(error):
            raise
        if isinstance(error, LockOrderViolated) or not isinstance(error, Refusal):
            # a defect of ours must not keep the phone's other reports waiting
            _log.exception("field_report_failed", report=row.id, kind=row.kind, code=error_code(error))
        note_report_conflict(session, row, _reason(error), now=now)
    else:
        attempt.commit()
        row.outcome = ReportOutcome.APPLIED if is_news else ReportOutcome.KNOWN


def _reason(error: Exception) -> str:
    reason = error.values.get("reason") if isinstance(error, Refusal) else None
    if isinstance(error, r.InvalidReport):
        return f"unreadable.{error.field}"
    return str(reason or error_code(error))


def _apply(session: Session, row: FieldReport, now: datetime) -> bool:
    """Do what the report says; whether it was news."""
    payload = r.read_payload(row.kind, row.payload)
    return VERBS[ReportKind(row.kind)](_Applying(session, row, now), payload)


# --- what each kind of report asks for --------------------------------------------------------


def _accepted(one: _Applying, _payload: r.AcceptedReport) -> bool:
    return accept_visit(*one.about, **one.times)


def _declined(one: _Applying, payload: r.DeclinedReport) -> bool:
    return decline_visit(*one.about, payload.reason, **one.times)


def _contact_tried(one: _Applying, payload: r.ContactTriedReport) -> bool:
    return try_contact(
        *one.about,
        reached=payload.reached,
        channel=payload.channel,
        contact_id=payload.contact_id,
        call_record=payload.call_record,
        **one.times,
    )


def _time_agreed(one: _Applying, payload: r.TimeAgreedReport) -> bool:
    return agree_time(*one.about, payload.time_at, **one.times)


def _early_allowed(one: _Applying, _payload: r.EarlyAllowedReport) -> bool:
    return allow_early_arrival(*one.about, **one.times)


def _set_off(one: _Applying, _payload: r.SetOffReport) -> bool:
    return set_off(*one.about, **one.times)


def _diverted(one: _Applying, payload: r.DivertedReport) -> bool:
    return divert_visit(*one.about, payload.reason, **one.times)


def _arrived(one: _Applying, _payload: r.ArrivedReport) -> bool:
    return arrive(*one.about, one.row.id, **one.times)


def _arrival_undone(one: _Applying, payload: r.ArrivalUndoneReport) -> bool:
    arrival = one.session.scalars(
        select(FieldReport).where(
            FieldReport.device_id == one.row.device_id,
            FieldReport.sequence == payload.sequence,
            FieldReport.kind == ReportKind.ARRIVED,
            FieldReport.visit_id == one.visit_id,
        )
    ).first()
    if arrival is None:
        raise ReportDoesNotFit("sequence", reason="no_such_arrival")
    return undo_arrival(*one.about, arrival.id, **one.times)


def _nobody_there(one: _Applying, payload: r.NobodyThereReport) -> bool:
    came_at = min(payload.waited_since, one.row.occurred_at)
    if _is_ended(one, came_at, VisitStatus.NOT_COMPLETED):
        return False
    leave_closed_door(*one.about, payload, **one.times)
    return True


def _closed_out(one: _Applying, payload: r.ClosedOutReport) -> bool:
    if _is_ended(one, one.row.occurred_at, VisitStatus.COMPLETED):
        return False
    close_out_visit(*one.about, payload, **one.times)
    return True


def _not_completed(one: _Applying, payload: r.NotCompletedReport) -> bool:
    if _is_ended(one, one.row.occurred_at, VisitStatus.NOT_COMPLETED):
        return False
    end_visit_undone(*one.about, payload, **one.times)
    return True


def _is_ended(one: _Applying, came_at: datetime, status: VisitStatus) -> bool:
    """Whether the visit has ended so already; if it has not begun, the technician was there from `came_at`."""
    visit = lock_own_visit(*one.about)
    if visit.status is status:
        return True
    _, _, technician_id = one.about
    catch_up_visit(
        one.session, visit, VisitStatus.ON_SITE, technician_id, at=came_at, now=one.now, report_id=one.row.id
    )
    return False


def _question_asked(one: _Applying, payload: r.QuestionAskedReport) -> bool:
    ask_at_door(one.session, one.row.visit_id, one.row.technician_id, payload.text, **one.times)
    return True


def _running_over(one: _Applying, payload: r.RunningOverReport) -> bool:
    visit = lock_own_visit(*one.about)
    if visit.left_at is not None:
        return False
    _disrupted(one, DisruptionKind.OVERRUN, visit.territory_id, visit.id, payload.until_at)
    return True


def _taken_ill(one: _Applying, payload: r.TakenIllReport) -> bool:
    shift = _shift_at(one)
    if shift is None:
        raise ReportDoesNotFit("occurred_at", reason="no_shift")
    until_at = shift.ends_at if payload.until_at is None else payload.until_at
    _disrupted(one, DisruptionKind.ABSENT, shift.territory_id, None, until_at)
    return True


def _disrupted(
    one: _Applying, kind: DisruptionKind, territory_id: int, visit_id: int | None, until_at: datetime
) -> None:
    report_disruption(
        one.session,
        kind,
        territory_id=territory_id,
        technician_id=one.row.technician_id,
        visit_id=visit_id,
        from_at=one.row.occurred_at,
        until_at=until_at,
        occurred_at=one.row.occurred_at,
        now=one.now,
        by=f"technician:{one.row.technician_id}",
    )


def _shift_at(one: _Applying) -> Shift | None:
    """The technician's shift that is on, or the next one."""
    statement = select(Shift).where(Shift.technician_id == one.row.technician_id, Shift.ends_at > one.row.occurred_at)
    return one.session.scalars(statement.order_by(Shift.starts_at)).first()


#: the verb of each kind of report; it says whether the report was news
VERBS: Mapping[ReportKind, Callable[[_Applying, Any], bool]] = {
    ReportKind.ACCEPTED: _accepted,
    ReportKind.DECLINED: _declined,
    ReportKind.CONTACT_TRIED: _contact_tried,
    ReportKind.TIME_AGREED: _time_agreed,
    ReportKind.EARLY_ALLOWED: _early_allowed,
    ReportKind.SET_OFF: _set_off,
    ReportKind.DIVERTED: _diverted,
    ReportKind.ARRIVED: _arrived,
    ReportKind.ARRIVAL_UNDONE: _arrival_undone,
    ReportKind.NOBODY_THERE: _nobody_there,
    ReportKind.CLOSED_OUT: _closed_out,
    ReportKind.NOT_COMPLETED: _not_completed,
    ReportKind.QUESTION_ASKED: _question_asked,
    ReportKind.RUNNING_OVER: _running_over,
    ReportKind.TAKEN_ILL: _taken_ill,
}
