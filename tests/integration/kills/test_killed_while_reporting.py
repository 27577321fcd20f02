"""The process is killed while phones report: nothing is lost, nothing happens twice, and it goes on in order."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import ContactAttempt, DueWork, Event, FieldReport
from dispatch.rules.vocabulary import PromiseKind
from dispatch.services.receive_field_reports import Report
from dispatch.services.take_field_reports import take_field_reports
from dispatch.settings import Settings
from tests.field_day import FieldDay, FieldPhone
from tests.killing import run_and_kill
from web.worker import Worker

#: about as many steps as one sync takes
STEPS = 330
ONCE = ("visit_sent", "visit_accepted", "contact_tried", "technician_set_off", "technician_arrived")


def sync(database: Database, technician: int, device: str, reports: list[Report], now: datetime) -> None:
    """What the page does with one request."""
    take_field_reports(database, technician, device, reports, device_now=now, now=now)


def work(database: Database, now: datetime) -> None:
    """What a worker does with what was stored only; leases are short, so that it is taken over at once."""
    settings = Settings(database_url=database.url.render_as_string(hide_password=False), lease_s=0.2)
    worker = Worker(database, settings, now=now)
    while worker.apply_reports():
        pass


def noted(phone: FieldPhone, visits: list[int]) -> list[Report]:
    """Two visits from acceptance to the door."""
    for number, visit in enumerate(visits):
        phone.note(f"08:1{number}", "accepted", visit)
        call = {"reached": True, "channel": "voice", "call_record": f"call-{phone.technician}-{number}"}
        phone.note(f"08:2{number}", "contact_tried", visit, **call)
    for hour, visit in zip((10, 13), visits, strict=True):
        phone.note(f"{hour}:10", "set_off", visit)
        phone.note(f"{hour}:20", "arrived", visit)
    return phone.reports


@pytest.mark.kill
def test_no_report_is_lost_and_none_is_applied_twice(database: Database, kills: int) -> None:
    day = FieldDay.morning(database)
    url = database.url.render_as_string(hide_password=False)
    seeded = random.Random(1712)
    killed = rounds = 0
    while killed < kills // 5:  # two processes a round, and every report is a few transactions
        on = f"2026-12-{1 + rounds:02}"
        rounds += 1
        phone = day.phone(day.technician("08:00-17:00", day=on))
        visits = [day.booked(window, day=on) for window in ("10:00-12:00", "13:00-15:00")]
        reports = [_on(report, day, on) for report in noted(phone, visits)]
        now = day.world.at(f"{on} 13:30")
        told = (url, phone.technician, phone.device, reports, now)
        killed += run_and_kill(sync, *told, after=seeded.randint(1, STEPS))
        killed += run_and_kill(work, url, now, after=seeded.randint(1, STEPS))
        check_in_order(database, phone.device)
        sync(database, phone.technician, phone.device, reports, now)
        work(database, now)
        check_done(day, phone, visits)


def _on(report: Report, day: FieldDay, on: str) -> Report:
    clock = report.device_at.astimezone(day.world.zone).strftime("%H:%M")
    return Report(report.sequence, report.kind, day.world.at(f"{on} {clock}"), report.visit_id, report.payload)


def check_in_order(database: Database, device: str) -> None:
    """Holds after every kill: what is applied is a beginning of what was reported."""
    with database.read_session() as session:
        rows = session.scalars(
            select(FieldReport).where(FieldReport.device_id == device).order_by(FieldReport.sequence)
        ).all()
        applied = [row.outcome is not None for row in rows]
        waiting = {row.id for row in rows if row.outcome is None}
        due = session.scalars(select(DueWork.key).where(DueWork.kind == "apply_field_report")).all()
    assert applied == sorted(applied, reverse=True)
    assert waiting <= {int(key) for key in due}


def check_done(day: FieldDay, phone: FieldPhone, visits: list[int]) -> None:
    """Everything happened once, and every promise is kept."""
    with day.database.read_session() as session:
        rows = session.scalars(select(FieldReport).where(FieldReport.device_id == phone.device)).all()
        assert {row.outcome and row.outcome.value for row in rows} == {"applied"}
        assert len(rows) == len(phone.reports)
        for visit in visits:
            facts = Counter(session.scalars(select(Event.kind).where(Event.visit_id == visit)))
            assert {kind: facts[kind] for kind in ONCE} == dict.fromkeys(ONCE, 1)
            assert len(session.scalars(select(ContactAttempt).where(ContactAttempt.visit_id == visit)).all()) == 1
        assert session.scalars(select(DueWork).where(DueWork.kind == "apply_field_report")).all() == []
    for visit in visits:
        assert day.status(visit) == "on_site"
        for kind in (PromiseKind.ACCEPTANCE, PromiseKind.CONTACT, PromiseKind.ARRIVAL):
            assert day.promised(kind, visit)[0] == "kept"
