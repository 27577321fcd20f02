"""What a simulated week comes to: figures read from the database at its end, the same for the same seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.models import (
    Announcement,
    Case,
    Compensation,
    Disruption,
    Event,
    Message,
    Order,
    Promise,
    Rating,
    Route,
    Shift,
    Stop,
    Visit,
)
from dispatch.rules import events as e
from dispatch.rules.lifecycles import CompensationStatus, OrderStatus, PromiseStatus, VisitStatus
from dispatch.rules.vocabulary import Channel, PromiseKind

#: an arrival is accurate so long before and after the time agreed (R11)
EARLY, LATE = timedelta(minutes=15), timedelta(minutes=60)
#: messages that take back, or change, what a customer was told
CHANGES = ("visit_changed", "visit_replanned", "time_agreed_changed")
SELF_SERVICE = (Channel.PAGE, Channel.SMS, Channel.API)
_JUDGED = (PromiseStatus.KEPT, PromiseStatus.BROKEN)


def measure(session: Session, *, until: datetime) -> dict[str, Any]:
    """Every figure; shares are between 0 and 1, rounded to what is worth comparing."""
    return {
        "orders": _orders(session),
        "promises": _promises(session),
        "windows": _windows(session),
        "visits": _visits(session, until),
        "messages": _messages(session),
        "cases": _counted(session, select(Case.kind, func.count()).group_by(Case.kind)),
        "disruptions": _counted(
            session,
            select(Disruption.kind, Disruption.status_reason, func.count()).group_by(
                Disruption.kind, Disruption.status_reason
            ),
        ),
        "compensation": _compensation(session),
        "satisfaction": _satisfaction(session),
    }


def share(part: int, whole: int) -> float | None:
    """A share, or nothing of nothing."""
    return round(part / whole, 4) if whole else None


def _orders(session: Session) -> dict[str, Any]:
    by_status = _counted(session, select(Order.status, func.count()).group_by(Order.status))
    by_channel = dict(session.execute(select(Order.channel, func.count()).group_by(Order.channel)).all())
    alone = sum(count for channel, count in by_channel.items() if channel in SELF_SERVICE)
    return {"by_status": by_status, "self_service": share(alone, sum(by_channel.values()))}


def _promises(session: Session) -> dict[str, Any]:
    """By kind: gross counts what was met by the first due time, net forgives proven pauses (R63)."""
    found: dict[str, Any] = {}
    for kind in PromiseKind:
        rows = session.scalars(select(Promise).where(Promise.kind == kind, ~Promise.is_silent)).all()
        judged = [row for row in rows if row.status in _JUDGED]
        if not rows:
            continue
        kept = [row for row in judged if row.status is PromiseStatus.KEPT]
        gross = [row for row in kept if row.met_at is not None and row.met_at <= row.first_due_at]
        causes = Counter(row.cause.value for row in judged if row.cause is not None)
        found[kind.value] = {
            "judged": len(judged),
            "kept_net": share(len(kept), len(judged)),
            "kept_gross": share(len(gross), len(judged)),
            "causes": dict(sorted(causes.items())),
            "open": len(rows) - len(judged),
        }
    return found


def _windows(session: Session) -> dict[str, Any]:
    """Windows that customers were told, and arrivals against the times agreed."""
    arrivals = session.scalars(select(Promise).where(Promise.kind == PromiseKind.ARRIVAL)).all()
    judged = [one for one in arrivals if one.status in _JUDGED]
    broken = [one for one in judged if one.status is PromiseStatus.BROKEN]
    credited = set(
        session.scalars(select(Compensation.promise_id).where(Compensation.status != CompensationStatus.WITHDRAWN))
    )
    told = session.scalar(select(func.count()).where(Announcement.told_at.is_not(None))) or 0
    agreed = session.execute(
        select(Visit.appointed_at, Visit.arrived_at)
        .where(Visit.appointed_at.is_not(None))
        .where(Visit.arrived_at.is_not(None))
    ).all()
    late = [arrived - appointed for appointed, arrived in agreed if appointed is not None and arrived is not None]
    accurate = sum(-EARLY <= one <= LATE for one in late)
    changed = (e.WindowChosen.kind, e.TimeAgreed.kind)
    consents = session.scalar(select(func.count()).select_from(Event).where(Event.kind.in_(changed))) or 0
    return {
        "told": told,
        "kept": share(len(judged) - len(broken), len(judged)),
        "changed_with_consent": consents,
        "broken": len(broken),
        "broken_and_credited": sum(one.id in credited for one in broken),
        "arrivals_accurate": share(accurate, len(late)),
        "off_by_minutes": round(fmean(abs(one.total_seconds()) for one in late) / 60, 1) if late else None,
    }


def _visits(session: Session, until: datetime) -> dict[str, Any]:
    rows = session.scalars(select(Visit).order_by(Visit.id)).all()
    attended = [row for row in rows if row.arrived_at is not None and row.left_at is not None]
    ended: Counter[int] = Counter(row.order_id for row in attended)
    fulfilled = set(session.scalars(select(Order.id).where(Order.status == OrderStatus.FULFILLED)))
    fixed = [order_id for order_id in ended if order_id in fulfilled]
    travel_s = [
        (row.arrived_at - row.set_off_at).total_seconds()
        for row in attended
        if row.set_off_at is not None and row.arrived_at is not None
    ]
    on_site_s = sum(
        (row.left_at - row.arrived_at).total_seconds() for row in attended if row.left_at and row.arrived_at
    )
    return {
        "by_status": dict(sorted(Counter(row.status.value for row in rows).items())),
        "first_time_fix": share(sum(ended[order_id] == 1 for order_id in fixed), len(fixed)),
        "travel_minutes": round(fmean(travel_s) / 60, 1) if travel_s else None,
        "on_site_share": round(on_site_s / _worked_s(session, until), 4) if attended else None,
        "travel_share": round(sum(travel_s) / _worked_s(session, until), 4) if attended else None,
        "not_completed": sum(row.status is VisitStatus.NOT_COMPLETED for row in rows),
        "planned_stops": session.scalar(select(func.count(Stop.id)).join(Route, Route.id == Stop.route_id)) or 0,
    }


def _worked_s(session: Session, until: datetime) -> float:
    """Paid time so far, without meals."""
    shifts = session.scalars(select(Shift).where(Shift.ends_at <= until))
    return sum((row.ends_at - row.starts_at).total_seconds() - row.break_s for row in shifts) or 1.0


def _messages(session: Session) -> dict[str, Any]:
    sent = dict(
        session.execute(
            select(Message.template, func.count()).where(Message.sent_at.is_not(None)).group_by(Message.template)
        ).all()
    )
    told = session.scalar(
        select(func.count(func.distinct(Message.visit_id))).where(Message.announcement_id.is_not(None))
    )
    count = sum(sent.values())
    changes = sum(number for template, number in sent.items() if template in CHANGES)
    return {
        "sent": count,
        "per_visit_told": round(count / told, 2) if told else None,
        "changes_told_per_visit": round(changes / told, 3) if told else None,
        "unsent": _counted(
            session,
            select(Message.status, Message.status_reason, func.count())
            .where(Message.sent_at.is_(None), Message.status_reason.is_not(None))
            .group_by(Message.status, Message.status_reason),
        ),
    }


def _compensation(session: Session) -> dict[str, Any]:
    statement = select(func.count(), func.sum(Compensation.amount_minor)).where(
        Compensation.status != CompensationStatus.WITHDRAWN
    )
    count, amount = session.execute(statement).one()
    return {"steps": count, "amount_minor": amount or 0}


def _satisfaction(session: Session) -> dict[str, Any]:
    scores = [score for score in session.scalars(select(Rating.score)) if score is not None]
    not_fixed = session.scalar(select(func.count()).where(~Rating.is_fixed)) or 0
    return {
        "ratings": len(scores),
        "mean": round(fmean(scores), 2) if scores else None,
        "not_fixed": not_fixed,
    }


def _counted(session: Session, statement: Any) -> dict[str, int]:
    """Counts by code; several codes are joined."""
    found: dict[str, int] = {}
    for *codes, count in session.execute(statement):
        found["/".join(str(getattr(code, "value", code) or "-") for code in codes)] = count
    return dict(sorted(found.items()))


# --- what people compare --------------------------------------------------------------------------

#: rows of the table: where the figure stands, and whether it is a share
ROWS: Sequence[tuple[str, bool]] = (
    ("promises.install.kept_net", True),
    ("promises.install.kept_gross", True),
    ("promises.repair.kept_net", True),
    ("promises.repair.kept_gross", True),
    ("promises.move.kept_net", True),
    ("promises.arrival.kept_net", True),
    ("promises.contact.kept_net", True),
    ("promises.acceptance.kept_net", True),
    ("windows.told", False),
    ("windows.kept", True),
    ("windows.changed_with_consent", False),
    ("windows.broken", False),
    ("windows.broken_and_credited", False),
    ("windows.arrivals_accurate", True),
    ("windows.off_by_minutes", False),
    ("visits.first_time_fix", True),
    ("visits.travel_minutes", False),
    ("visits.travel_share", True),
    ("visits.on_site_share", True),
    ("messages.sent", False),
    ("messages.per_visit_told", False),
    ("messages.changes_told_per_visit", False),
    ("orders.self_service", True),
    ("compensation.amount_minor", False),
    ("satisfaction.mean", False),
)


def figure(report: Mapping[str, Any], path: str) -> Any:
    """The figure at a path; None if there is none."""
    found: Any = report
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def in_words(value: Any, *, is_share: bool) -> str:
    """A figure as people read it."""
    if value is None:
        return "\N{EN DASH}"
    return f"{value:.1%}" if is_share else f"{value:,}"
