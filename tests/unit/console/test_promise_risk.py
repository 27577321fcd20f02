"""How safe a promise is: each rule bites, and does not bite when it should not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.rules.lifecycles import PromiseStatus
from dispatch.rules.promise_risk import URGENCY, Risk, risk_of
from dispatch.rules.vocabulary import PromiseKind

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
REPAIR, ARRIVAL, CONTACT = PromiseKind.REPAIR, PromiseKind.ARRIVAL, PromiseKind.CONTACT


def after(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("kind", "due", "expected", "risk"),
    [
        (REPAIR, 240, 60, Risk.SAFE),
        (REPAIR, 240, 196, Risk.TIGHT),
        (REPAIR, 240, 195, Risk.SAFE),
        (REPAIR, 240, 241, Risk.WILL_BREAK),
        (REPAIR, 240, 240, Risk.TIGHT),
        (ARRIVAL, 60, 49, Risk.SAFE),
        (ARRIVAL, 60, 51, Risk.TIGHT),
        (ARRIVAL, 60, 61, Risk.WILL_BREAK),
        # what was expected is past: it can only still come
        (ARRIVAL, 5, -30, Risk.TIGHT),
        (REPAIR, 0, -30, Risk.OVERDUE),
    ],
)
def test_what_is_expected_is_held_against_what_is_due(kind: PromiseKind, due: int, expected: int, risk: Risk) -> None:
    assert risk_of(kind, PromiseStatus.RUNNING, after(due), expected_at=after(expected), now=NOW) is risk


@pytest.mark.parametrize(
    ("kind", "due", "risk"),
    [(CONTACT, 21, Risk.SAFE), (CONTACT, 19, Risk.TIGHT), (REPAIR, 241, Risk.SAFE), (REPAIR, 239, Risk.TIGHT)],
)
def test_without_anything_expected_the_time_left_decides(kind: PromiseKind, due: int, risk: Risk) -> None:
    assert risk_of(kind, PromiseStatus.RUNNING, after(due), expected_at=None, now=NOW) is risk


@pytest.mark.parametrize(
    ("status", "risk"),
    [
        (PromiseStatus.PAUSED, Risk.SAFE),
        (PromiseStatus.DUE_PASSED, Risk.OVERDUE),
        (PromiseStatus.BROKEN, Risk.BROKEN),
        (PromiseStatus.KEPT, None),
        (PromiseStatus.VOID, None),
    ],
)
def test_what_is_judged_is_not_guessed(status: PromiseStatus, risk: Risk | None) -> None:
    assert risk_of(REPAIR, status, after(-60), expected_at=after(600), now=NOW) is risk


def test_every_risk_has_its_urgency() -> None:
    assert set(URGENCY) == set(Risk)
