"""Visits that a technician has declined, or not accepted in time, while nobody has decided anything else."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from dispatch.models import Disruption, Event, Route, Stop
from dispatch.rules.events import VisitScheduled, VisitUnsent
from dispatch.rules.lifecycles import DisruptionStatus
from dispatch.rules.vocabulary import DisruptionKind


def is_refused(stop: type[Stop] = Stop, route: type[Route] = Route) -> ColumnElement[bool]:
    """The condition, on a stop and its route, that the route's technician has refused the visit.

    Not any more once it was planned anew, or its disruption is settled and it stays where it is.
    """
    unsent, planned = aliased(Event), aliased(Event)
    since = exists().where(
        planned.visit_id == unsent.visit_id, planned.kind == VisitScheduled.kind, planned.id > unsent.id
    )
    stays = exists().where(
        Disruption.visit_id == unsent.visit_id,
        Disruption.technician_id == unsent.technician_id,
        Disruption.kind == DisruptionKind.UNACCEPTED,
        Disruption.status == DisruptionStatus.SETTLED,
        Disruption.status_at >= unsent.recorded_at,
    )
    return exists().where(
        unsent.visit_id == stop.visit_id,
        unsent.kind == VisitUnsent.kind,
        unsent.technician_id == route.technician_id,
        ~since,
        ~stays,
    )


def was_refused(session: Session, visit_id: int, technician_id: int) -> bool:
    """Whether the visit stands on the technician's route although the technician has refused it."""
    statement = (
        select(Stop.id)
        .join(Route, Route.id == Stop.route_id)
        .where(Stop.visit_id == visit_id, Route.technician_id == technician_id, is_refused())
    )
    return session.scalar(statement) is not None
