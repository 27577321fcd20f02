"""Keeping the technician's account of a visit that has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import CloseOut, Reading
from dispatch.rules.field_reports import MeasuredReading


def write_close_out(
    session: Session,
    visit_id: int,
    technician_id: int,
    *,
    at: datetime,
    reason: str | None = None,
    checklist: Mapping[str, bool],
    readings: Sequence[MeasuredReading] = (),
    parts: Mapping[str, str] | None = None,
    consents: Mapping[str, datetime] | None = None,
    needs: Mapping[str, Any] | None = None,
    remark: str = "",
) -> CloseOut:
    """The account of a visit that ended `at`; with a `reason`, without what it was for."""
    row = CloseOut(
        visit_id=visit_id,
        technician_id=technician_id,
        closed_at=at,
        is_completed=reason is None,
        reason=reason,
        checklist=dict(checklist),
        parts=dict(parts or {}),
        consents={code: given.isoformat() for code, given in (consents or {}).items()},
        needs=dict(needs or {}),
        remark=remark,
        readings=[
            Reading(kind=one.kind, value=one.value, is_wired=one.is_wired, taken_at=one.taken_at) for one in readings
        ],
    )
    session.add(row)
    session.flush()
    return row


def close_out_of(session: Session, visit_id: int) -> CloseOut | None:
    """The account of the visit, if it has ended."""
    return session.scalars(select(CloseOut).where(CloseOut.visit_id == visit_id)).first()
