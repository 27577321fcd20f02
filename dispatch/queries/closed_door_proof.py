"""What proves that a technician stood at a closed door (R18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.great_circle import straight_m, unit_vectors
from dispatch.models import ContactAttempt, FieldReport, Message, Promise, Visit
from dispatch.rules.close_out_rules import DoorProof, DoorRules, read_door_rules
from dispatch.rules.datum import Coordinate, Datum
from dispatch.rules.field_reports import Position
from dispatch.rules.lifecycles import MessageStatus
from dispatch.rules.vocabulary import Channel, PromiseKind, ReportKind

#: calls and messages of so long before the wait count: who is not at home is often called from the stairs
BEFORE = timedelta(minutes=30)
#: what tells the customer that somebody could not reach them, or is about to come
_SAYS_SO = ("contact_missed", "technician_set_off")
_NEVER_SENT = (MessageStatus.SUPERSEDED, MessageStatus.SUPPRESSED, MessageStatus.EXPIRED, MessageStatus.FAILED)


def door_proof(
    session: Session, visit: Visit, *, waited_since: datetime, position: Position | None, at: datetime
) -> DoorProof:
    """Calls in vain that have a record, messages, the wait until `at`, and how far the phone was."""
    since = waited_since - BEFORE
    return DoorProof(
        calls=_count(session, _attempts(visit, since, at).where(ContactAttempt.call_record.is_not(None))),
        messages=_messages(session, visit, since, at),
        waited=at - max(waited_since, visit.arrived_at or waited_since),
        distance_m=_distance_m(session, visit, position),
    )


def last_call(session: Session, visit: Visit, *, waited_since: datetime, at: datetime) -> int | None:
    """The id of the last call in vain that has a record."""
    statement = _attempts(visit, waited_since - BEFORE, at).where(ContactAttempt.call_record.is_not(None))
    latest = statement.order_by(ContactAttempt.tried_at.desc(), ContactAttempt.id.desc())
    return session.scalars(latest.with_only_columns(ContactAttempt.id)).first()


def door_rules(session: Session, visit_id: int) -> DoorRules:
    """What counts as proof by the rule about arrival; the usual where nothing was promised."""
    statement = select(Promise).where(Promise.visit_id == visit_id, Promise.kind == PromiseKind.ARRIVAL)
    promise = session.scalars(statement.order_by(Promise.occasion.desc())).first()
    return read_door_rules({} if promise is None else promise.rule.as_rule().parameters)


def _attempts(visit: Visit, since: datetime, at: datetime, channel: Channel = Channel.VOICE) -> Any:
    return select(ContactAttempt).where(
        ContactAttempt.visit_id == visit.id,
        ContactAttempt.channel == channel,
        ContactAttempt.reached.is_(False),
        ContactAttempt.tried_at.between(since, at),
    )


def _count(session: Session, statement: Any) -> int:
    return session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def _messages(session: Session, visit: Visit, since: datetime, at: datetime) -> int:
    """Messages that the technician or we have sent meanwhile."""
    ours = select(Message).where(
        Message.visit_id == visit.id,
        Message.kind.in_(_SAYS_SO),
        Message.wanted_at.between(since, at),
        Message.status.not_in(_NEVER_SENT),
    )
    return _count(session, _attempts(visit, since, at, Channel.SMS)) + _count(session, ours)


def _distance_m(session: Session, visit: Visit, position: Position | None) -> float | None:
    """From the phone, as it says or as it said on arrival, to the premises; None if either is not known."""
    premises = visit.premises
    phone = position or _arrived_at(session, visit)
    if phone is None or premises.lat is None or premises.lon is None:
        return None
    ends: Sequence[Coordinate] = (
        Coordinate(phone.lat, phone.lon, phone.datum),
        Coordinate(premises.lat, premises.lon, premises.datum),
    )
    points = unit_vectors(ends)
    return float(straight_m(points[:1], points[1:])[0, 0])


def _arrived_at(session: Session, visit: Visit) -> Position | None:
    statement = (
        select(FieldReport.payload)
        .where(FieldReport.visit_id == visit.id, FieldReport.kind == ReportKind.ARRIVED)
        .order_by(FieldReport.occurred_at.desc(), FieldReport.id.desc())
    )
    said = session.scalars(statement).first() or {}
    try:
        return Position(float(said["lat"]), float(said["lon"]), Datum(said.get("datum") or Datum.WGS84))
    except (KeyError, TypeError, ValueError):
        return None
