"""Publishing a plan: whole or in part, on routes that have moved on, or not at all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Premises, Route, Shift, Stop, Visit
from dispatch.queries.rebased_plan import RebasedPlan
from dispatch.rules.lifecycles import PlanStatus, VisitStatus
from dispatch.services import publish_plan as publishing
from dispatch.services.discard_plan import discard_plan
from dispatch.services.publish_plan import NotADraft, PlanIsOver, PlanWouldLose, RoutesMoveOn
from tests.booking import DAY
from tests.planning import PlanningDay

HOUR = timedelta(hours=1)


@pytest.fixture
def day(database: Database) -> PlanningDay:
    """The evening before a day on which nobody works yet."""
    return PlanningDay.begin(database)


# --- whole ------------------------------------------------------------------------------


def test_publishing_makes_the_plan_the_truth(day: PlanningDay) -> None:
    technician = day.technician()
    visits = day.customers(3)
    plan = day.draft()
    assert day.places() == []  # a plan is a proposal
    written = day.publish(plan)
    assert (written.routes, written.added, written.moved, written.removed) == (1, 3, 0, 0)
    assert sorted(day.route(technician)) == visits
    assert day.plan(plan).status is PlanStatus.PUBLISHED
    assert {day.status(visit) for visit in visits} == {"scheduled"}
    assert day.violations() == []


def test_publishing_is_in_the_log(day: PlanningDay) -> None:
    technician = day.technician()
    visit = day.customer()
    day.planned()
    kinds = ("visit_booked", "visit_scheduled", "plan_requested", "plan_drafted", "plan_published")
    assert day.world.log(*kinds) == [
        "plan_requested",
        "plan_drafted",
        "visit_booked",
        "visit_scheduled",
        "plan_published",
    ]
    (scheduled,) = day.facts("visit_scheduled")
    assert (scheduled.visit_id, scheduled.technician_id) == (visit, technician)
    (published,) = day.facts("plan_published")
    assert published.payload["added"] == 1


def test_a_plan_is_published_once(day: PlanningDay) -> None:
    day.technician()
    day.customer()
    plan = day.draft()
    day.publish(plan)
    before = day.everything()
    with pytest.raises(NotADraft):
        day.publish(plan)
    assert day.everything() == before


def test_publishing_what_is_there_already_changes_nothing(day: PlanningDay) -> None:
    day.technician()
    day.customers(3)
    day.planned()
    before = day.everything()
    written = day.planned()
    assert (written.routes, written.added, written.moved, written.removed) == (0, 0, 0, 0)
    assert day.everything() == before


def test_every_changed_route_gets_a_new_version_and_no_other(day: PlanningDay) -> None:
    day.technician(north=0.0, skills=["fibre"])
    day.technician(north=1.0, skills=["copper"])
    day.customer(skills=["fibre"])
    day.customer(north=1.0, skills=["copper"])
    day.planned()
    before = day.versions()
    day.customer(north=1.0, skills=["copper"])
    day.planned()
    after = day.versions()
    assert sorted(after[route] - before[route] for route in before) == [0, 1]


def test_a_visit_that_nobody_booked_is_booked_for_the_day(day: PlanningDay) -> None:
    """R09."""
    day.technician("07:30-22:00")
    visit = day.customer()
    day.planned()
    row = day.visit(visit)
    assert [day.world.local(at) for at in (row.booked_from_at, row.booked_until_at)] == [
        "2026-11-24 07:30",
        "2026-11-24 22:00",
    ]


def test_a_visit_is_booked_for_what_the_customer_wanted(day: PlanningDay) -> None:
    """Later plans keep to it."""
    day.technician()
    visit = day.customer()

    def want(session: Session) -> None:
        row = session.get_one(Visit, visit)
        row.wanted_from_at, row.wanted_until_at = (day.world.at(f"2026-11-24 {time}") for time in ("13:00", "17:00"))

    day.world.do(want)
    day.planned()
    row = day.visit(visit)
    assert (row.booked_from_at, row.booked_until_at) == (row.wanted_from_at, row.wanted_until_at)


def test_a_week_is_published_in_one_piece(day: PlanningDay) -> None:
    """A visit that moves to another day has a stop all the time."""
    technician = day.technician("08:00-10:00")
    day.shift(technician, "08:00-10:00", day="2026-11-25")
    visits = day.customers(2, minutes=90)
    day.planned("2026-11-24", "2026-11-25")
    assert {day.start(visit) for visit in visits} == {"2026-11-24 08:00", "2026-11-25 08:00"}


# --- in part ----------------------------------------------------------------------------


def test_a_part_of_a_plan_changes_the_routes_of_some_technicians_only(day: PlanningDay) -> None:
    near, far = day.technician(skills=["fibre"]), day.technician(north=0.2, skills=["copper"])
    here = day.customers(2, skills=["fibre"])
    there = day.customers(2, north=0.2, skills=["copper"])
    written = day.publish(day.draft(), only=[near])
    assert (written.routes, written.added) == (1, 2)
    assert sorted(day.route(near)) == here
    assert day.route(far) == []
    assert {day.status(visit) for visit in there} == {"requested"}


def test_in_a_part_of_a_plan_a_booking_of_the_others_waits(day: PlanningDay) -> None:
    """It is mandatory, and would fit the published route: but that was not decided."""
    near, far = day.technician(), day.technician(north=0.2)
    visit = day.booked("10:00-12:00", north=0.2)
    plan = day.draft()
    assert day.proposed(plan) == {far: [visit]}
    day.world.do(lambda s: s.execute(delete(Stop)))  # somebody has taken the stop out
    day.publish(plan, only=[near])
    assert day.places() == []


def test_in_a_part_of_a_plan_a_visit_of_the_others_stays_with_them(day: PlanningDay) -> None:
    """The plan moves it to a technician whose route is published; it stays where it is, once."""
    one, other = day.technician("08:00-12:00"), day.technician("08:00-12:00")
    visits = day.customers(2)
    day.place(one, [(visits[0], "08:00")])
    day.place(other, [(visits[1], "08:00")])
    plan = day.draft()

    day.propose(plan, {one: [{"visit_id": visits[1]}], other: [{"visit_id": visits[0]}]})
    day.publish(plan, only=[one])
    assert (day.whose(visits[0]), day.whose(visits[1])) == (one, other)


# --- what has happened since the plan was made ---------------------------------------------


def test_what_was_cancelled_since_stays_cancelled(day: PlanningDay) -> None:
    day.technician()
    keep, drop = day.customers(2)
    plan = day.draft()
    day.cancel(drop)
    assert day.publish(plan).added == 1
    assert day.places() == [(keep, 1)]
    assert day.status(drop) == "cancelled"


def test_what_was_booked_and_held_since_is_kept(day: PlanningDay) -> None:
    """They take the places that the plan had filled with others."""
    day.technician("08:00-12:00")
    planned = day.customers(4)
    plan = day.draft()
    booked = day.booked("08:00-10:00")
    held = day.customer()
    day.hold(day.shown(held, "10:00-12:00"))
    day.publish(plan)
    placed = {visit for visit, _ in day.places()}
    assert {booked, held} <= placed
    assert len(placed & set(planned)) == 2
    assert (day.status(booked), day.status(held)) == ("scheduled", "requested")
    stop = day.stop(held)
    assert stop is not None
    assert stop.is_tentative


def test_what_was_pinned_since_stays_where_it_is(day: PlanningDay) -> None:
    """The plan would make one of two half-empty routes; meanwhile somebody pins a stop."""
    one, other = day.technician("08:00-12:00"), day.technician("08:00-12:00")
    visits = day.customers(2)
    day.place(one, [(visits[0], "08:00")])
    day.place(other, [(visits[1], "10:30")])
    plan = day.draft()
    day.pin(visits[1])
    day.customers(2)
    day.publish(plan)
    assert (day.whose(visits[1]), day.start(visits[1])) == (other, "2026-11-24 10:30")


def test_what_has_begun_since_stays_as_it_was_planned(day: PlanningDay) -> None:
    """Planned times are kept apart from actual ones."""
    technician = day.technician()
    first, second = day.customers(2)
    day.place(technician, [(first, "09:00"), (second, "10:00")])
    plan = day.draft()
    assert day.proposed(plan)[technician][0] == first
    day.clock("10:20")
    day.reach(second, VisitStatus.ON_SITE)
    day.publish(plan)
    assert day.route(technician) == [second, first]
    assert day.start(second) == "2026-11-24 10:00"
    assert day.start(first) == "2026-11-24 11:20"


def test_who_is_on_a_phone_stays_with_the_technician(day: PlanningDay) -> None:
    near, far = day.technician(), day.technician(north=0.2)
    visit = day.customer()
    day.place(far, [(visit, "09:00")])
    day.reach(visit, VisitStatus.ACCEPTED)
    day.planned()
    assert day.whose(visit) == far
    assert day.route(near) == []


def test_a_booking_made_while_the_plan_is_rebased_is_kept(day: PlanningDay, monkeypatch: pytest.MonkeyPatch) -> None:
    """The routes move on between looking and writing: it is looked at again."""
    day.technician("08:00-12:00")
    day.customers(4)
    plan = day.draft()
    made: list[int] = []
    losses = RebasedPlan.losses

    def and_meanwhile(self: RebasedPlan) -> object:
        if not made:
            made.append(0)
            made[0] = day.booked("08:00-10:00")
        return losses(self)

    monkeypatch.setattr(RebasedPlan, "losses", and_meanwhile)
    day.publish(plan)
    assert made[0] in {visit for visit, _ in day.places()}
    assert day.violations() == []


def test_routes_that_never_rest_are_held_still_in_the_end(day: PlanningDay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look is followed by another change, until nobody else can write."""
    technician = day.technician()
    visits = day.customers(2)
    day.place(technician, [(visits[0], "09:00")])
    plan = day.draft()
    looks: list[bool] = []
    rebased = publishing._Publishing._as_it_fits

    def and_change(self: publishing._Publishing, session: Session, *arguments: object) -> RebasedPlan:
        found = rebased(self, session, *arguments)  # type: ignore[arg-type]
        held_still = "lock_rank" in session.info
        looks.append(held_still)
        if not held_still:
            day.world.do(lambda s: setattr(s.get_one(Visit, visits[0]), "agreed_at", day.now + len(looks) * HOUR))
        return found

    monkeypatch.setattr(publishing._Publishing, "_as_it_fits", and_change)
    assert day.publish(plan).added == 1
    assert looks == [False, False, False, False, True]


