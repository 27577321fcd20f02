"""How safe is a promise whose end is still open? What dispatchers look at first."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.rules.lifecycles import PromiseStatus
from dispatch.rules.vocabulary import PromiseKind


class Risk(StrEnum):
    """From safe to broken; `will_break`: as things are expected now, it is met too late."""

    SAFE = "safe"
    TIGHT = "tight"
    WILL_BREAK = "will_break"
    OVERDUE = "overdue"
    BROKEN = "broken"


#: from the least to the most urgent; what is broken needs an apology, no hurry
URGENCY = (Risk.SAFE, Risk.BROKEN, Risk.TIGHT, Risk.WILL_BREAK, Risk.OVERDUE)
#: with less to spare than this, a promise is tight
_TIGHT: dict[PromiseKind, timedelta] = {
    PromiseKind.ARRIVAL: timedelta(minutes=10),
    PromiseKind.ACCEPTANCE: timedelta(minutes=10),
    PromiseKind.CONTACT: timedelta(minutes=20),
}
_TIGHT_OTHERS = timedelta(minutes=45)
#: the same where nobody is on the way to meeting it yet
_TIGHT_UNPLACED = timedelta(hours=4)
_OVER = (PromiseStatus.KEPT, PromiseStatus.VOID)
#: whatever is expected
_JUDGED = {
    PromiseStatus.BROKEN: Risk.BROKEN,
    PromiseStatus.DUE_PASSED: Risk.OVERDUE,
    PromiseStatus.PAUSED: Risk.SAFE,
}


def risk_of(
    kind: PromiseKind,
    status: PromiseStatus,
    due_at: datetime,
    *,
    expected_at: datetime | None,
    now: datetime,
) -> Risk | None:
    """The risk of a promise that is expected to be met at `expected_at` (None: nobody knows); None once it is over."""
    if status in _OVER:
        return None
    if status in _JUDGED:
        return _JUDGED[status]
    if due_at <= now:
        return Risk.OVERDUE
    if expected_at is not None and max(expected_at, now) > due_at:
        return Risk.WILL_BREAK
    return Risk.TIGHT if _to_spare(due_at, expected_at, now) < _margin(kind, expected_at) else Risk.SAFE


def _to_spare(due_at: datetime, expected_at: datetime | None, now: datetime) -> timedelta:
    return due_at - max(now, expected_at or now)


def _margin(kind: PromiseKind, expected_at: datetime | None) -> timedelta:
    if expected_at is None and kind not in _TIGHT:
        return _TIGHT_UNPLACED
    return _TIGHT.get(kind, _TIGHT_OTHERS)
