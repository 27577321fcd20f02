"""The rate that a technician measured (R14)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import CloseOut, Reading
from dispatch.rules.vocabulary import ReadingKind

#: fewer say too little
LEAST_READINGS = 3


def measured_rate(session: Session, visit_id: int) -> int | None:
    """The average downlink rate of the visit in Mbit/s, wired or at the gateway; None if too little was measured."""
    statement = (
        select(Reading.value)
        .join(CloseOut, CloseOut.id == Reading.close_out_id)
        .where(CloseOut.visit_id == visit_id, Reading.kind == ReadingKind.DOWNLINK_KBPS, Reading.is_wired)
    )
    values = session.scalars(statement).all()
    return None if len(values) < LEAST_READINGS else sum(values) // len(values) // 1000
