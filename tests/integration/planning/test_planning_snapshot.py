"""What the optimizer is told: who works when, what waits for a place, what has begun."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Promise, Technician, Visit
from dispatch.queries.planning_snapshot import Snapshot
from dispatch.rules.lifecycles import OrderStatus, VisitStatus
from optimizer.problem import BaseRoute, Job, Shift
from tests.booking import DAY
from tests.planning import PlanningDay

NEXT_DAY = "2026-11-25"


@pytest.fixture
def day(database: Database) -> PlanningDay:
    return PlanningDay.begin(database)


def duties(snapshot: Snapshot) -> dict[str, list[str]]:
    """Hours and breaks of every technician's shifts, in local time; `+` where overtime is allowed."""
    return {one.id: [_duty(snapshot, shift) for shift in one.shifts] for one in snapshot.problem.technicians}


def _duty(snapshot: Snapshot, shift: Shift) -> str:
    clock = _clock(snapshot)
    pauses = [f"{clock(p.earliest_start_s)}-{clock(p.latest_start_s)}/{p.duration_s // 60}" for p in shift.breaks]
    more = "+" if shift.overtime_limit_s else ""
    return " ".join([f"{clock(shift.start_s)}-{clock(shift.end_s)}{more}", *pauses])


def _clock(snapshot: Snapshot) -> Callable[[int], str]:
    return lambda seconds: f"{snapshot.at(seconds).astimezone(snapshot.zone):%H:%M}"


def waiting(snapshot: Snapshot) -> set[int]:
    """Visits to be planned that are on no route."""
    standing = {stop.job for route in snapshot.problem.base_routes for stop in route.stops}
    return {int(job.id) for job in snapshot.problem.jobs if job.id not in standing}


def base(snapshot: Snapshot, technician: int) -> list[str]:
    """The stops of a route as they stand: visit, start, and a star where it has begun."""
    route: BaseRoute = next(one for one in snapshot.problem.base_routes if one.technician == str(technician))
    clock = _clock(snapshot)
    return [f"{stop.job} {clock(stop.start_s)}{'*' if stop.begun else ''}" for stop in route.stops]


def job(snapshot: Snapshot, visit: int) -> Job:
    return snapshot.problem.jobs_by_id[str(visit)]


def change(day: PlanningDay, visit: int, **values: object) -> None:
    def write(session: Session) -> None:
        row = session.get_one(Visit, visit)
        for name, value in values.items():
            setattr(row, name, value)

    day.world.do(write)


def test_a_part_of_it_names_nobody_else(day: PlanningDay) -> None:
    """Whoever knows the customer, or refused them, may work elsewhere: a quote for one route is none of theirs."""
    here, elsewhere = day.technician(), day.technician()
    visit = day.customer()
    day.place(here, [(visit, "09:00")])
    whole = day.snapshot(DAY)
    who = (str(here), str(elsewhere))
    known = replace(job(whole, visit), preferred_technicians=who, regular_technicians=who)
    whole = replace(whole, problem=replace(whole.problem, jobs=(known,)))
    part = whole.only([here], [visit])
    assert job(part, visit).preferred_technicians == job(part, visit).regular_technicians == (str(here),)


# --- who works --------------------------------------------------------------------------


def test_absences_shorten_and_interrupt_shifts(day: PlanningDay) -> None:
    whole, morning, noon, evening, ill = (day.technician("08:00-17:00", pause=("11:30", "13:30", 60)) for _ in range(5))
    day.absent(morning, "07:00", "10:00")
    day.absent(noon, "12:00", "14:00")
    day.absent(evening, "15:00", "20:00")
    day.absent(ill, "00:00", "23:00")
    assert duties(day.snapshot()) == {
        str(whole): ["08:00-17:00+ 11:30-13:30/60"],
        str(morning): ["10:00-17:00+ 11:30-13:30/60"],
        str(noon): ["08:00-17:00+ 12:00-12:00/120"],
        str(evening): ["08:00-15:00 11:30-13:30/60"],
    }


