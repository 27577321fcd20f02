"""Days that go wrong between a draft and its publishing, odd days, and people in the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.errors import Refusal
from dispatch.models import Order, Premises, Promise, Route, Shift, Stop, Technician, TechnicianSkill, Territory, Visit
from dispatch.queries.rebased_plan import fingerprint_of
from dispatch.rules.lifecycles import OrderStatus, PlanStatus, VisitStatus
from dispatch.rules.vocabulary import OrderKind, Priority, VisitPurpose
from dispatch.services.publish_plan import NobodyInPlan, NotADraft, PlanWouldLose
from tests.booking import DAY
from tests.planning import PlanningDay
from tests.world import World

NEXT_DAY = "2026-11-25"
HOUR = timedelta(hours=1)


@pytest.fixture
def day(database: Database) -> PlanningDay:
    return PlanningDay.begin(database)


def change(day: PlanningDay, visit: int, **values: object) -> None:
    def write(session: Session) -> None:
        row = session.get_one(Visit, visit)
        for name, value in values.items():
            setattr(row, name, value)

    day.world.do(write)


def due(day: PlanningDay, visit: int, at: datetime) -> None:
    """The order's promise is due at another time."""

    def write(session: Session) -> None:
        order = session.get_one(Visit, visit).order_id
        for promise in session.scalars(select(Promise).where(Promise.order_id == order)):
            promise.due_at = at

    day.world.do(write)


def span(day: PlanningDay, technician: int, starts: str, ends: str, *, territory: int | None = None) -> None:
    """A shift from one local time to another, for the usual territory if no other is named."""
    starts_at, ends_at = day.world.at(starts), day.world.at(ends)
    times = {"day_on": starts_at.date(), "starts_at": starts_at, "ends_at": ends_at}
    where = territory or day.world.ids["territory"]
    day.world.do(lambda s: s.add(Shift(technician_id=technician, territory_id=where, **times)))


def another_territory(day: PlanningDay) -> int:
    def make(session: Session) -> int:
        territory = Territory(code="other", name="Qixia", time_zone="Asia/Shanghai")
        session.add(territory)
        session.flush()
        return territory.id

    return day.world.do(make)


def services(day: PlanningDay) -> list[tuple[datetime, datetime]]:
    """When somebody is at work with a customer, in order."""
    with day.database.read_session() as session:
        rows = session.execute(select(Stop.start_at, Stop.finish_at).order_by(Stop.start_at))
        return [(start_at, finish_at) for start_at, finish_at in rows]


def lose_place(day: PlanningDay, visit: int) -> None:
    """Somebody takes the coordinates away."""

    def forget(session: Session) -> None:
        premises = session.get_one(Premises, session.get_one(Visit, visit).premises_id)
        premises.lat = premises.lon = None

    day.world.do(forget)


# --- between a draft and its publishing ----------------------------------------------------


def test_what_who_fell_ill_was_to_get_goes_to_somebody_else(day: PlanningDay) -> None:
    near, far = day.technician(), day.technician(north=0.1)
    visits = day.customers(3)
    plan = day.draft()
    assert list(day.proposed(plan)) == [near]
    day.absent(near, "00:00", "23:59")
    assert day.publish(plan).added == 3
    assert (day.route(near), sorted(day.route(far))) == ([], visits)


def test_a_shorter_shift_carries_what_still_fits(day: PlanningDay) -> None:
    technician = day.technician("08:00-12:00")
    day.customers(4)
    plan = day.draft()
    ends_at = day.world.at(f"{DAY} 10:00")
    day.world.do(lambda s: setattr(s.scalars(select(Shift)).one(), "ends_at", ends_at))
    assert day.publish(plan).added == len(day.route(technician)) == 2
    assert day.violations() == []


def test_what_has_begun_elsewhere_stays_there(day: PlanningDay) -> None:
    one, other = day.technician(), day.technician()
    visit = day.customer()
    day.place(one, [(visit, "08:00")])
    plan = day.draft()
    day.propose(plan, {other: [{"visit_id": visit}]})
    day.clock("08:10")
    day.reach(visit, VisitStatus.ON_SITE)
    day.publish(plan)
    assert (day.route(one), day.route(other)) == ([visit], [])


