"""An order's page as data, for the page's own script and for halls that embed it (R30); instants in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dispatch.queries.customer_ledger import LedgerLine
from dispatch.queries.customer_page import CustomerPage
from dispatch.queries.customer_visits import CustomerVisit


def status_document(page: CustomerPage) -> dict[str, Any]:
    """What the page shows, without the words; predictions to the minute, so that it changes when they do."""
    return {
        "order": page.number,
        "kind": page.kind,
        "status": page.status,
        "received_at": _text(page.received_at),
        "today": page.now.astimezone(page.zone).date().isoformat(),
        "time_zone": page.zone.key,
        "visits": [_visit(visit) for visit in page.visits],
        "promises": [_promise(line) for line in page.promises],
        "cases": [
            {"number": case.number, "kind": case.kind, "is_resolved": case.is_resolved, "next_step": case.next_step}
            for case in page.cases
        ],
        "messages": [_text(message.sent_at) for message in page.sent],
    }


def _visit(visit: CustomerVisit) -> dict[str, Any]:
    technician = visit.technician
    window = visit.window
    return {
        "number": visit.number,
        "stage": visit.stage,
        "technician": None if technician is None else {"name": technician.name, "badge": technician.badge},
        "window": None if window is None else {"from_at": _text(window[0]), "until_at": _text(window[1])},
        "named_by_at": _text(visit.named_by_at),
        "accepted_at": _text(visit.accepted_at),
        "contact_by_at": _text(visit.contact_by_at),
        "tried_at": [_text(at) for at in visit.tried_at],
        "next_try_at": _text(visit.next_try_at),
        "time_at": _text(visit.time_at),
        "set_off_at": _text(visit.set_off_at),
        "estimate_at": _text(visit.eta_at and visit.eta_at.replace(second=0, microsecond=0)),
        "is_late": visit.is_late,
        "is_news": visit.is_news,
        "arrived_at": _text(visit.arrived_at),
        "ended_at": _text(visit.ended_at),
        "reason": visit.reason,
        "is_rated": visit.is_rated,
        "can_change": visit.can_change,
        "can_confirm": visit.can_confirm,
    }


def _promise(line: LedgerLine) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "outcome": line.outcome,
        "due_at": _text(line.due_at),
        "met_at": _text(line.met_at),
        "cause": line.cause,
        "pauses": [
            {"cause": pause.cause, "since": _text(pause.since), "until_at": _text(pause.until_at),
             "dispute": pause.dispute}
            for pause in line.pauses
        ],
        "credits": [
            {"amount_minor": credit.amount.minor, "currency": credit.amount.currency, "credited": credit.is_credited}
            for credit in line.credits
        ],
    }  # fmt: skip


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
