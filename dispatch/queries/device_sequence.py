"""How far a device has counted its reports."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.models import FieldReport


def last_sequence(session: Session, device_id: str) -> int:
    """The highest sequence number that this device has used; 0 if it has reported nothing."""
    return session.scalar(select(func.max(FieldReport.sequence)).where(FieldReport.device_id == device_id)) or 0