def test_what_was_pinned_since_leaves_neither_technician_nor_time(day: PlanningDay) -> None:
    one, other = day.technician("08:00-12:00"), day.technician("08:00-12:00")
    visit, second = day.customers(2)
    day.place(one, [(visit, "09:00")])
    day.place(other, [(second, "10:00")])
    plan = day.draft()
    day.propose(plan, {one: [], other: [{"visit_id": second}, {"visit_id": visit}]})
    day.pin(visit)
    day.publish(plan)
    assert (day.whose(visit), day.start(visit)) == (one, f"{DAY} 09:00")


def test_a_hold_made_since_is_held_still(day: PlanningDay) -> None:
    day.technician("08:00-10:00")
    day.technician("08:00-10:00")
    visit = day.customer()
    day.customers(3)
    plan = day.draft()
    offer = day.shown(visit, "08:00-10:00")
    day.hold(offer)
    day.publish(plan)
    stop = day.stop(visit)
    assert stop is not None
    assert (stop.is_tentative, day.status(visit)) == (True, "requested")
    day.book(offer)
    assert day.status(visit) == "scheduled"


def test_who_let_a_hold_lapse_is_planned_like_anybody_who_waits(day: PlanningDay) -> None:
    """The plan had found a place for the visit anyway; for the day, since no window was booked."""
    technician = day.technician()
    visit = day.customer()
    day.hold(day.shown(visit, "10:00-12:00"))
    plan = day.draft()
    day.later(machine=2 * HOUR)
    assert day.tick() > 0
    assert day.stop(visit) is None
    assert day.publish(plan).added == 1
    assert (day.route(technician), day.status(visit)) == ([visit], "scheduled")
    assert day.visit(visit).booked_from_at == day.world.at(f"{DAY} 08:00")


def test_an_empty_route_goes_nowhere(day: PlanningDay) -> None:
    """The way there and back is gone with the only stop."""
    day.technician(north=0.1)
    visit = day.customer()
    day.planned()
    day.cancel(visit)
    with day.database.read_session() as session:
        assert session.scalars(select(Route)).one().return_travel_s == 0
    assert day.difference(day.draft()).travel_before_s == 0


# --- in the same moment -----------------------------------------------------------------


def attempts(act: Callable[[int], object], plans: list[int]) -> list[object]:
    """What each of them got: an answer or a refusal."""

    def attempt(plan: int) -> object:
        try:
            return act(plan)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(plans)) as pool:
        return list(pool.map(attempt, plans))


def test_one_of_many_who_publish_the_same_plan_does(day: PlanningDay) -> None:
    day.technician()
    day.customers(4)
    plan = day.draft()
    got = attempts(day.publish, [plan] * 4)
    refused = [one for one in got if isinstance(one, NotADraft)]
    assert len(refused) == 3
    assert len(day.places()) == 4
    assert day.world.log("plan_published") == ["plan_published"]


def test_two_drafts_for_a_same_day_at_once_sell_nothing_twice(day: PlanningDay) -> None:
    """Of both days there is room for all, if the older draft comes first; else it is given up."""
    technician = day.technician()
    day.shift(technician, "08:00-17:00", day=NEXT_DAY)
    visits = day.customers(8, minutes=90)
    plans = [day.draft(DAY, NEXT_DAY), day.draft()]
    got = attempts(day.publish, plans)
    assert all(isinstance(one, NotADraft) for one in got if isinstance(one, Refusal))
    both_days = day.plan(plans[0]).status is PlanStatus.PUBLISHED
    placed = [visit for visit, _ in day.places()]
    assert placed == visits if both_days else len(placed) == len(set(placed)) == 6
    assert day.violations(DAY, NEXT_DAY) == []


def _withdraw(session: Session) -> None:
    session.scalars(select(Order)).one().move_to(
        OrderStatus.WITHDRAWING, at=datetime(2026, 11, 24, tzinfo=UTC), by="customer", reason="not_wanted"
    )


