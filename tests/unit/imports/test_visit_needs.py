"""The visits of an order, how long they take, and what must be learned for them."""

from __future__ import annotations

import pytest

from dispatch.rules.visit_needs import SERVICES, visit_needs
from dispatch.rules.vocabulary import OrderKind, VisitPurpose


@pytest.mark.parametrize(
    ("kind", "purpose"),
    [
        (OrderKind.INSTALL, VisitPurpose.SET_UP),
        (OrderKind.REPAIR, VisitPurpose.REPAIR),
        (OrderKind.MOVE, VisitPurpose.SET_UP),
        (OrderKind.LINE_TUNING, VisitPurpose.TUNE),
        (OrderKind.FOLLOW_UP, VisitPurpose.FOLLOW_UP),
        (OrderKind.RECOVER, VisitPurpose.RECOVER),
    ],
)
def test_every_kind_needs_a_visit(kind: OrderKind, purpose: VisitPurpose) -> None:
    (need,) = visit_needs(kind, "fibre", old_place_known=False)
    assert (need.purpose, need.skill, need.level, need.at_old_place) == (purpose, "fibre", 1, False)


def test_a_move_recovers_the_old_place_too() -> None:
    """R02."""
    new, old = visit_needs(OrderKind.MOVE, "copper", old_place_known=True)
    assert (new.purpose, new.at_old_place) == (VisitPurpose.SET_UP, False)
    assert (old.purpose, old.at_old_place) == (VisitPurpose.RECOVER, True)


@pytest.mark.parametrize("service", [*SERVICES, "voice"])
@pytest.mark.parametrize("kind", list(OrderKind))
def test_no_visit_is_shorter_than_a_quarter_or_longer_than_two_hours(kind: OrderKind, service: str) -> None:
    for need in visit_needs(kind, service, old_place_known=kind is OrderKind.MOVE):
        assert 15 * 60 <= need.duration_s <= 120 * 60
        assert need.duration_s % 300 == 0