def test_a_plan_works_around_an_absence(day: PlanningDay) -> None:
    technician = day.technician("08:00-13:00")
    day.absent(technician, "09:00", "11:00")
    visits = day.customers(3)
    day.planned()
    assert sorted(day.start(visit) or "" for visit in visits) == [
        f"{DAY} 08:00",
        f"{DAY} 11:00",
        f"{DAY} 12:00",
    ]


def test_an_absence_ends_and_the_afternoon_is_free_again(day: PlanningDay) -> None:
    """At 09:30 the technician is away until eleven, and then there is work."""
    technician = day.technician("08:00-13:00")
    day.absent(technician, "09:00", "11:00")
    visit = day.customer()
    day.clock("09:30")
    day.planned()
    assert day.start(visit) == f"{DAY} 11:00"


def test_who_had_nothing_to_do_at_noon_can_be_sent_out_afterwards(day: PlanningDay) -> None:
    """The break is over, wherever it was taken."""
    day.technician("08:00-17:00", pause=("11:30", "13:30", 60))
    visit = day.customer()
    day.clock("15:00")
    day.planned()
    assert day.start(visit) == f"{DAY} 15:00"


def test_the_inactive_and_the_homeless_do_not_work(day: PlanningDay) -> None:
    kept, inactive, homeless = (day.technician() for _ in range(3))

    def lose(session: Session) -> None:
        session.get_one(Technician, inactive).is_active = False
        row = session.get_one(Technician, homeless)
        row.home_lat = row.home_lon = None

    day.world.do(lose)
    assert list(duties(day.snapshot())) == [str(kept)]


# --- what waits -------------------------------------------------------------------------


def test_visits_without_a_stop_wait(day: PlanningDay) -> None:
    technician = day.technician()
    placed, free, cancelled = day.customers(3)
    day.place(technician, [(placed, "09:00")])
    day.cancel(cancelled)
    assert waiting(day.snapshot()) == {free}


def test_visits_bound_to_other_days_wait_for_another_plan(day: PlanningDay) -> None:
    day.technician()
    early, today, late, released = day.customers(4)
    for visit, on in ((early, DAY), (late, "2026-11-26")):
        change(day, visit, wanted_from_at=day.world.at(f"{on} 08:00"), wanted_until_at=day.world.at(f"{on} 12:00"))
    change(day, released, release_at=day.world.at("2026-11-26 00:00"))
    assert waiting(day.snapshot(NEXT_DAY)) == {today}
    assert waiting(day.snapshot(DAY)) == {early, today}


def test_a_window_that_is_over_binds_nobody(day: PlanningDay) -> None:
    """Nobody came; the visit waits for any other time."""
    visit = day.customer()
    change(
        day, visit, wanted_from_at=day.world.at("2026-11-23 08:00"), wanted_until_at=day.world.at("2026-11-23 12:00")
    )
    assert job(day.snapshot(), visit).windows == ()


def test_visits_of_orders_that_are_over_do_not_wait(day: PlanningDay) -> None:
    day.technician()
    visit = day.customer()

    def withdraw(session: Session) -> None:
        order = session.get_one(Visit, visit).order
        order.move_to(OrderStatus.WITHDRAWING, at=day.now, by="customer", reason="not_wanted")

    day.world.do(withdraw)
    assert waiting(day.snapshot()) == set()


@pytest.mark.parametrize("status", [None, VisitStatus.SENT, VisitStatus.AGREED])
def test_visits_on_the_route_of_who_is_gone_wait_again(day: PlanningDay, status: VisitStatus | None) -> None:
    technician = day.technician()
    visit = day.customer()
    day.place(technician, [(visit, "09:00")])
    if status:
        day.reach(visit, status)
    day.absent(technician, "00:00", "23:00")
    snapshot = day.snapshot()
    assert waiting(snapshot) == {visit}
    assert snapshot.orphaned == (visit,)
    assert job(snapshot, visit).mandatory
    assert job(snapshot, visit).pin is None


def test_what_has_begun_does_not_wait_although_the_shift_is_gone(day: PlanningDay) -> None:
    technician = day.technician()
    visit = day.customer()
    day.place(technician, [(visit, "09:00")])
    day.reach(visit, VisitStatus.ON_SITE)
    day.absent(technician, "00:00", "23:00")
    assert waiting(day.snapshot()) == set()


