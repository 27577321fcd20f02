"""What the customer thought of a visit; a low rating, or "not fixed", opens a case (R60, R62)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import lock
from dispatch.errors import Refusal
from dispatch.models import Case, Order, Rating, Visit
from dispatch.rules.events import VisitRated
from dispatch.rules.lifecycles import CaseStatus, VisitStatus
from dispatch.rules.vocabulary import CaseKind, Channel
from dispatch.services.ask_for_person import ask_for_person
from dispatch.services.record import record
from dispatch.services.report_fault import report_fault

#: not satisfied, or worse
LOW = 2
CALL_ABOUT_RATING = "call_about_rating"


class NotRateable(Refusal):
    """Only a visit that has ended can be rated."""


@dataclass(frozen=True)
class Rated:
    """What became of a rating: whether it `replaced` another, the case and the new repair that it has led to."""

    replaced: bool
    case: Case | None = None
    repair: Order | None = None


def rate_visit(
    session: Session, visit_id: int, *, score: int | None, channel: Channel, now: datetime, said: str = ""
) -> Rated:
    """Keep a score from 1 to 5, or (None) that it is not fixed, which takes a new repair too.

    The latest score counts; that it was not fixed stands. A grumble `said` with a low rating
    makes its case a complaint (R47). Raises NotRateable.
    """
    (visit,) = lock(session, Visit, [visit_id])
    if visit.status not in (VisitStatus.COMPLETED, VisitStatus.NOT_COMPLETED):
        raise NotRateable("visit", visit=visit_id, status=visit.status)
    rating = session.scalars(select(Rating).where(Rating.visit_id == visit_id)).first()
    replaced = rating is not None
    if rating is None:
        rating = Rating(visit_id=visit_id, score=score, is_fixed=score is not None, channel=channel, rated_at=now)
        session.add(rating)
    elif (score is None and not rating.is_fixed) or score == rating.score:
        return Rated(replaced, _case(session, visit))
    else:
        rating.score = score if score is not None else rating.score
        rating.is_fixed = rating.is_fixed and score is not None
        rating.channel, rating.rated_at = channel, now
    session.flush()
    _record(session, visit, rating, now)
    repair = report_fault(session, visit.order_id, channel=channel, now=now) if score is None else None
    is_bad = score is None or score <= LOW
    return Rated(replaced, _care(session, visit, channel, said, now) if is_bad else None, repair)


def _record(session: Session, visit: Visit, rating: Rating, now: datetime) -> None:
    fact = VisitRated(
        occurred_at=now,
        order_id=visit.order_id,
        visit_id=visit.id,
        rating_id=rating.id,
        score=rating.score,
        is_fixed=rating.is_fixed,
    )
    record(session, fact, now=now)


def _care(session: Session, visit: Visit, channel: Channel, said: str, now: datetime) -> Case:
    """Somebody calls about it: one case a visit."""
    return _case(session, visit) or ask_for_person(
        session,
        CaseKind.COMPLAINT if said else CaseKind.EXCEPTION,
        channel=channel,
        order_id=visit.order_id,
        visit_id=visit.id,
        next_step=CALL_ABOUT_RATING,
        said=said,
        now=now,
    )


def _case(session: Session, visit: Visit) -> Case | None:
    statement = select(Case).where(
        Case.visit_id == visit.id,
        Case.next_step == CALL_ABOUT_RATING,
        Case.status != CaseStatus.RESOLVED,
    )
    return session.scalars(statement).first()
