"""A repair may die anywhere: nobody is lost, nothing is doubled, and no disruption waits for ever."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Case, Disruption, DueWork, Event, Plan, Stop
from dispatch.rules.lifecycles import DisruptionStatus, PlanStatus
from dispatch.rules.vocabulary import DisruptionKind
from dispatch.services.report_disruption import REPAIR_DAY
from dispatch.services.request_plan import PLAN_TERRITORY
from dispatch.services.settle_repair import REPAIR_READER, SETTLE_REPAIR
from dispatch.settings import Settings
from tests.killing import run_and_kill
from tests.planning import SolvesHere
from tests.upset_day import UpsetDay
from web.worker import Worker

#: database steps from the report to the published repair: about as many as there are
STEPS_TO_REPAIR = 260


def repair(database: Database, now: datetime) -> None:
    """What a worker does about a disruption, with leases so short that nobody waits for them."""
    settings = Settings(database_url=database.url.render_as_string(hide_password=False), lease_s=0.2)
    pool = SolvesHere(iterations=5)
    Worker(database, settings, now=now, pool=pool, readers=(REPAIR_READER,), handlers={}).until_idle()


@pytest.mark.kill
def test_repairing_may_die_anywhere(database: Database, kills: int) -> None:
    """Request, solve, draft, judge, publish, settle; every other repair has to be decided by somebody."""
    seeded = random.Random(2026)
    day = UpsetDay.morning(database)
    url = database.url.render_as_string(hide_password=False)
    for _ in range(4):
        day.technician()
    made = repairs = 0
    while made < max(4, kills // 4):  # each repair is several plans
        repairs += 1
        ill = day.technician(skills=("fibre",))
        visit = day.customer(minutes=15, skills=("fibre",) if repairs % 2 else ())
        day.place(ill, [(visit, "10:00")])
        day.report(DisruptionKind.ABSENT, technician=ill, from_time="00:00", until_time="23:00")
        for _ in range(2):
            made += run_and_kill(repair, url, day.now, after=seeded.randint(3, STEPS_TO_REPAIR))
        assert not run_and_kill(repair, url, day.now, after=None)
        check_every_disruption_has_come_to_one_end(database, repairs)


def check_every_disruption_has_come_to_one_end(database: Database, repairs: int) -> None:
    """Settled or undecided, told once; no visit lost; no work left."""
    with database.read_session() as session:
        disruptions = session.scalars(select(Disruption).order_by(Disruption.id)).all()
        events = session.scalars(select(Event).order_by(Event.id)).all()
        cases = session.scalars(select(Case)).all()
        plans = session.scalars(select(Plan)).all()
        kinds = (REPAIR_DAY, SETTLE_REPAIR, PLAN_TERRITORY)
        assert session.scalars(select(DueWork).where(DueWork.kind.in_(kinds))).all() == []
        visits = session.scalars(select(Stop.visit_id)).all()
    assert len(disruptions) == repairs
    ends = {DisruptionStatus.SETTLED: "disruption_settled", DisruptionStatus.UNDECIDED: "disruption_undecided"}
    told = Counter((event.kind, event.payload["disruption_id"]) for event in events if event.kind in ends.values())
    assert told == Counter((ends[row.status], row.id) for row in disruptions)
    undecided = [row for row in disruptions if row.status is DisruptionStatus.UNDECIDED]
    assert {row.case_id for row in undecided} == {case.id for case in cases}
    assert len(cases) == len(undecided)
    assert all(plan.status not in (PlanStatus.REQUESTED, PlanStatus.SOLVING) for plan in plans)
    assert Counter(visits) == Counter(set(visits))
    assert len(visits) == repairs
