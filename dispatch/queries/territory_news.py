"""Has anything happened in a territory since somebody last looked?"""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from dispatch.models import Event, EventSequence, Order, Visit


def last_position(session: Session) -> int:
    """How far the log of facts goes."""
    return session.scalar(select(EventSequence.last_position)) or 0


def has_news(session: Session, territory_id: int, *, after: int, until: int) -> bool:
    """Whether a fact after one position, up to another, is about the territory, or about no place in particular."""
    place = func.coalesce(Event.territory_id, Visit.territory_id, Order.territory_id)
    statement = (
        select(Event.id)
        .outerjoin(Visit, Visit.id == Event.visit_id)
        .outerjoin(Order, Order.id == Event.order_id)
        .where(Event.position > after, Event.position <= until, or_(place == territory_id, place.is_(None)))
        .limit(1)
    )
    return session.execute(statement).first() is not None
