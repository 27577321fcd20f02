"""Every life cycle, step by step, and every step that does not exist (DESIGN: life cycles)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import product

import pytest

from dispatch.models import Case, Compensation, Message, Order, Plan, Promise, SlotOffer, Visit
from dispatch.models.base import Moves, StatusIsMoved
from dispatch.rules.lifecycle import Lifecycle, MoveRefused
from dispatch.rules.lifecycles import LIFECYCLES, VISIT, VisitStatus

SINCE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MODELS: tuple[type[Moves], ...] = (Visit, Order, Promise, Plan, SlotOffer, Message, Case, Compensation)
PAIRS = [(cycle, start, end) for cycle in LIFECYCLES for start, end in product(cycle.statuses, repeat=2)]


def pair_id(value: object) -> str:
    return value.name if isinstance(value, Lifecycle) else str(value)


@pytest.mark.parametrize(("cycle", "start", "end"), PAIRS, ids=pair_id)
def test_every_pair_of_statuses_is_a_step_or_is_refused(
    cycle: Lifecycle[StrEnum], start: StrEnum, end: StrEnum
) -> None:
    move = cycle.moves.get((start, end))
    if move is None:
        with pytest.raises(MoveRefused) as refused:
            cycle.check(start, end, at=SINCE, since=SINCE)
        assert refused.value.values["allowed"] == cycle.after(start)
    else:
        assert cycle.check(start, end, at=SINCE, since=SINCE, stated=frozenset(move.requires)) is move


@pytest.mark.parametrize("cycle", LIFECYCLES, ids=pair_id)
def test_every_status_can_be_reached(cycle: Lifecycle[StrEnum]) -> None:
    reached, frontier = {cycle.initial}, [cycle.initial]
    while frontier:
        for following in cycle.after(frontier.pop()):
            if following not in reached:
                reached.add(following)
                frontier.append(following)
    assert reached == set(cycle.statuses)


@pytest.mark.parametrize("cycle", LIFECYCLES, ids=pair_id)
def test_a_step_that_wants_a_reason_is_refused_without(cycle: Lifecycle[StrEnum]) -> None:
    for (start, end), move in cycle.moves.items():
        if move.requires:
            with pytest.raises(MoveRefused) as refused:
                cycle.check(start, end, at=SINCE, since=SINCE)
            assert refused.value.field == move.requires[0]


def test_an_arrival_can_be_undone_for_five_minutes() -> None:
    def undo(after: timedelta) -> None:
        VISIT.check(VisitStatus.ON_SITE, VisitStatus.EN_ROUTE, at=SINCE + after, since=SINCE)

    undo(timedelta(minutes=5))
    with pytest.raises(MoveRefused):
        undo(timedelta(minutes=5, seconds=1))


def test_a_visit_can_be_cancelled_until_somebody_is_on_site() -> None:
    before = {start for start, end in VISIT.moves if end is VisitStatus.CANCELLED}
    after = {VisitStatus.ON_SITE, VisitStatus.COMPLETED, VisitStatus.NOT_COMPLETED, VisitStatus.CANCELLED}
    assert before == set(VISIT.statuses) - after


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_thing_begins_at_its_initial_status_and_cannot_be_assigned_one(model: type[Moves]) -> None:
    thing = model(at=SINCE, by="test")
    assert thing.status is model.lifecycle.initial
    with pytest.raises(StatusIsMoved):
        thing.status = thing.status
    with pytest.raises(StatusIsMoved):
        model(at=SINCE, by="test", status=model.lifecycle.initial)


def test_a_move_says_when_by_whom_and_why() -> None:
    visit = Visit(at=SINCE, by="channel:page")
    later = SINCE + timedelta(hours=1)
    visit.move_to(VisitStatus.CANCELLED, at=later, by="customer", reason="moved_away")
    assert (visit.status, visit.status_at, visit.status_by) == (VisitStatus.CANCELLED, later, "customer")
    assert visit.status_reason == "moved_away"


def test_a_refused_move_changes_nothing() -> None:
    visit = Visit(at=SINCE, by="channel:page")
    with pytest.raises(MoveRefused):
        visit.move_to(VisitStatus.ON_SITE, at=SINCE + timedelta(hours=1), by="technician:1")
    assert (visit.status, visit.status_at) == (VisitStatus.REQUESTED, SINCE)
