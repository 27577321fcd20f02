"""The board as data for its script: instants in milliseconds, places in WGS-84, words in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from dispatch.clocks import Clock, RatedClock
from dispatch.queries.board_attention import Attention
from dispatch.queries.day_board import BoardRow, BoardVisit, DayBoard
from web.console.attention_words import AttentionWords, attention_address

Json = dict[str, Any]


def board_document(board: DayBoard, attention: Iterable[Attention], words: AttentionWords) -> Json:
    """Everything that the board shows. It changes only when something has happened or has become more urgent."""
    return {
        "territory_id": board.view.territory_id,
        "day_on": board.day_on.isoformat(),
        "rows": [_row(row) for row in board.rows],
        "unassigned": [_visit(visit) for visit in board.unassigned],
        "attention": [_attention(one, words) for one in attention],
        "kept": [
            {"kind": one.kind, "kept": one.kept, "broken": one.broken, "open": one.open, "share": one.share}
            for one in board.kept
        ],
    }


def clock_document(clock: Clock) -> Json | None:
    """The operator's clock where it is not the machine's, as the pages' scripts read it."""
    if not isinstance(clock, RatedClock):
        return None
    return {
        "epoch_machine_at": clock.epoch_machine_at.isoformat(),
        "epoch_business_at": clock.epoch_business_at.isoformat(),
        "rate_permille": clock.rate_permille,
    }


def _row(row: BoardRow) -> Json:
    return {
        "id": row.shift_id,
        "technician_id": row.technician_id,
        "badge": row.badge,
        "name": row.name,
        "is_contractors": row.is_contractors,
        "shift": _span((row.starts_at, row.ends_at)),
        "rest": _span(row.rest),
        "absences": [_span(one) for one in row.absences],
        "heard_at": _instant(row.heard_at),
        "place": row.last_place,
        "visits": [_visit(visit) for visit in row.visits],
    }


def _visit(visit: BoardVisit) -> Json:
    planned, promise = visit.planned, visit.promise
    return {
        "id": visit.visit_id,
        "order_id": visit.order_id,
        "order": visit.order_number,
        "kind": visit.order_kind,
        "priority": visit.priority,
        "status": visit.status,
        "duration_s": visit.duration_s,
        "community": visit.community,
        "place": visit.place,
        "position": planned.position if planned else None,
        "planned": _span((planned.start_at, planned.finish_at)) if planned else None,
        "is_pinned": planned is not None and planned.is_pinned,
        "is_tentative": planned is not None and planned.is_tentative,
        "eta_at": _instant(visit.eta_at),
        "is_late": visit.is_late,
        "sent_at": _instant(visit.sent_at),
        "set_off_at": _instant(visit.set_off_at),
        "arrived_at": _instant(visit.arrived_at),
        "left_at": _instant(visit.left_at),
        "appointed_at": _instant(visit.appointed_at),
        "booked": _span(visit.booked),
        "told": _span(visit.told),
        "promise": {"kind": promise.kind, "due_at": _instant(promise.due_at), "risk": promise.risk}
        if promise
        else None,
    }


def _attention(one: Attention, words: AttentionWords) -> Json:
    return {
        "kind": one.kind,
        "is_urgent": one.is_urgent,
        "text": words.text(one),
        "note": words.note(one),
        "address": attention_address(one),
        "visit_id": one.visit_id,
        "technician_id": one.technician_id,
        "disruption_id": one.disruption_id,
        "plan_id": one.plan_id,
    }


def _span(window: tuple[datetime, datetime] | None) -> list[int | None] | None:
    return None if window is None else [_instant(window[0]), _instant(window[1])]


def _instant(at: datetime | None) -> int | None:
    """Milliseconds since 1970."""
    return None if at is None else int(at.timestamp() * 1000)
