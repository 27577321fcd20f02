"""Who has refused a visit and keeps it after all is not taken it away again (R17)."""

from __future__ import annotations

import pytest

from dispatch.db import Database
from dispatch.models import Disruption
from dispatch.rules.lifecycles import DisruptionStatus, VisitStatus
from dispatch.rules.vocabulary import DisruptionKind
from tests.booking import DAY
from tests.upset_day import UpsetDay


@pytest.fixture
def day(database: Database) -> UpsetDay:
    """Before the first technician sets off."""
    return UpsetDay.morning(database)


def told_visit(day: UpsetDay, technician: int, **wants: object) -> int:
    """A visit at 10:00 on the technician's route, of which the customer knows."""
    visit = day.customer(**wants)
    day.place(technician, [(visit, "10:00")])
    day.tell(visit, "09:30", "11:30")
    return visit


def test_who_accepts_late_is_not_refused_by_the_repair(day: UpsetDay) -> None:
    """The acceptance comes after the clock has taken the visit back, and before the day is repaired."""
    late, other = day.technician(), day.technician()
    visit = told_visit(day, late)
    day.clock("08:10")
    disruption = day.report(DisruptionKind.UNACCEPTED, technician=late, visit=visit)
    day.goes(visit, VisitStatus.ACCEPTED)
    day.work()
    assert day.disruption(disruption)[0] == "settled"
    assert day.whose(visit) == late
    day.planned()
    assert day.whose(visit) == late != other


def test_who_has_refused_and_does_not_accept_loses_it(day: UpsetDay) -> None:
    late, other = day.technician(), day.technician()
    visit = told_visit(day, late)
    day.clock("08:10")
    day.goes(visit, VisitStatus.SENT)
    day.report(DisruptionKind.UNACCEPTED, technician=late, visit=visit)
    day.work()
    assert day.whose(visit) == other


def test_what_somebody_has_decided_to_leave_is_not_upset_by_the_next_repair(day: UpsetDay) -> None:
    skilled, other = day.technician(skills=("fibre",)), day.technician()
    visit = told_visit(day, skilled, skills=("fibre",))
    refused = day.report(DisruptionKind.UNACCEPTED, technician=skilled, visit=visit)
    day.work()
    assert day.disruption(refused) == ("undecided", "would_lose")
    day.decide(refused, publish=False)
    day.clock("08:10")
    elsewhere = day.report(DisruptionKind.ABSENT, technician=other)
    day.work()
    assert day.disruption(elsewhere)[0] == "settled"
    assert day.whose(visit) == skilled


def test_who_decides_takes_from_nobody_what_was_not_shown(day: UpsetDay) -> None:
    """A window was told after the repair was made, which would take it away."""
    ill, ann = day.technician(skills=("fibre",)), day.technician()
    lost = told_visit(day, ill, skills=("fibre",))
    first, long = day.customer(), day.customer(minutes=300)
    day.place(ann, [(first, "08:00")])
    day.place(ann, [(long, "09:00")], minutes=300)
    disruption = day.report(DisruptionKind.ABSENT, technician=ill)
    day.work()
    assert day.disruption(disruption) == ("undecided", "would_lose")
    with day.database.read_session() as session:
        plan = session.get_one(Disruption, disruption).plan_id or 0
    times = {long: "08:00", first: "13:00"}
    wanted = [{"visit_id": one, "start_at": day.world.at(f"{DAY} {time}").isoformat()} for one, time in times.items()]
    day.propose(plan, {ann: wanted})
    day.tell(first, "08:00", "09:00")
    assert day.decide(disruption, publish=True) is DisruptionStatus.REPAIRING
    assert day.starts(first) == "08:00"
    day.work()
    assert day.disruption(disruption) == ("undecided", "would_lose")
    assert day.decide(disruption, publish=True) is DisruptionStatus.SETTLED
    assert (day.starts(first) or "") <= "09:00"
    assert day.whose(lost) is None


def test_an_overrun_that_gets_shorter_again_counts(day: UpsetDay) -> None:
    technician = day.technician()
    visit, following = day.customers(2)
    day.place(technician, [(visit, "09:00"), (following, "10:00")])
    day.heard(technician, "09:00")
    day.clock("09:00")
    day.goes(visit, VisitStatus.ON_SITE)
    for until_time in ("10:30", "11:30", "10:30"):
        day.report(DisruptionKind.OVERRUN, technician=technician, visit=visit, until_time=until_time)
    day.report(DisruptionKind.OVERRUN, technician=technician, visit=visit, until_time="10:30")
    assert len(day.facts("disruption_reported")) == 3  # the same twice is one
    day.work()
    assert day.eta(following) == "10:30"
