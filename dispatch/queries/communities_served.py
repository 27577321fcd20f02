"""The estates that orders can be taken for (R19)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Community
from dispatch.rules.access import Scope


@dataclass(frozen=True)
class ServedCommunity:
    """An estate; where it cannot be served, an order is taken without a promise (R05)."""

    community_id: int
    territory_id: int
    name: str
    territory: str
    is_serviceable: bool


def communities_served(session: Session, scope: Scope) -> tuple[ServedCommunity, ...]:
    """The estates within the scope, by territory and name."""
    statement = select(Community)
    if not scope.everywhere:
        statement = statement.where(Community.territory_id.in_(scope.territory_ids))
    rows = session.scalars(statement).all()
    found = [
        ServedCommunity(row.id, row.territory_id, row.name, row.territory.name, row.is_serviceable) for row in rows
    ]
    return tuple(sorted(found, key=lambda one: (one.territory, one.name)))
