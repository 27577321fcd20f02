"""A phone hands over what it has kept: everything is stored first, then applied, one report after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database, is_passing, run_use_case
from dispatch.errors import NotFound
from dispatch.models import FieldReport, Technician
from dispatch.rules.vocabulary import ReportOutcome
from dispatch.services.apply_field_report import APPLY_FIELD_REPORT, apply_next_report
from dispatch.services.receive_field_reports import Report, receive_field_reports
from dispatch.services.schedule_work import schedule_work


class UnknownTechnician(NotFound):
    """There is no technician with this id."""


@dataclass(frozen=True)
class Taken:
    """What became of one report.

    `outcome` None: it is stored and will be applied in a moment. `reason` and `case_id` say
    why it did not fit, and who sorts it out.
    """

    sequence: int
    outcome: ReportOutcome | None
    reason: str | None = None
    case_id: int | None = None


def take_field_reports(
    database: Database,
    technician_id: int,
    device_id: str,
    reports: Sequence[Report],
    *,
    device_now: datetime,
    now: datetime,
) -> list[Taken]:
    """Store the reports of one sync in one transaction, then apply each in order in one of its own.

    `device_now` is the device's clock at the sync, `now` business time. An empty list says
    that the phone has nothing to report. What is stored is due work too, so that nothing is
    lost whatever dies; applying twice does nothing. A report that does not fit is never
    refused: its outcome is CONFLICT, and a case. Raises UnknownTechnician.
    """
    store = partial(_store, technician_id=technician_id, device_id=device_id, reports=reports)
    waiting = run_use_case(database, lambda session: store(session, device_now=device_now, now=now))
    if waiting:
        apply_reports_of(database, device_id, now=now)
    with database.read_session() as session:
        return _taken(session, device_id, [report.sequence for report in reports])


def apply_reports_of(database: Database, device_id: str, *, now: datetime) -> int:
    """Apply what the device has reported and nobody has applied yet, in order; how many reports.

    What cannot be applied at the moment because the database is busy stays due, and with it
    whatever the device has reported later.
    """
    applied = 0
    try:
        while run_use_case(database, lambda session: apply_next_report(session, device_id, now=now)):
            applied += 1
    except Exception as error:
        if not is_passing(error):
            raise
    return applied


def apply_due_report(database: Database, report_id: int, *, now: datetime) -> None:
    """Apply a stored report, and first what its device has reported before (due work `apply_field_report`)."""
    device_id = _waiting_device(database, report_id)
    while device_id is not None:
        run_use_case(database, partial(apply_next_report, device_id=device_id, now=now))
        device_id = _waiting_device(database, report_id)


def _waiting_device(database: Database, report_id: int) -> str | None:
    """Whose report it is, as long as it waits."""
    waits = select(FieldReport.device_id).where(FieldReport.id == report_id, FieldReport.outcome.is_(None))
    with database.read_session() as session:
        return session.scalar(waits)


def _store(
    session: Session,
    technician_id: int,
    device_id: str,
    reports: Sequence[Report],
    *,
    device_now: datetime,
    now: datetime,
) -> bool:
    """Store what is new; whether anything of the device waits to be applied."""
    technician = session.get(Technician, technician_id, with_for_update={"key_share": True})
    if technician is None:
        raise UnknownTechnician("technician_id")
    receive_field_reports(session, technician, device_id, reports, device_now=device_now, now=now)
    statement = select(FieldReport).where(FieldReport.device_id == device_id, FieldReport.outcome.is_(None))
    waiting = session.scalars(statement.order_by(FieldReport.sequence)).all()
    for row in waiting:
        schedule_work(session, APPLY_FIELD_REPORT, row.id, now)
    return bool(waiting)


def _taken(session: Session, device_id: str, sequences: Sequence[int]) -> list[Taken]:
    statement = select(FieldReport).where(FieldReport.device_id == device_id, FieldReport.sequence.in_(sequences))
    rows = session.scalars(statement.order_by(FieldReport.sequence))
    return [Taken(row.sequence, row.outcome, row.outcome_reason, row.case_id) for row in rows]