def _forget_skill(session: Session) -> None:
    session.delete(session.scalars(select(TechnicianSkill)).one())


def _leave(session: Session) -> None:
    for technician in session.scalars(select(Technician)):
        technician.is_active = False


@pytest.mark.parametrize("meanwhile", [_withdraw, _forget_skill, _leave])
def test_nothing_is_written_that_has_become_wrong(day: PlanningDay, meanwhile: Callable[[Session], None]) -> None:
    """Between looking at the routes and writing them somebody loses the right to come, or to be visited."""
    day.technician(skills=["fibre"])
    day.customer(skills=["fibre"])
    snapshot = day.snapshot()
    with day.database.read_session() as session:
        before = fingerprint_of(session, snapshot)
    day.world.do(meanwhile)
    with day.database.read_session() as session:
        assert fingerprint_of(session, snapshot) != before


# --- odd days, odd people ------------------------------------------------------------------


@pytest.fixture(params=["2026-03-29", "2026-10-25"])
def long_or_short(database: Database, request: pytest.FixtureRequest) -> tuple[PlanningDay, str]:
    """A day of 23 or 25 hours, before the clocks change."""
    world = World(database, time_zone="Europe/Berlin")
    return PlanningDay(world, world.at(f"{request.param} 00:30")), request.param


def test_a_day_may_have_23_or_25_hours(long_or_short: tuple[PlanningDay, str]) -> None:
    day, on = long_or_short
    day.technician("08:00-11:30", day=on, pause=("10:00", "10:30", 30))
    visits = day.customers(3)
    for visit in visits:
        due(day, visit, day.now + timedelta(days=3))
    day.planned(on)
    assert sorted(day.start(visit) or "" for visit in visits) == [f"{on} 08:00", f"{on} 09:00", f"{on} 10:30"]
    assert {day.world.local(day.visit(visit).booked_until_at) for visit in visits} == {f"{on} 20:00"}
    assert day.violations(on) == []


def test_who_is_lent_works_for_the_territory_of_the_shift(day: PlanningDay) -> None:
    technician, other = day.technician(None), another_territory(day)
    day.world.do(lambda s: setattr(s.get_one(Technician, technician), "territory_id", other))
    day.shift(technician, "08:00-17:00")
    visit = day.customer()
    day.planned()
    assert day.whose(visit) == technician


def test_a_certificate_that_ends_within_the_plan_counts_until_then(day: PlanningDay) -> None:
    technician = day.technician("08:00-17:00", skills=["fibre"], until=DAY)
    day.shift(technician, "08:00-17:00", day=NEXT_DAY)
    day.customers(2, minutes=500, skills=["fibre"])
    difference = day.difference(day.draft(DAY, NEXT_DAY))
    assert (difference.visits, difference.unserved) == (1, 1)
    assert [one.code for one in difference.unassigned[0].obstacles] == ["no_room_in_routes"]


# --- what was once done wrong ---------------------------------------------------------------


def test_an_emergency_comes_before_an_overdue_order(day: PlanningDay) -> None:
    """R15: there is room for one; the other was due yesterday, this one came just now."""
    day.technician("08:00-09:00", day=NEXT_DAY)
    day.customer()
    day.now = day.world.at(f"{NEXT_DAY} 07:00")
    emergency = day.customer(priority=Priority.EMERGENCY)
    due(day, emergency, day.now + 24 * HOUR)
    assert list(day.proposed(day.draft(NEXT_DAY)).values()) == [[emergency]]


def test_an_emergency_goes_first(day: PlanningDay) -> None:
    """R15: it is a little out of the way, and its promise has time."""
    technician = day.technician("08:00-17:00")
    near, emergency = day.customers(3), day.customer(north=0.1, priority=Priority.EMERGENCY)
    for visit in (*near, emergency):
        due(day, visit, day.now + 48 * HOUR)
    day.planned()
    assert day.route(technician)[0] == emergency