def test_a_new_place_while_the_routes_are_held_still_is_asked_for_outside(day: PlanningDay) -> None:
    """No lock waits for a road server: what is not known is learned, then it is tried again."""
    technician = day.technician()
    visit = day.customer()
    plan = day.draft()
    day.travel = type(day.travel)(day.model)  # a process that knows nothing yet
    day.publish(plan)
    assert day.route(technician) == [visit]


def test_publishing_gives_up_where_the_routes_never_rest(day: PlanningDay, monkeypatch: pytest.MonkeyPatch) -> None:
    day.technician()
    day.customer()
    plan = day.draft()
    monkeypatch.setattr(publishing._Publishing, "_publish", lambda *_arguments, **_more: None)
    with pytest.raises(RoutesMoveOn) as refused:
        day.publish(plan)
    assert refused.value.again
    assert day.plan(plan).status is PlanStatus.DRAFT


# --- refused ----------------------------------------------------------------------------


def refused(day: PlanningDay, plan: int) -> tuple[str, object]:
    """Publishing is refused, the plan is stale, the log says so, and nothing else has changed: what would be lost."""
    before = day.everything()
    with pytest.raises(PlanWouldLose) as refusal:
        day.publish(plan)
    assert day.everything() == before
    assert day.plan(plan).status is PlanStatus.STALE
    (fact,) = day.facts("plan_refused")
    assert fact.payload["reason"] == f"plan_would_lose_{refusal.value.values['what']}"
    assert day.world.log("plan_published") == []
    return str(refusal.value.values["what"]), refusal.value.values["orders"]


