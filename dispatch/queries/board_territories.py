"""Which territories somebody may look at, and whose rows of them."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.errors import NotFound
from dispatch.models import Shift, Technician, Territory
from dispatch.rules.access import Scope


@dataclass(frozen=True)
class TerritoryView:
    """A territory as somebody sees it: whole, or only what technicians of `contractor_ids` do in it."""

    territory_id: int
    name: str
    zone: ZoneInfo
    contractor_ids: frozenset[int] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether everything of the territory is seen."""
        return self.contractor_ids is None


def territory_views(session: Session, scope: Scope) -> tuple[TerritoryView, ...]:
    """Every territory within the scope, by code; of a contractor, those where its technicians live or work."""
    rows = session.scalars(select(Territory).order_by(Territory.code)).all()
    worked = _worked_by(session, scope.contractor_ids)
    return tuple(
        TerritoryView(row.id, row.name, row.zone, None if scope.covers(row.id) else scope.contractor_ids)
        for row in rows
        if scope.covers(row.id) or row.id in worked
    )


def territory_view(session: Session, territory_id: int, scope: Scope) -> TerritoryView:
    """One of them; raises NotFound for what does not exist or is outside the scope."""
    found = [view for view in territory_views(session, scope) if view.territory_id == territory_id]
    if not found:
        raise NotFound("territory")
    return found[0]


def _worked_by(session: Session, contractor_ids: frozenset[int]) -> set[int]:
    if not contractor_ids:
        return set()
    theirs = Technician.contractor_id.in_(contractor_ids)
    lent = select(Shift.territory_id).join(Technician, Technician.id == Shift.technician_id).where(theirs)
    return set(session.scalars(select(Technician.territory_id).where(theirs).union(lent)))
