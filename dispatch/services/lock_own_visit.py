"""Taking hold of the visit that a technician reports on."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.errors import Refusal
from dispatch.models import Route, Stop, Visit
from dispatch.rules.lifecycles import VisitStatus
from dispatch.services.lock_places import lock_places


class VisitNotInHand(Refusal):
    """The technician reports on a visit that is not theirs: `reason` unknown_visit, cancelled or reassigned."""


def lock_own_visit(session: Session, visit_id: int, technician_id: int, *, with_route: bool = False) -> Visit:
    """The visit, locked and read anew, if it is on a route of the technician; raises VisitNotInHand.

    With the route too, its day is locked first: whoever changes times of stops asks for it.
    A visit that this transaction has in hand already stays as it is.
    """
    in_hand: set[tuple[int, int]] = session.info.setdefault("visits_in_hand", set())
    if (visit_id, technician_id) in in_hand and not with_route:
        return session.get_one(Visit, visit_id)
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise VisitNotInHand("visit_id", reason="unknown_visit")
    if with_route:
        lock_places(session, [visit])
        lock(session, Route, session.scalars(select(Stop.route_id).where(Stop.visit_id == visit_id)))
    (visit,) = lock(session, Visit, [visit_id])
    if visit.status is VisitStatus.CANCELLED:
        raise VisitNotInHand("visit_id", reason="cancelled")
    owners = select(Route.technician_id).join(Stop, Stop.route_id == Route.id)
    if technician_id not in session.scalars(owners.where(Stop.visit_id == visit_id, Stop.is_tentative.is_(False))):
        raise VisitNotInHand("visit_id", reason="reassigned")
    in_hand.add((visit_id, technician_id))
    return visit
