"""A day that is upset is repaired: by rule where nothing told is lost, else by somebody (R15, R17, journey 3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.db import Database
from dispatch.errors import NotFound
from dispatch.queries.disruptions import open_disruptions
from dispatch.queries.planning_words import REPAIR_WEIGHTS
from dispatch.rules.access import Scope
from dispatch.rules.lifecycles import DisruptionStatus, VisitStatus
from dispatch.rules.vocabulary import DisruptionKind, Priority
from dispatch.services.decide_disruption import NothingToDecide
from tests.upset_day import UpsetDay


@pytest.fixture
def day(database: Database) -> UpsetDay:
    """Before the first technician sets off."""
    return UpsetDay.morning(database)


def told(day: UpsetDay, technician: int, visits: dict[int, tuple[str, str, str]]) -> None:
    """Write a route, and tell each customer a window: start, from, until."""
    day.place(technician, [(visit, start) for visit, (start, _, _) in visits.items()])
    for visit, (_, from_time, until_time) in visits.items():
        day.tell(visit, from_time, until_time)


def six_told(day: UpsetDay, technician: int) -> list[int]:
    visits = day.customers(6, minutes=45)
    hours = [9, 10, 11, 13, 14, 15]
    windows = {
        visit: (f"{hour:02}:00", f"{hour - 1:02}:30", f"{hour + 1:02}:30")
        for visit, hour in zip(visits, hours, strict=True)
    }
    told(day, technician, windows)
    return visits


def test_somebody_ill_in_the_morning_is_replaced_and_every_told_window_is_kept(day: UpsetDay) -> None:
    ill, *others = [day.technician() for _ in range(3)]
    visits = six_told(day, ill)
    day.clock("08:10")
    disruption = day.report(DisruptionKind.ABSENT, technician=ill)
    day.work()
    assert day.disruption(disruption) == ("settled", "repaired")
    assert {day.whose(visit) for visit in visits} <= set(others)
    assert [event.payload["added"] + event.payload["moved"] for event in day.facts("plan_published")] == [6]
    for visit, hour in zip(visits, [9, 10, 11, 13, 14, 15], strict=True):
        assert f"{hour - 1:02}:30" <= (day.starts(visit) or "") <= f"{hour + 1:02}:30"
    assert day.cases() == []
    rescheduled = {event.visit_id for event in day.facts("visit_scheduled")}
    assert rescheduled == set(visits)  # from these, each customer is told who comes instead


def test_somebody_ill_while_eating_is_replaced_in_the_afternoon(day: UpsetDay) -> None:
    """The break began at a time that what is left of the shift no longer has room for."""
    ill = day.technician(pause=("11:30", "13:30", 60))
    other = day.technician()
    visit = day.customer(minutes=45)
    told(day, ill, {visit: ("15:00", "14:00", "16:00")})
    day.eats(ill, "12:30")
    day.clock("12:50")
    disruption = day.report(DisruptionKind.ABSENT, technician=ill)
    day.work()
    assert day.disruption(disruption) == ("settled", "repaired")
    assert day.whose(visit) == other


def test_a_job_that_a_silent_phone_never_began_goes_with_the_rest_of_the_absent_ones_day(day: UpsetDay) -> None:
    ill, other = day.technician(), day.technician()
    visit = day.customer(minutes=45)
    told(day, ill, {visit: ("08:30", "08:00", "10:30")})
    day.reach(visit, VisitStatus.SENT)
    day.clock("08:40")
    disruption = day.report(DisruptionKind.ABSENT, technician=ill)
    day.work()
    assert day.disruption(disruption) == ("settled", "repaired")
    assert day.whose(visit) == other


def test_what_cannot_be_repaired_without_loss_is_somebodys_decision(day: UpsetDay) -> None:
    ill, other = day.technician(), day.technician()
    lost = day.customer(minutes=60)
    told(day, ill, {lost: ("10:00", "09:30", "11:30")})
    begun = day.customer(minutes=300)
    told(day, other, {begun: ("08:00", "08:00", "09:00")})
    day.clock("08:00")
    day.goes(begun, VisitStatus.ON_SITE)
    day.clock("08:10")
    disruption = day.report(DisruptionKind.ABSENT, technician=ill)
    day.work()
    assert day.disruption(disruption) == ("undecided", "would_lose")
    assert day.cases() == [("exception", "open", "decide_repair")]
    assert day.whose(lost) == ill  # nothing was taken from anybody yet
    with day.database.read_session() as session:
        (seen,) = open_disruptions(session, Scope(everywhere=True), now=day.now)
        assert open_disruptions(session, Scope(territory_ids=frozenset({99})), now=day.now) == ()
    assert seen.is_to_decide
    assert seen.has_repair
    assert [(one.what, one.visit_id) for one in seen.would_lose] == [("window", lost)]
    assert day.decide(disruption, publish=True) is DisruptionStatus.SETTLED
    day.work()
    assert day.disruption(disruption) == ("settled", "published_by_decision")
    assert day.whose(lost) == other
    assert day.cases() == [("exception", "resolved", "decide_repair")]
    with pytest.raises(NothingToDecide):
        day.decide(disruption, publish=True)


def test_who_decides_may_leave_it(day: UpsetDay) -> None:
    ill = day.technician()
    lost = day.customer()
    told(day, ill, {lost: ("10:00", "09:30", "11:30")})
    day.clock("08:10")
    disruption = day.report(DisruptionKind.ABSENT, technician=ill)
    day.work()
    assert day.disruption(disruption)[0] == "undecided"
    before = day.everything()
    assert day.decide(disruption, publish=False) is DisruptionStatus.SETTLED
    day.work()
    assert day.everything() == before
    assert day.cases()[0][1] == "resolved"
    with pytest.raises(NotFound):
        day.decide(99, publish=True)


def test_what_is_safe_is_done_at_once_and_only_the_rest_is_decided(day: UpsetDay) -> None:
    ill, free, busy = day.technician(skills=("fibre",)), day.technician(), day.technician(skills=("fibre",))
    saved = day.customer(minutes=45)
    lost = day.customer(minutes=45, skills=("fibre",))
    told(day, ill, {saved: ("09:00", "08:30", "10:30"), lost: ("10:00", "09:30", "11:00")})
    begun = day.customer(minutes=360, skills=("fibre",))
    told(day, busy, {begun: ("08:00", "08:00", "08:45")})
    day.clock("08:05")
    day.goes(begun, VisitStatus.ON_SITE)
    day.clock("08:10")
    disruption = day.report(DisruptionKind.ABSENT, technician=ill)
    day.work()
    assert day.disruption(disruption) == ("undecided", "would_lose")
    assert day.whose(saved) == free
    assert day.whose(lost) == ill
    with day.database.read_session() as session:
        (seen,) = open_disruptions(session, Scope(everywhere=True), now=day.now)
    assert {one.visit_id for one in seen.would_lose} == {lost}


def test_who_is_on_site_when_it_is_known_stays_there(day: UpsetDay) -> None:
    ill, other = day.technician(), day.technician()
    begun, later = day.customers(2)
    told(day, ill, {begun: ("08:30", "08:00", "10:00"), later: ("10:30", "10:00", "12:00")})
    day.clock("08:30")
    day.goes(begun, VisitStatus.ON_SITE)
    day.clock("08:50")
    disruption = day.report(DisruptionKind.ABSENT, technician=ill)
    day.work()
    assert day.disruption(disruption) == ("settled", "repaired")
    assert (day.whose(begun), day.starts(begun)) == (ill, "08:30")
    assert day.whose(later) == other


def test_who_is_away_for_two_hours_keeps_the_visits_after_them(day: UpsetDay) -> None:
    away, other = day.technician(), day.technician()
    missed, kept = day.customers(2)
    told(day, away, {missed: ("10:00", "09:30", "11:30"), kept: ("15:00", "14:30", "16:30")})
    day.clock("08:10")
    day.goes(missed, VisitStatus.ACCEPTED)
    disruption = day.report(DisruptionKind.ABSENT, technician=away, from_time="09:00", until_time="12:00")
    day.work()
    assert day.disruption(disruption) == ("settled", "repaired")
    assert (day.whose(missed), day.whose(kept)) == (other, away)


def test_a_visit_that_was_declined_goes_to_another_and_not_back(day: UpsetDay) -> None:
    near, far = day.technician(), day.technician(north=0.1)
    visit = day.customer()
    told(day, near, {visit: ("10:00", "09:30", "11:30")})
    day.clock("08:10")
    disruption = day.report(DisruptionKind.UNACCEPTED, technician=near, visit=visit)
    day.work()
    assert day.disruption(disruption) == ("settled", "repaired")
    assert day.whose(visit) == far
    day.planned()
    assert day.whose(visit) == far


def test_a_declined_visit_that_nobody_else_can_do_is_somebodys(day: UpsetDay) -> None:
    skilled = day.technician(skills=("fibre",))
    day.technician()
    visit = day.customer(skills=("fibre",))
    told(day, skilled, {visit: ("10:00", "09:30", "11:30")})
    disruption = day.report(DisruptionKind.UNACCEPTED, technician=skilled, visit=visit)
    day.work()
    assert day.disruption(disruption) == ("undecided", "would_lose")
    assert day.whose(visit) == skilled


def test_a_diverted_technicians_visit_may_become_anothers(day: UpsetDay) -> None:
    diverted, other = day.technician(), day.technician()
    visit, elsewhere = day.customer(), day.customer(minutes=240)
    told(day, diverted, {elsewhere: ("08:30", "08:00", "09:00"), visit: ("12:30", "12:00", "14:00")})
    day.clock("08:30")
    day.goes(elsewhere, VisitStatus.ON_SITE)
    day.goes(visit, VisitStatus.ACCEPTED)
    day.report(DisruptionKind.OVERRUN, technician=diverted, visit=elsewhere, until_time="15:00")
    disruption = day.report(DisruptionKind.DIVERTED, technician=diverted, visit=visit)
    day.work()
    assert day.disruption(disruption)[0] == "settled"
    assert day.whose(visit) == other


def test_an_overrun_moves_what_another_can_still_do_in_time(day: UpsetDay) -> None:
    late, other = day.technician(), day.technician()
    begun, next_one = day.customers(2)
    told(day, late, {begun: ("09:00", "08:30", "10:30"), next_one: ("10:30", "10:00", "11:30")})
    day.clock("09:00")
    day.goes(begun, VisitStatus.ON_SITE)
    day.goes(next_one, VisitStatus.ACCEPTED)
    disruption = day.report(DisruptionKind.OVERRUN, technician=late, visit=begun, until_time="12:30")
    day.work()
    assert day.disruption(disruption) == ("settled", "repaired")
    assert (day.whose(begun), day.whose(next_one)) == (late, other)


def test_an_overrun_that_harms_nobody_changes_nothing(day: UpsetDay) -> None:
    late = day.technician()
    begun, next_one = day.customers(2)
    told(day, late, {begun: ("09:00", "08:30", "10:30"), next_one: ("13:00", "13:00", "15:00")})
    day.clock("09:00")
    day.goes(begun, VisitStatus.ON_SITE)
    before = day.everything()
    disruption = day.report(DisruptionKind.OVERRUN, technician=late, visit=begun, until_time="10:20")
    day.work()
    assert day.disruption(disruption)[0] == "settled"
    assert day.starts(next_one) == "13:00"
    assert len(day.everything()) == len(before)


def test_an_emergency_gets_into_a_running_day_by_itself(day: UpsetDay) -> None:
    busy = day.technician()
    first, second = day.customers(2)
    told(day, busy, {first: ("09:00", "08:30", "10:30"), second: ("15:00", "14:30", "16:30")})
    day.work("09:00")
    day.goes(first, VisitStatus.ON_SITE)
    emergency = day.ordered(priority=Priority.EMERGENCY)
    day.work("09:05")
    assert day.whose(emergency) == busy
    assert (day.starts(first), day.whose(second)) == ("09:00", busy)
    assert "14:30" <= (day.starts(second) or "") <= "16:30"
    assert [event.payload["reason"] for event in day.facts("disruption_settled")] == ["repaired"]


def test_an_order_that_is_no_emergency_upsets_nothing(day: UpsetDay) -> None:
    day.technician()
    day.work("09:00")
    day.ordered(priority=Priority.HIGH)
    day.work("09:05")
    assert day.facts("disruption_reported") == []


def test_an_emergency_that_nobody_can_do_is_a_case_at_once(day: UpsetDay) -> None:
    day.technician("08:00-10:00")
    day.work("09:30")
    day.ordered(priority=Priority.EMERGENCY)
    day.work("09:59")
    assert [event.payload["reason"] for event in day.facts("disruption_undecided")] == ["would_lose"]
    assert day.cases() == [("exception", "open", "decide_repair")]
    assert len(day.facts("plan_requested")) == 1  # no search finds somebody


def test_two_at_once_share_one_repair(day: UpsetDay) -> None:
    ill, also_ill, *others = [day.technician() for _ in range(4)]
    one, two = day.customers(2)
    told(day, ill, {one: ("10:00", "09:30", "11:30")})
    told(day, also_ill, {two: ("11:00", "10:30", "12:30")})
    day.clock("08:10")
    disruptions = [day.report(DisruptionKind.ABSENT, technician=who) for who in (ill, also_ill)]
    day.work()
    assert {day.disruption(one) for one in disruptions} == {("settled", "repaired")}
    assert len(day.facts("plan_requested")) == 1
    assert {day.whose(visit) for visit in (one, two)} <= set(others)


def test_what_comes_while_a_repair_is_solved_is_repaired_next(day: UpsetDay) -> None:
    ill, also_ill, *others = [day.technician() for _ in range(4)]
    one, two = day.customers(2)
    told(day, ill, {one: ("10:00", "09:30", "11:30")})
    told(day, also_ill, {two: ("11:00", "10:30", "12:30")})
    day.clock("08:10")
    first = day.report(DisruptionKind.ABSENT, technician=ill)
    worker = day.worker
    assert worker.repair_days() == 1
    assert worker.solve_plans() == 1
    second = day.report(DisruptionKind.ABSENT, technician=also_ill)
    day.work()
    assert {day.disruption(one)[0] for one in (first, second)} == {"settled"}
    assert {day.whose(visit) for visit in (one, two)} <= set(others)


def test_a_repair_that_was_overtaken_is_asked_for_again(day: UpsetDay) -> None:
    ill, other = day.technician(), day.technician()
    visit = day.customer()
    told(day, ill, {visit: ("10:00", "09:30", "11:30")})
    day.clock("08:10")
    disruption = day.report(DisruptionKind.ABSENT, technician=ill)
    worker = day.worker
    worker.repair_days()
    worker.solve_plans()
    day.planned()  # somebody plans and publishes the same day, and the draft is superseded
    day.work()
    assert day.disruption(disruption)[0] == "settled"
    assert day.whose(visit) == other


def test_an_undecided_repair_that_was_overtaken_is_made_anew(day: UpsetDay) -> None:
    ill, other = day.technician(), day.technician()
    lost = day.customer(minutes=60)
    told(day, ill, {lost: ("10:00", "09:30", "11:30")})
    told(day, other, {day.customer(minutes=300): ("08:30", "08:00", "09:00")})
    day.clock("08:10")
    disruption = day.report(DisruptionKind.ABSENT, technician=ill)
    day.work()
    with day.database.read_session() as session:
        (seen,) = open_disruptions(session, Scope(everywhere=True), now=day.now)
    day.discard(seen.plan_id or 0)
    assert day.decide(disruption, publish=True) is DisruptionStatus.REPAIRING
    day.work()
    assert day.disruption(disruption) == ("undecided", "would_lose")
    assert len(day.cases()) == 1


@pytest.mark.parametrize("price_s", [0, REPAIR_WEIGHTS.reassigned_price_s])
def test_a_repair_leaves_the_others_visits_with_whom_they_are(
    day: UpsetDay, price_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else lives next door: that is worth a new plan, but not that another comes on a day that runs."""
    weights = replace(REPAIR_WEIGHTS, reassigned_price_s=price_s)
    monkeypatch.setattr("dispatch.services.plan_territory.REPAIR_WEIGHTS", weights)
    ill, far, next_door = day.technician(), day.technician(), day.technician(north=0.012)
    lost, first, kept = day.customer(minutes=45), day.customer(minutes=45), day.customer(minutes=45, north=0.012)
    told(day, ill, {lost: ("10:00", "09:30", "11:30")})
    told(day, far, {first: ("09:00", "08:30", "10:30"), kept: ("16:00", "15:30", "17:30")})
    day.clock("08:10")
    disruption = day.report(DisruptionKind.ABSENT, technician=ill)
    day.work()
    assert day.disruption(disruption) == ("settled", "repaired")
    assert day.whose(lost) != ill
    assert day.whose(kept) == (far if price_s else next_door)
