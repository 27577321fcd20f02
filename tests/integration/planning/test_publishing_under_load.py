"""Publishing a plan while phones report and customers book: nobody fails, nothing is lost or done twice."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import FieldReport, Visit
from dispatch.rules.lifecycles import PlanStatus, VisitStatus
from tests.busy_day import BusyDay

PHONES = 8


@pytest.fixture
def busy(database: Database) -> BusyDay:
    """14 technicians, 8 of whom are about to begin; 150 visits wait for the plan."""
    return BusyDay.begin(database, technicians=14, visits=150, phones=PHONES, browsing=4)


def test_phones_and_customers_go_on_while_a_plan_is_published(busy: BusyDay) -> None:
    """The plan gives the first visit of everybody with a phone to somebody else; but then it begins."""
    day = busy.day
    others = dict(zip(busy.technicians[-PHONES:], ([phone.visit] for phone in busy.phones), strict=True))
    plan = busy.draft(first=others)
    for phone in busy.phones:
        assert phone.visit not in day.proposed(plan).get(phone.technician, [])
        day.reach(phone.visit, VisitStatus.ON_SITE)
    stood = {phone.visit: (phone.technician, day.start(phone.visit)) for phone in busy.phones}

    with busy.under_load(every_s=0.02, booking_every_s=0.1):
        written = day.publish(plan)

    assert day.plan(plan).status is PlanStatus.PUBLISHED
    assert {visit: (day.whose(visit), day.start(visit)) for visit in stood} == stood
    assert {day.status(visit) for visit in stood} == {"on_site"}
    _every_report_is_stored_once(busy)
    _every_visit_is_scheduled_once(busy, added=written.added)
    assert day.violations() == []


def _every_report_is_stored_once(busy: BusyDay) -> None:
    with busy.day.database.read_session() as session:
        found = session.execute(select(FieldReport.device_id, FieldReport.sequence, FieldReport.visit_id)).all()
    sent = {(phone.device, number + 1, phone.visit) for phone in busy.phones for number in range(len(phone.syncs))}
    assert Counter(tuple(row) for row in found) == Counter(sent)
    assert len(sent) > PHONES


def _every_visit_is_scheduled_once(busy: BusyDay, *, added: int) -> None:
    """One stop, one fact that says so, and one new version."""
    placed = Counter(visit for visit, _ in busy.day.places())
    waiting = [visit for visit in busy.waiting if visit in placed]
    assert len(waiting) == added >= len(busy.waiting) - len(busy.booked)
    assert placed == Counter([*waiting, *busy.booked, *(phone.visit for phone in busy.phones)])
    (published,) = busy.day.facts("plan_published")  # whoever books after it may push the stops behind
    facts = Counter(event.visit_id for event in busy.day.facts("visit_scheduled") if event.id < published.id)
    assert {visit: facts[visit] for visit in waiting} == dict.fromkeys(waiting, 1)
    assert not any(facts[phone.visit] for phone in busy.phones)
    with busy.day.database.read_session() as session:
        rows = session.execute(select(Visit.id, Visit.status, Visit.version).where(Visit.id.in_(waiting))).all()
    assert {(status, version) for _, status, version in rows} == {(VisitStatus.SCHEDULED, 2)}
