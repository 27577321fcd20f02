"""A field report that does not fit is nobody's error: somebody sorts it out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Case, FieldReport, Visit
from dispatch.rules.lifecycles import CaseStatus
from dispatch.rules.vocabulary import CaseKind, Channel, ReportOutcome
from dispatch.services.add_remark import add_remark
from dispatch.services.open_case import open_case

#: what the owner of the case does next
CHECK_REPORT = "check_field_report"


def note_report_conflict(session: Session, row: FieldReport, reason: str, *, now: datetime) -> None:
    """Keep the outcome CONFLICT with its `reason` (a code) and open a case that names report and reason.

    What one technician reports about one visit and does not fit is one case while that is open.
    """
    row.outcome, row.outcome_reason = ReportOutcome.CONFLICT, reason
    by, said = f"technician:{row.technician_id}", f"{row.kind} #{row.id}: {reason}"
    row.case_id = _open_case_about(session, row)
    if row.case_id is not None:
        add_remark(session, row.case_id, said, now=now, said_by=by)
        return
    visit = None if row.visit_id is None else session.get(Visit, row.visit_id)
    row.case_id = open_case(
        session,
        CaseKind.EXCEPTION,
        channel=Channel.PHONE,
        next_step=CHECK_REPORT,
        order_id=None if visit is None else visit.order_id,
        visit_id=row.visit_id,
        remark=said,
        said_by=by,
        occurred_at=row.occurred_at,
        now=now,
    ).id


def _open_case_about(session: Session, row: FieldReport) -> int | None:
    if row.visit_id is None:
        return None
    statement = (
        select(Case.id)
        .join(FieldReport, FieldReport.case_id == Case.id)
        .where(FieldReport.technician_id == row.technician_id, FieldReport.visit_id == row.visit_id)
        .where(Case.next_step == CHECK_REPORT, Case.status != CaseStatus.RESOLVED)
    )
    return session.scalars(statement.order_by(Case.id)).first()