def number_of(day: PlanningDay, visit: int) -> str:
    with day.database.read_session() as session:
        return session.get_one(Visit, visit).order.number


def test_a_told_window_is_not_lost(day: PlanningDay) -> None:
    """The plan wants the told visit behind another on its route; told after the plan was made."""
    technician = day.technician()
    told, other = day.customer(), day.customer(minutes=300)
    day.place(technician, [(told, "08:00")])
    day.place(technician, [(other, "09:00")], minutes=300)
    plan = day.draft()
    day.propose(plan, {technician: [{"visit_id": other}, {"visit_id": told}]})
    day.tell(told, "08:00", "09:00")
    assert refused(day, plan) == ("window", [number_of(day, told)])


@pytest.mark.parametrize(("hours", "served"), [("08:00-17:00", True), ("08:00-11:00", False)])
def test_what_is_merely_wanted_takes_no_told_window(day: PlanningDay, hours: str, served: bool) -> None:
    """It comes behind, if there is room; else it waits."""
    technician = day.technician(hours)
    told, other = day.customer(), day.customer(minutes=180)
    day.place(technician, [(told, "08:00")])
    plan = day.draft()
    day.propose(plan, {technician: [{"visit_id": other}, {"visit_id": told}]})
    day.tell(told, "08:00", "09:00")
    day.publish(plan)
    assert day.start(told) == "2026-11-24 08:00"
    assert (other in day.route(technician)) is served