def test_what_nobody_came_to_yesterday_is_planned_today(day: PlanningDay) -> None:
    yesterday, today = day.technician(), day.technician(None)
    day.shift(today, "08:00-17:00", day=NEXT_DAY)
    visit = day.customer()
    day.place(yesterday, [(visit, "16:00")])
    day.heard(yesterday, "18:00")
    day.now = day.world.at(f"{NEXT_DAY} 07:00")
    assert list(day.proposed(day.draft(NEXT_DAY)).values()) == [[visit]]


def left_at_home(day: PlanningDay, *, status: VisitStatus | None = None, heard: str | None = "18:00") -> int:
    """A visit that was on a route at 16:00 of DAY; it is the next morning now, and nobody has begun it."""
    technician = day.technician()
    visit = day.customer()
    day.place(technician, [(visit, "16:00")])
    if status:
        day.reach(visit, status)
    if heard:
        day.heard(technician, heard)
    day.now = day.world.at(f"{NEXT_DAY} 07:00")
    return visit


@pytest.mark.parametrize("status", [None, VisitStatus.ACCEPTED])
def test_the_old_place_is_given_up_for_a_new_one(day: PlanningDay, status: VisitStatus | None) -> None:
    visit = left_at_home(day, status=status)
    today = day.technician("08:00-17:00", day=NEXT_DAY)
    plan = day.draft(NEXT_DAY)
    difference = day.difference(plan)
    assert (difference.moved, difference.added, difference.unserved) == (1, 0, 0)
    assert day.publish(plan).moved == 1
    assert (day.whose(visit), day.start(visit)) == (today, f"{NEXT_DAY} 08:00")
    assert len(day.places()) == 1
    assert day.status(visit) == "scheduled"


def test_the_old_place_is_given_up_for_none_if_there_is_no_room(day: PlanningDay) -> None:
    visit = left_at_home(day)
    day.technician("08:00-08:10", day=NEXT_DAY)
    plan = day.draft(NEXT_DAY)
    assert (day.difference(plan).removed, day.difference(plan).unserved) == (1, 1)
    assert day.publish(plan).removed == 1
    assert (day.places(), day.status(visit)) == ([], "booked")


def test_who_may_have_been_there_is_not_sent_again(day: PlanningDay) -> None:
    """The phone has been silent since before: the visit is taken as made, until the phone says otherwise."""
    left_at_home(day, status=VisitStatus.ACCEPTED, heard=None)
    day.technician("08:00-17:00", day=NEXT_DAY)
    assert day.proposed(day.draft(NEXT_DAY)) == {}


def test_what_was_cancelled_or_made_yesterday_is_not_planned_again(day: PlanningDay) -> None:
    visit = left_at_home(day, status=VisitStatus.ON_SITE)
    day.technician("08:00-17:00", day=NEXT_DAY)
    assert day.proposed(day.draft(NEXT_DAY)) == {}
    assert day.start(visit) == f"{DAY} 16:00"


def test_what_is_on_the_phone_of_whose_shift_is_over_goes_to_somebody_else(day: PlanningDay) -> None:
    early, late = day.technician("08:00-12:00"), day.technician("08:00-20:00", north=0.1)
    visit = day.customer()
    day.place(early, [(visit, "11:00")])
    day.reach(visit, VisitStatus.ACCEPTED)
    day.heard(early, "13:00")
    day.clock("13:00")
    day.planned()
    assert day.whose(visit) == late


def test_an_emergency_takes_no_booking_away(day: PlanningDay) -> None:
    technician = day.technician("08:00-09:00")
    booked = day.booked("08:00-10:00")
    day.customer(priority=Priority.EMERGENCY)
    assert day.proposed(day.draft()) == {technician: [booked]}


def test_a_window_after_midnight_is_planned_with_the_night_shift(day: PlanningDay) -> None:
    span(day, day.technician(None), f"{DAY} 22:00", f"{NEXT_DAY} 06:00")
    visit = day.customer()
    change(
        day, visit, wanted_from_at=day.world.at(f"{NEXT_DAY} 01:00"), wanted_until_at=day.world.at(f"{NEXT_DAY} 05:00")
    )
    day.planned()
    assert day.start(visit) == f"{NEXT_DAY} 01:00"


