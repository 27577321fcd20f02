"""A plan beside the routes: words and numbers agree with what publishing does, and nothing is left out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.errors import NotFound
from dispatch.models import Visit
from dispatch.queries.plan_difference import PlanDifference, plan_difference
from dispatch.queries.plan_drafts import drafts, has_shift_of
from dispatch.rules.lifecycles import OrderStatus, PlanStatus
from dispatch.services.discard_plan import discard_plan
from tests.booking import DAY
from tests.planning import PlanningDay

NEXT_DAY = "2026-11-25"


@pytest.fixture
def day(database: Database) -> PlanningDay:
    return PlanningDay.begin(database)


def changed(difference: PlanDifference) -> dict[int, str]:
    """What changes, by visit."""
    return {change.visit_id: change.what for change in difference.changes}


def counts(difference: PlanDifference) -> tuple[int, int, int, int]:
    return difference.added, difference.moved, difference.retimed, difference.removed


# --- it agrees with what publishing does ----------------------------------------------------


def test_the_numbers_are_those_of_publishing(day: PlanningDay) -> None:
    """One is new, one moves from who is ill, one finds nobody any more, and one is left out."""
    ill, well = day.technician(skills=["copper"]), day.technician()
    moves, stays, new = day.customers(3)
    off = day.customer(skills=["copper"])
    left = day.customer(minutes=900)
    day.place(ill, [(moves, "09:00"), (off, "11:00")])
    day.place(well, [(stays, "08:00")])
    day.absent(ill, "00:00", "23:59")
    plan = day.draft()
    difference = day.difference(plan)
    assert counts(difference) == (1, 1, difference.retimed, 1)
    assert {one.visit_id for one in difference.unassigned} == {off, left}
    assert (difference.visits, difference.unserved, difference.technicians) == (3, 2, 1)
    promised = {change.visit_id: change.after for change in difference.changes}
    written = day.publish(plan)
    assert (written.added, written.removed) == (1, 1)
    assert written.moved == difference.moved + difference.retimed
    for visit, place in promised.items():
        assert day.start(visit) == (None if place is None else day.world.local(place.start_at))
    after = day.difference(plan)
    assert (after.changes, after.travel_before_s) == ((), difference.travel_s)
    assert new in promised


def test_every_visit_on_a_route_or_waiting_is_somewhere_in_it(day: PlanningDay) -> None:
    """Unchanged, changed or left out."""
    one, other = day.technician("08:00-12:00"), day.technician("08:00-10:00", north=0.1)
    visits = [*day.customers(4), *day.customers(3, north=0.1, minutes=50), day.customer(located=False)]
    day.place(one, [(visits[0], "09:00")])
    day.place(other, [(visits[4], "08:30")])
    plan = day.draft()
    difference = day.difference(plan)
    kept = {visit for route in day.proposed(plan).values() for visit in route}
    assert kept | {left.visit_id for left in difference.unassigned} == set(visits)
    assert difference.visits == len(kept)
    assert difference.visits + difference.unserved == len(visits)


def test_a_plan_that_changes_nothing_is_an_empty_difference(day: PlanningDay) -> None:
    day.technician(north=0.1)
    day.technician(north=-0.1)
    day.customers(3, north=0.2)
    day.customers(3)
    day.planned()
    difference = day.difference(day.draft())
    assert (difference.changes, difference.unassigned, counts(difference)) == ((), (), (0, 0, 0, 0))
    assert difference.travel_before_s == difference.travel_s > 0


@pytest.mark.parametrize("technicians", [0, 1])
def test_a_plan_of_nothing_is_empty(day: PlanningDay, technicians: int) -> None:
    for _ in range(technicians):
        day.technician()
    plan = day.draft()
    difference = day.difference(plan)
    assert (difference.changes, difference.unassigned, difference.visits, difference.technicians) == ((), (), 0, 0)
    assert day.publish(plan).routes == 0


def test_with_nobody_at_work_everything_is_left_out(day: PlanningDay) -> None:
    visits = day.customers(2)
    difference = day.difference(day.draft())
    assert [left.visit_id for left in difference.unassigned] == visits
    assert all(left.obstacles for left in difference.unassigned)


def test_a_technician_on_two_days_is_one_technician(day: PlanningDay) -> None:
    technician = day.technician("08:00-10:00")
    day.shift(technician, "08:00-10:00", day=NEXT_DAY)
    day.customers(2, minutes=100)
    difference = day.difference(day.draft(DAY, NEXT_DAY))
    assert (difference.visits, difference.technicians) == (2, 1)


def test_another_shift_of_the_same_technician_is_a_move(day: PlanningDay) -> None:
    technician = day.technician("08:00-10:00")
    visit = day.customer()
    day.place(technician, [(visit, "08:00")])
    later = day.shift(technician, "08:00-10:00", day=NEXT_DAY)
    plan = day.draft(DAY, NEXT_DAY)

    def tomorrow(session: Session) -> None:
        row = session.get_one(type(day.plan(plan)), plan)
        start_at = day.world.at(f"{NEXT_DAY} 08:00").isoformat()
        row.proposal = {**row.proposal, "routes": {str(later): [{"visit_id": visit, "start_at": start_at}]}}

    day.world.do(tomorrow)
    (change,) = day.difference(plan).changes
    assert (change.what, change.before and change.before.badge) == ("moved", change.after and change.after.badge)


# --- what has come since is no change of the plan -------------------------------------------


def test_what_was_booked_and_held_since_is_not_taken_off(day: PlanningDay) -> None:
    day.technician()
    plan = day.draft()
    booked = day.booked("08:00-10:00")
    held = day.customer()
    day.hold(day.shown(held, "10:00-12:00"))
    assert day.difference(plan).changes == ()
    day.publish(plan)
    assert {visit for visit, _ in day.places()} == {booked, held}


def test_what_was_left_out_and_booked_since_is_neither_taken_off_nor_left_out(day: PlanningDay) -> None:
    day.technician("08:00-09:00")
    goes, left = day.booked("08:00-10:00"), day.customer()
    plan = day.draft()
    assert [one.visit_id for one in day.difference(plan).unassigned] == [left]
    day.cancel(goes)
    offer = day.shown(left, "08:00-10:00")
    day.hold(offer)
    day.book(offer)
    difference = day.difference(plan)
    assert (difference.changes, difference.unassigned) == ((), ())
    day.publish(plan)
    assert [visit for visit, _ in day.places()] == [left]


def test_a_visit_that_took_a_place_on_another_day_is_not_new(day: PlanningDay) -> None:
    technician = day.technician()
    day.shift(technician, "08:00-17:00", day=NEXT_DAY)
    visit = day.customer()
    plan = day.draft()
    offer = day.shown(visit, "10:00-12:00", day=NEXT_DAY)
    day.hold(offer)
    day.book(offer)
    difference = day.difference(plan)
    assert (difference.changes, difference.visits) == ((), 0)
    assert day.publish(plan).added == 0
    assert (day.start(visit) or "").startswith(NEXT_DAY)


def withdraw(day: PlanningDay, visit: int) -> None:
    def move(session: Session) -> None:
        order = session.get_one(Visit, visit).order
        order.move_to(OrderStatus.WITHDRAWING, at=day.now, by="customer", reason="not_wanted")

    day.world.do(move)


def fulfil(day: PlanningDay, visit: int) -> None:
    day.world.do(lambda s: s.get_one(Visit, visit).order.move_to(OrderStatus.FULFILLED, at=day.now, by="test"))


@pytest.mark.parametrize("over", [PlanningDay.cancel, withdraw, fulfil])
def test_what_is_wanted_no_more_is_not_new(day: PlanningDay, over: Callable[[PlanningDay, int], object]) -> None:
    day.technician()
    gone, wanted = day.customers(2)
    plan = day.draft()
    over(day, gone)
    difference = day.difference(plan)
    assert (changed(difference), difference.visits) == ({wanted: "added"}, 1)
    assert day.publish(plan).added == 1
    assert day.places() == [(wanted, 1)]


def test_what_was_left_out_and_is_wanted_no_more_is_not_left_out(day: PlanningDay) -> None:
    visit = day.customer()
    plan = day.draft()
    day.cancel(visit)
    assert day.difference(plan).unassigned == ()


def test_a_plan_that_has_proposed_nothing_takes_nothing_off(day: PlanningDay) -> None:
    day.technician(north=0.1)
    day.customers(2)
    day.planned()
    plan = day.request()
    assert day.difference(plan).changes == ()
    day.world.do(lambda s: discard_plan(s, plan, now=day.now, by="dispatcher:1"))
    difference = day.difference(plan)
    assert (difference.status, difference.changes) == (PlanStatus.DISCARDED, ())
    assert difference.travel_s == difference.travel_before_s


# --- which drafts -----------------------------------------------------------------------


def test_drafts_are_the_newest_of_their_days(day: PlanningDay) -> None:
    technician = day.technician()
    day.shift(technician, "08:00-17:00", day=NEXT_DAY)
    day.draft()
    both = day.draft(DAY, NEXT_DAY)
    third = day.draft("2026-11-26")
    with day.database.read_session() as session:
        assert drafts(session) == [both, third]
        assert drafts(session, [technician]) == [both]
        assert drafts(session, []) == []
        assert has_shift_of(session, both, [technician])
        assert not has_shift_of(session, third, [technician])


def test_an_unknown_plan_is_not_found(day: PlanningDay) -> None:
    with day.database.read_session() as session, pytest.raises(NotFound):
        plan_difference(session, 99)
    with day.database.read_session() as session, pytest.raises(NotFound):
        has_shift_of(session, 99, [1])
    with pytest.raises(NotFound):
        day.world.do(lambda s: discard_plan(s, 99, now=day.now + timedelta(), by="dispatcher:1"))