def test_a_window_told_after_the_plan_was_made_is_kept_where_it_can_be(day: PlanningDay) -> None:
    """The plan moves the visit to the morning; told for the afternoon, it stays there."""
    technician = day.technician("08:00-17:00")
    told = day.customer()
    day.place(technician, [(told, "14:00")])
    plan = day.draft()
    day.tell(told, "14:00", "15:00")
    day.publish(plan)
    assert day.start(told) == "2026-11-24 14:00"


def test_a_plan_made_after_telling_keeps_the_window(day: PlanningDay) -> None:
    """Two others would be served if the told one came later: they are not."""
    technician = day.technician("08:00-12:00")
    told = day.customer()
    day.place(technician, [(told, "10:00")])
    day.tell(told, "10:00", "10:30")
    day.customers(2, minutes=150)
    day.planned()
    assert day.start(told) in ("2026-11-24 10:00", "2026-11-24 10:30")


def test_a_promise_is_not_lost(day: PlanningDay) -> None:
    """The repair is promised by half past five; the plan wants a long job before it, which is on the route too."""
    technician = day.technician("08:00-20:00")
    promised, other = day.customer(), day.customer(minutes=540)
    day.place(technician, [(promised, "08:00")])
    day.place(technician, [(other, "09:00")], minutes=540)
    plan = day.draft()
    day.propose(plan, {technician: [{"visit_id": other}, {"visit_id": promised}]})
    assert refused(day, plan) == ("promise", [number_of(day, promised)])


def test_what_is_merely_wanted_breaks_no_promise(day: PlanningDay) -> None:
    """It comes behind the visit that is promised by half past five."""
    technician = day.technician("08:00-20:00")
    promised, other = day.customer(), day.customer(minutes=540)
    day.place(technician, [(promised, "08:00")])
    plan = day.draft()
    day.propose(plan, {technician: [{"visit_id": other}, {"visit_id": promised}]})
    day.publish(plan)
    assert day.route(technician) == [promised, other]


