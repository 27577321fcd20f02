"""The day in short, for the page's script: nothing personal, and a mark that changes with whatever the page shows."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.links import Secret
from dispatch.queries.phone_visits import PhoneVisit
from dispatch.queries.technician_day import TechnicianDay


def day_document(day: TechnicianDay, secret: Secret) -> dict[str, Any]:
    """Status and times of each visit, what did not fit, and the `mark` of all that the page shows."""
    return {
        "day_on": day.day_on.isoformat(),
        "current": day.current.visit_id if day.current else None,
        "visits": [_visit(one) for one in (*day.yesterday, *day.visits, *day.tomorrow)],
        "conflicts": [
            {
                "sequence": one.sequence,
                "kind": one.kind,
                "visit_id": one.visit_id,
                "case_number": one.case_number,
            }
            for one in day.conflicts
        ],
        "mark": day_mark(day, secret),
    }


def _visit(visit: PhoneVisit) -> dict[str, Any]:
    return {
        "visit_id": visit.visit_id,
        "day_on": visit.day_on.isoformat(),
        "status": visit.status.value,
        "planned_at": visit.planned[0].isoformat(),
        "from_at": visit.window[0].isoformat() if visit.window else None,
        "until_at": visit.window[1].isoformat() if visit.window else None,
        "appointed_at": visit.appointed_at.isoformat() if visit.appointed_at else None,
        "expected_at": visit.expected_at.isoformat() if visit.expected_at else None,
        "contact_due_at": visit.contact_due_at.isoformat() if visit.contact_due_at else None,
    }


def day_mark(day: TechnicianDay, secret: Secret) -> str:
    """A keyed hash: what is personal in the day cannot be guessed from it."""
    everything = json.dumps(asdict(day), default=_plain, sort_keys=True)
    return secret.derive("phone_day", day.technician_id, everything)[:12].hex()


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, ZoneInfo):
        return value.key
    raise TypeError(type(value).__name__)