def test_leaving_out_is_never_cheaper_than_coming_late(day: PlanningDay) -> None:
    """A promise that is broken anyway is broken worse by not coming at all."""
    technician = day.technician("18:00-23:00")
    visits = day.customers(3)
    day.planned()  # due at half past five
    assert sorted(day.route(technician)) == visits


def test_what_is_overdue_comes_before_what_has_time(day: PlanningDay) -> None:
    day.technician("08:00-09:00", day=NEXT_DAY)
    overdue = day.customer()
    late_orders = day.customers(2)

    def received_later(session: Session) -> None:
        for visit in late_orders:
            order = session.get_one(Visit, visit).order_id
            for promise in session.scalars(select(Promise).where(Promise.order_id == order)):
                promise.due_at += timedelta(days=3)

    day.world.do(received_later)
    day.now = day.world.at(f"{NEXT_DAY} 07:00")
    plan = day.draft(NEXT_DAY)
    (served,) = day.proposed(plan).values()
    assert served == [overdue]


# --- what has begun ---------------------------------------------------------------------


def test_what_has_begun_stands_first_in_the_order_in_which_it_began(day: PlanningDay) -> None:
    """The second was made first, and late: the plan of neither fits the facts, and both are told as they are."""
    technician = day.technician()
    first, second, third = day.customers(3)
    day.place(technician, [(first, "09:00"), (second, "10:00"), (third, "11:00")])
    day.clock("11:20")
    day.reach(second, VisitStatus.ON_SITE)
    snapshot = day.snapshot()
    assert base(snapshot, technician) == [f"{second} 11:20*", f"{first} 11:20", f"{third} 11:20"]
    plan = day.draft()
    assert day.proposed(plan)[technician][0] == second


def test_how_long_it_really_takes_is_what_counts(day: PlanningDay) -> None:
    """An hour was planned; after two, somebody is still there, and a third was done in ten minutes."""
    slow, quick = day.technician(), day.technician()
    long, short = day.customers(2)
    day.place(slow, [(long, "09:00")])
    day.place(quick, [(short, "09:00")])
    day.clock("09:00")
    day.reach(long, VisitStatus.ON_SITE)
    day.reach(short, VisitStatus.ON_SITE)
    day.clock("11:00")
    change(day, short, left_at=day.world.at(f"{DAY} 09:10"))
    snapshot = day.snapshot()
    assert (job(snapshot, long).duration_s, job(snapshot, short).duration_s) == (7200, 600)


def test_who_is_silent_is_taken_at_the_word_of_the_plan(day: PlanningDay) -> None:
    """The phone was last heard before the first stop should have begun."""
    technician = day.technician()
    first, second = day.customers(2)
    day.place(technician, [(first, "09:00"), (second, "11:00")])
    day.reach(first, VisitStatus.ACCEPTED)
    day.heard(technician, "08:30")
    day.clock("09:30")
    assert base(day.snapshot(), technician) == [f"{first} 09:00*", f"{second} 11:00"]
    day.heard(technician, "09:20")
    assert base(day.snapshot(), technician) == [f"{first} 09:00", f"{second} 11:00"]


def test_a_pin_holds_the_start_until_it_is_past(day: PlanningDay) -> None:
    technician = day.technician()
    visit = day.customer()
    day.place(technician, [(visit, "09:00")])
    day.pin(visit)
    starts: list[int | None] = []
    for clock in ("08:00", "09:30"):
        day.clock(clock)
        pin = job(day.snapshot(), visit).pin
        assert pin is not None
        starts.append(pin.start_s)
        assert pin.technician == str(technician)
    assert starts == [9 * 3600, None]


def test_a_cancelled_visit_stands_no_more(day: PlanningDay) -> None:
    """Even if its stop was left behind."""
    technician = day.technician()
    visit = day.customer()
    day.place(technician, [(visit, "09:00")])
    day.world.do(lambda s: s.get_one(Visit, visit).move_to(VisitStatus.CANCELLED, at=day.now, by="test", reason="test"))
    assert base(day.snapshot(), technician) == []
    assert day.planned().removed == 1
    assert day.world.log("visit_unscheduled") == []