def test_a_booking_is_not_lost(day: PlanningDay) -> None:
    """Somebody took the coordinates away: the visit cannot be part of any plan, but it is on a route."""
    technician = day.technician()
    visit, _ = day.customers(2)
    day.place(technician, [(visit, "08:00")])
    plan = day.draft()

    def forget(session: Session) -> None:
        premises = session.get_one(Premises, session.get_one(Visit, visit).premises_id)
        premises.lat = premises.lon = None

    day.world.do(forget)
    assert refused(day, plan) == ("booking", [number_of(day, visit)])


def test_a_pinned_stop_that_cannot_be_kept_is_for_a_person_to_decide(day: PlanningDay) -> None:
    """Another job runs late; the pinned one behind it could only come later."""
    technician = day.technician()
    first, pinned, _ = day.customers(3)
    day.place(technician, [(first, "08:00"), (pinned, "09:00")])
    day.pin(pinned)
    plan = day.draft()
    day.clock("08:10")
    day.reach(first, VisitStatus.ON_SITE)
    assert refused(day, plan) == ("pin", [number_of(day, pinned)])


def test_what_the_routes_cannot_keep_anyway_is_no_reason_to_refuse(day: PlanningDay) -> None:
    """The morning was slept through: the told window is over before anybody could be there."""
    technician = day.technician()
    told, other = day.customers(2)
    day.place(technician, [(told, "08:00"), (other, "09:00")])
    day.tell(told, "08:00", "09:00")
    plan = day.draft()
    day.clock("08:59")
    day.clock("09:30")
    day.publish(plan)
    assert day.start(told) in ("2026-11-24 09:30", "2026-11-24 10:30")


def test_what_no_route_can_keep_waits_for_a_place(day: PlanningDay) -> None:
    """The technician falls ill at ten; one of two visits fits before, and the other is booked as before."""
    technician = day.technician("08:00-12:00")
    visits = day.customers(2, minutes=110)
    day.place(technician, [(visits[0], "08:00"), (visits[1], "10:00")], minutes=110)
    day.absent(technician, "10:00", "12:00")
    written = day.planned()
    assert (written.added, written.removed) == (0, 1)
    (waiting,) = [visit for visit in visits if day.whose(visit) is None]
    row = day.visit(waiting)
    assert (row.status, day.world.local(row.booked_from_at)) == (VisitStatus.BOOKED, "2026-11-24 08:00")
    assert [fact.visit_id for fact in day.facts("visit_unscheduled")] == [waiting]


def test_a_plan_of_days_that_are_over_is_not_published(day: PlanningDay) -> None:
    """Else the stops that nobody reported on would be taken out as impossible."""
    technician = day.technician()
    visits = day.customers(2)
    day.place(technician, [(visits[0], "08:00")])
    plan = day.draft()
    day.clock("00:00", day="2026-11-25")
    before = day.everything()
    with pytest.raises(PlanIsOver):
        day.publish(plan)
    assert day.everything() == before
    assert day.plan(plan).status_reason == "plan_is_over"


def test_a_night_shift_is_published_after_midnight(day: PlanningDay) -> None:
    technician = day.technician(None)
    visit = day.customer()

    def night(session: Session) -> None:
        starts_at, ends_at = day.world.at("2026-11-24 22:00"), day.world.at("2026-11-25 06:00")
        session.add(
            Shift(
                technician_id=technician,
                territory_id=day.world.ids["territory"],
                day_on=starts_at.date(),
                starts_at=starts_at,
                ends_at=ends_at,
            )
        )

    day.world.do(night)
    plan = day.draft()
    day.clock("01:00", day="2026-11-25")
    day.publish(plan)
    assert day.start(visit) == "2026-11-25 01:00"


# --- somebody is gone -------------------------------------------------------------------


