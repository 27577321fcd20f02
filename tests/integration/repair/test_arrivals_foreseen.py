"""Arrivals are foreseen on every fact, and a window that was told is not missed without a word (R34)."""

from __future__ import annotations

import pytest

from dispatch.db import Database
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import DisruptionKind
from tests.upset_day import UpsetDay


@pytest.fixture
def day(database: Database) -> UpsetDay:
    """Before the first technician sets off."""
    return UpsetDay.morning(database)


def three_told(day: UpsetDay) -> tuple[int, list[int]]:
    """One technician with three visits of an hour at one address, each told a window of two hours."""
    technician = day.technician()
    visits = day.customers(3)
    day.place(technician, list(zip(visits, ["09:00", "10:00", "11:00"], strict=True)))
    for visit, (from_time, until_time) in zip(
        visits, [("08:30", "10:30"), ("09:30", "11:30"), ("10:30", "12:30")], strict=True
    ):
        day.tell(visit, from_time, until_time)
        day.goes(visit, VisitStatus.ACCEPTED)
    return technician, visits


def test_every_fact_moves_the_arrivals_that_are_still_to_come(day: UpsetDay) -> None:
    technician, (first, second, third) = three_told(day)
    day.work("08:00")
    assert [day.eta(visit) for visit in (first, second, third)] == ["08:30", "09:30", "10:30"]
    day.heard(technician, "09:10")
    day.work("09:10")
    day.goes(first, VisitStatus.ON_SITE)
    day.work()
    assert [day.eta(visit) for visit in (first, second, third)] == [None, "10:10", "11:10"]
    day.heard(technician, "09:40")
    day.clock("09:40")
    day.done(first)
    day.work()
    assert [day.eta(visit) for visit in (second, third)] == ["09:40", "10:40"]
    assert day.facts("arrival_endangered") == []


def test_a_long_overrun_is_told_to_the_one_who_would_wait_in_vain(day: UpsetDay) -> None:
    technician, (first, second, third) = three_told(day)
    day.heard(technician, "09:00")
    day.clock("09:00")
    day.goes(first, VisitStatus.ON_SITE)
    day.report(DisruptionKind.OVERRUN, technician=technician, visit=first, until_time="11:40")
    day.work()
    assert day.eta(second) == "11:40"
    assert (day.warnings(second), day.warnings(third)) == (["11:40"], [])
    day.work("09:30")  # three hours before the window is over
    assert (day.warnings(second), day.warnings(third)) == (["11:40"], ["12:40"])  # once each
    answers = [day.clock_of(day.answer_by(warned)) for warned in day.facts("arrival_endangered")]
    assert answers == ["11:00", "12:00"]  # half an hour before the window is over


def test_time_alone_endangers_a_window_and_is_noticed_when_it_does(day: UpsetDay) -> None:
    technician, (first, _second, third) = three_told(day)
    day.heard(technician, "09:00")
    day.work("09:00")
    day.goes(first, VisitStatus.ON_SITE)
    day.work()
    looks = []
    while not day.warnings(third):
        look_at = day.next_look()
        looks.append(look_at)
        day.heard(technician, look_at)
        day.work(look_at)
    # an hour of work was planned; from 10:00 on everything slips, and is looked at now and then
    assert looks == ["10:15", "10:30", "10:45", "11:00", "11:15", "11:30", "11:36"]
    assert day.warnings(third) == ["12:36"]


def test_it_is_told_again_only_if_it_gets_much_worse(day: UpsetDay) -> None:
    technician, (first, _second, third) = three_told(day)
    day.heard(technician, "09:00")
    day.clock("09:00")
    day.goes(first, VisitStatus.ON_SITE)
    day.heard(technician, "09:40")
    day.clock("09:40")
    for until_time in ("11:40", "11:50", "11:59"):
        day.report(DisruptionKind.OVERRUN, technician=technician, visit=first, until_time=until_time)
        day.work()
    assert day.warnings(third) == ["12:40"]
    day.report(DisruptionKind.OVERRUN, technician=technician, visit=first, until_time="12:00")
    day.work()
    assert day.warnings(third) == ["12:40", "13:00"]


