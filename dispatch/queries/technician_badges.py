"""Who wears which badge?"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Technician


def technician_ids(session: Session, badges: Collection[str]) -> dict[str, int]:
    """The ids of the technicians with these badges, by badge; unknown ones are left out."""
    statement = select(Technician.badge, Technician.id).where(Technician.badge.in_(badges))
    return {row.badge: row.id for row in session.execute(statement)}