@pytest.mark.parametrize("status", ["scheduled", "sent", "accepted", "agreed"])
def test_visits_of_somebody_who_is_gone_go_to_others(day: PlanningDay, status: str) -> None:
    """Whatever is on the phone of who is ill; a time agreed with the customer stands."""
    ill, well = day.technician(), day.technician(north=0.2)
    visit = day.customer()
    day.place(ill, [(visit, "09:00")])
    day.pin(visit)
    if status != "scheduled":
        day.reach(visit, VisitStatus(status))
    day.absent(ill, "00:00", "23:59")
    before = day.versions()
    written = day.planned()
    assert (written.added, written.moved, written.removed) == (0, 1, 0)
    assert (day.whose(visit), day.status(visit)) == (well, "scheduled")
    stop = day.stop(visit)
    assert stop is not None
    assert not stop.is_pinned
    assert all(day.versions()[route] > version for route, version in before.items())
    told = {"sent": ["visit_unsent"], "accepted": ["visit_reassigned"], "agreed": ["visit_reassigned"]}
    assert day.world.log("visit_unsent", "visit_reassigned") == told.get(status, [])


def test_visits_that_nobody_else_can_make_leave_the_route_of_who_is_gone(day: PlanningDay) -> None:
    ill = day.technician(skills=["fibre"])
    day.technician()
    visit = day.customer(skills=["fibre"])
    day.place(ill, [(visit, "09:00")])
    day.absent(ill, "00:00", "23:59")
    written = day.planned()
    assert (written.added, written.moved, written.removed) == (0, 0, 1)
    assert (day.whose(visit), day.status(visit)) == (None, "booked")


# --- discarded --------------------------------------------------------------------------


@pytest.mark.parametrize(("moved_to", "stands"), [("2026-11-25", False), (DAY, True)])
def test_an_agreed_time_stands_as_long_as_the_stop_keeps_it(day: PlanningDay, moved_to: str, stands: bool) -> None:
    technician = day.technician()
    visit = day.customer()
    day.planned()
    day.reach(visit, VisitStatus.AGREED)
    day.world.do(lambda s: _agree(s, visit))
    if not stands:
        day.shift(technician, "08:00-17:00", day=moved_to)
        day.clock("20:30")
        day.heard(technician, "20:30")
    day.planned(moved_to)
    assert day.visit(visit).status is (VisitStatus.AGREED if stands else VisitStatus.ACCEPTED)
    assert (day.visit(visit).appointed_at is not None) == stands


def _agree(session: Session, visit_id: int) -> None:
    start_at = session.scalars(select(Stop.start_at).where(Stop.visit_id == visit_id)).one()
    session.get_one(Visit, visit_id).appointed_at = start_at


def test_older_drafts_of_the_same_days_are_given_up(day: PlanningDay) -> None:
    """Else publishing twice would bring back what was thought of first."""
    technician = day.technician()
    day.shift(technician, "08:00-17:00", day="2026-11-25")
    day.customers(2)
    older, tomorrow, newer = day.draft(), day.draft("2026-11-25"), day.draft()
    day.publish(newer)
    statuses = [day.plan(plan).status.value for plan in (older, tomorrow, newer)]
    assert statuses == ["discarded", "draft", "published"]
    assert [fact.payload["reason"] for fact in day.facts("plan_discarded")] == ["superseded"]


def test_a_discarded_draft_is_not_published(day: PlanningDay) -> None:
    day.technician()
    day.customer()
    plan = day.draft()
    day.world.do(lambda s: discard_plan(s, plan, now=day.now, by="dispatcher:1"))
    with pytest.raises(NotADraft):
        day.publish(plan)


def test_the_meal_break_is_written_down_and_an_absence_is_none(day: PlanningDay) -> None:
    technician = day.technician("08:00-17:00", pause=("11:30", "13:30", 60))
    day.absent(technician, "09:00", "10:00")
    day.customers(5)
    day.planned()
    with day.database.read_session() as session:
        (route,) = session.scalars(select(Route)).all()
        assert route.break_start_at is not None
        assert "11:30" <= (day.world.local(route.break_start_at) or "")[-5:] <= "13:30"
    assert day.violations() == []