def test_a_little_late_is_not_told_nor_what_nobody_was_told(day: UpsetDay) -> None:
    technician = day.technician()
    begun, told, untold = day.customers(3)
    day.place(technician, [(begun, "09:00"), (told, "10:00"), (untold, "11:00")])
    day.tell(told, "09:00", "11:00")
    day.heard(technician, "09:00")
    day.clock("09:00")
    day.goes(begun, VisitStatus.ON_SITE)
    day.report(DisruptionKind.OVERRUN, technician=technician, visit=begun, until_time="11:05")
    day.work()
    assert (day.eta(told), day.eta(untold)) == ("11:05", "12:05")
    assert day.facts("arrival_endangered") == []


def test_it_is_told_hours_ahead_but_not_all_day(day: UpsetDay) -> None:
    technician = day.technician()
    begun, told = day.customers(2)
    day.place(technician, [(begun, "08:30"), (told, "14:00")])
    day.tell(told, "13:30", "14:30")
    day.heard(technician, "08:30")
    day.clock("08:30")
    day.goes(begun, VisitStatus.ON_SITE)
    day.report(DisruptionKind.OVERRUN, technician=technician, visit=begun, until_time="15:30")
    day.work()
    assert (day.eta(told), day.warnings(told)) == ("15:30", [])
    day.heard(technician, "11:30")
    day.work("11:30")
    assert day.warnings(told) == ["15:30"]


def test_who_has_come_is_not_late_any_more(day: UpsetDay) -> None:
    technician, (first, *_) = three_told(day)
    day.heard(technician, "10:28")
    day.work("10:28")
    day.goes(first, VisitStatus.ON_SITE)
    day.heard(technician, "10:40")
    day.work("10:40")
    assert day.warnings(first) == []


def test_the_agreed_time_counts_rather_than_the_window(day: UpsetDay) -> None:
    technician = day.technician()
    begun, agreed = day.customers(2)
    day.place(technician, [(begun, "09:00"), (agreed, "11:00")])
    day.tell(agreed, "10:30", "12:30")
    day.agree(agreed, "10:15")
    day.heard(technician, "09:00")
    day.clock("09:00")
    day.goes(begun, VisitStatus.ON_SITE)
    day.report(DisruptionKind.OVERRUN, technician=technician, visit=begun, until_time="11:30")
    day.work()
    assert day.warnings(agreed) == ["11:30"]  # an hour after 10:15 is 11:15


def test_a_customer_of_somebody_absent_is_told_no_time_that_nobody_believes(day: UpsetDay) -> None:
    technician, visits = three_told(day)
    day.work("08:00")
    assert day.eta(visits[0]) is not None
    day.report(DisruptionKind.ABSENT, technician=technician)
    day.work("08:05")
    assert [day.eta(visit) for visit in visits] == [None, None, None]
    assert day.facts("arrival_endangered") == []


def test_a_cancelled_visit_is_foreseen_no_more_and_the_next_comes_earlier(day: UpsetDay) -> None:
    technician, (first, second, third) = three_told(day)
    day.heard(technician, "09:00")
    day.clock("09:00")
    day.goes(first, VisitStatus.ON_SITE)
    day.work()
    assert day.eta(third) == "11:00"
    day.cancel(second)
    day.work()
    assert (day.eta(second), day.eta(third)) == (None, "10:30")  # not before the window that was told


def test_tomorrow_is_not_foreseen_yet(day: UpsetDay) -> None:
    _, visits = three_told(day)
    day.now = day.world.at("2026-11-23 18:00")
    day.work()
    assert [day.eta(visit) for visit in visits] == [None, None, None]
