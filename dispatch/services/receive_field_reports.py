"""Taking in what a phone reports: stored first, exactly as it came, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import FieldReport, Promise, Route, Stop, Technician, Visit
from dispatch.rules.lifecycles import PromiseStatus
from dispatch.rules.storable import storable
from dispatch.services.judge_promise import JUDGE_PROMISE
from dispatch.services.schedule_work import schedule_work
from dispatch.upsert import insert_or_update


@dataclass(frozen=True)
class Report:
    """One report in the device's own time; `payload` may hold personal data."""

    sequence: int
    kind: str
    device_at: datetime
    visit_id: int | None = None
    payload: dict[str, Any] = field(default_factory=dict, repr=False)


def receive_field_reports(
    session: Session,
    technician: Technician,
    device_id: str,
    reports: Sequence[Report],
    *,
    device_now: datetime,
    now: datetime,
) -> list[FieldReport]:
    """Store the reports of one sync, which empties the device's queue, and return the rows.

    `device_now` is the device's clock at the sync and `now` the business clock: their
    difference corrects `occurred_at`, which never lies ahead of `now`. A report that was
    received before is not stored again; a visit that nobody knows is kept as
    `unknown_visit_id` among what was reported. From now on the device has spoken for all that
    was done up to `now`, so promises that were waiting for it are judged anew.
    """
    offset = now - device_now
    known = _known_visits(session, reports)
    for report in reports:
        found = report.visit_id in known
        said = {} if found or report.visit_id is None else {"unknown_visit_id": report.visit_id}
        insert_or_update(
            session,
            FieldReport,
            {
                "device_id": device_id,
                "sequence": report.sequence,
                "technician_id": technician.id,
                "visit_id": report.visit_id if found else None,
                "kind": storable(report.kind),
                "device_at": report.device_at,
                "occurred_at": _corrected(report.device_at, offset, now),
                "recorded_at": now,
                "payload": storable(report.payload) | said,
            },
            unique=("device_id", "sequence"),
        )
    technician.heard_at = max(technician.heard_at or now, now)
    judge_what_waited(session, technician, now=now)
    sequences = [report.sequence for report in reports]
    statement = select(FieldReport).where(FieldReport.device_id == device_id, FieldReport.sequence.in_(sequences))
    return list(session.scalars(statement.order_by(FieldReport.sequence)))


def judge_what_waited(session: Session, technician: Technician, *, now: datetime) -> None:
    """Have the promises judged that waited for this technician's phone, which has spoken."""
    for promise_id in _waiting_for(session, technician):
        schedule_work(session, JUDGE_PROMISE, promise_id, now)


def _known_visits(session: Session, reports: Sequence[Report]) -> frozenset[int]:
    named = {report.visit_id for report in reports if report.visit_id is not None}
    return frozenset(session.scalars(select(Visit.id).where(Visit.id.in_(named)))) if named else frozenset()


def _corrected(device_at: datetime, offset: timedelta, now: datetime) -> datetime:
    """When it happened; `now` for a clock that shows no time at all."""
    try:
        return min(device_at + offset, now)
    except OverflowError:
        return now


def _waiting_for(session: Session, technician: Technician) -> Sequence[int]:
    """Promises past due that wait for this technician's phone."""
    visits = (
        select(Visit.id, Visit.order_id)
        .join(Stop, Stop.visit_id == Visit.id)
        .join(Route, Route.id == Stop.route_id)
        .where(Route.technician_id == technician.id)
        .subquery()
    )
    statement = select(Promise.id).where(
        Promise.status == PromiseStatus.DUE_PASSED,
        Promise.visit_id.in_(select(visits.c.id)) | Promise.order_id.in_(select(visits.c.order_id)),
    )
    return session.scalars(statement).all()