def test_at_night_too_leaving_out_is_never_cheaper_than_coming_late(day: PlanningDay) -> None:
    technician = day.technician(None)
    span(day, technician, f"{DAY} 22:00", f"{NEXT_DAY} 06:00")
    visits = day.customers(4)
    for visit in visits:
        due(day, visit, day.world.at(f"{NEXT_DAY} 00:30"))
    day.planned()
    assert sorted(day.route(technician)) == visits


@pytest.mark.parametrize("lent", [False, True])
def test_nobody_is_in_two_places_at_once(day: PlanningDay, lent: bool) -> None:
    """One shift ends when the next begins, here or in another territory."""
    technician = day.technician("08:00-09:00")
    span(day, technician, f"{DAY} 09:00", f"{DAY} 10:00", territory=another_territory(day) if lent else None)
    for visit in day.customers(2, minutes=80):
        due(day, visit, day.now + 72 * HOUR)
    day.planned()
    found = services(day)
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    assert not lent or all(finish_at <= day.world.at(f"{DAY} 09:00") for _, finish_at in found)


def test_a_visit_planned_into_overtime_is_inside_what_is_booked(day: PlanningDay) -> None:
    """Else the next plan takes it off its route as impossible."""
    day.technician("18:00-20:00")
    long, late = day.customer(minutes=130), day.customer(minutes=10)
    change(day, long, wanted_from_at=day.world.at(f"{DAY} 17:30"), wanted_until_at=day.world.at(f"{DAY} 18:00"))
    for visit in (long, late):
        due(day, visit, day.now + 72 * HOUR)
    day.planned()
    assert day.start(late) == f"{DAY} 20:10"
    assert day.violations() == []


def test_a_part_of_a_plan_does_not_lose_a_booking_without_a_place(day: PlanningDay) -> None:
    technician = day.technician()
    visit, _ = day.customers(2)
    day.place(technician, [(visit, "08:00")])
    lose_place(day, visit)
    plan = day.draft()
    with pytest.raises(PlanWouldLose):
        day.publish(plan, only=[technician])
    assert day.whose(visit) == technician


def test_publishing_for_somebody_the_plan_does_not_know_is_refused(day: PlanningDay) -> None:
    day.technician()
    day.customer()
    plan = day.draft()
    stranger = day.technician(None)
    for nobody in ([stranger], []):
        with pytest.raises(NobodyInPlan):
            day.publish(plan, only=nobody)
    assert day.plan(plan).status.value == "draft"


def test_a_visit_on_the_phone_of_who_lost_the_certificate_goes_to_somebody_else(day: PlanningDay) -> None:
    lapsed, valid = day.technician(skills=["fibre"], until=DAY), day.technician(skills=["fibre"], north=0.1)
    visit = day.customer(skills=["fibre"])
    day.place(lapsed, [(visit, "10:00")])
    day.reach(visit, VisitStatus.ACCEPTED)

    def lapse(session: Session) -> None:
        held = session.scalars(select(TechnicianSkill).where(TechnicianSkill.technician_id == lapsed)).one()
        held.certified_until_on = date(2026, 11, 20)

    day.world.do(lapse)
    day.planned()
    assert day.whose(visit) == valid


def test_taking_back_the_old_device_of_a_move_is_not_promised(day: PlanningDay) -> None:
    """R02 is kept when the new place works."""
    set_up = day.customer(kind=OrderKind.MOVE)

    def and_recover(session: Session) -> int:
        first = session.get_one(Visit, set_up)
        first.purpose = VisitPurpose.SET_UP
        about = {"order_id": first.order_id, "premises_id": first.premises_id, "territory_id": first.territory_id}
        second = Visit(at=day.now, by="test", number=2, purpose=VisitPurpose.RECOVER, duration_s=1200, **about)
        session.add(second)
        session.flush()
        return second.id

    recover = day.world.do(and_recover)
    jobs = day.snapshot().problem.jobs_by_id
    assert jobs[str(set_up)].promises != ()
    assert jobs[str(recover)].promises == ()
