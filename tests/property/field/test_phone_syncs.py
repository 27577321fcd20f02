"""However a phone's reports arrive, late, twice, in pieces, the day ends the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import FieldReport, Promise
from dispatch.rules.vocabulary import PromiseKind, ReportOutcome
from dispatch.services.judge_promise import judge_due_promise
from dispatch.services.receive_field_reports import Report
from tests.field_day import FieldDay, FieldPhone

#: each example is a day of its own: to shrink one would take longer than to read it
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
#: an ordinary visit, and one that is diverted, undone, and not completed
STORIES: tuple[tuple[tuple[str, str, dict[str, Any]], ...], ...] = (
    (
        ("08:10", "accepted", {}),
        ("08:40", "contact_tried", {"reached": True, "channel": "voice", "call_record": "c1"}),
        ("08:41", "time_agreed", {"time_at": "11:00"}),
        ("10:40", "set_off", {}),
        ("10:55", "arrived", {}),
        ("11:20", "question_asked", {"text": "When does the bill come?"}),
        ("11:50", "closed_out", {"checklist": {}}),
    ),
    (
        ("08:10", "accepted", {}),
        ("08:40", "contact_tried", {"reached": False, "channel": "voice", "call_record": "c1"}),
        ("09:30", "set_off", {}),
        ("09:40", "diverted", {"reason": "emergency"}),
        ("10:40", "set_off", {}),
        ("10:50", "arrived", {}),
        ("10:52", "arrival_undone", {"sequence": 6}),
        ("10:58", "arrived", {}),
        ("11:30", "not_completed", {"reason": "missing_part", "needs": {"parts": ["ont"]}}),
    ),
)


@pytest.fixture(scope="module")
def prepared(sqlite_template: Path) -> Iterator[Path]:
    """A database with one visit, sent at 08:00."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "prepared.sqlite3"
        shutil.copyfile(sqlite_template, file)
        day = FieldDay.morning(Database(f"sqlite:///{file}"))
        day.technician()
        day.booked("10:00-12:00")
        day.send("08:00")
        day.database.dispose()
        yield file


@contextmanager
def fresh(prepared: Path) -> Iterator[tuple[FieldDay, FieldPhone]]:
    with TemporaryDirectory() as folder:
        file = shutil.copyfile(prepared, Path(folder) / "copy.sqlite3")
        database = Database(f"sqlite:///{file}")
        day = FieldDay.resumed(database)
        try:
            yield day, day.phone(2, "phone-2")
        finally:
            database.dispose()


def noted(phone: FieldPhone, story: int) -> list[Report]:
    return [phone.note(at, kind, 1, **payload) for at, kind, payload in STORIES[story]]


def truth(day: FieldDay) -> dict[str, Any]:
    """What is true of the visit and of every promise about it or its order, whenever it became known."""
    for promise_id in day.world.do(lambda session: session.scalars(select(Promise.id)).all()):
        day.world.do(partial(judge_due_promise, key=str(promise_id), now=day.at("12:30")))
    with day.database.read_session() as session:
        promises = session.scalars(select(Promise).order_by(Promise.kind, Promise.occasion)).all()
        ledger = [
            (row.kind.value, row.status.value, row.due_at, row.met_at, row.paused_s, row.breach)
            for row in promises
            if row.kind is not PromiseKind.CALLBACK  # counted from when the office knows of the question
        ]
    return {"status": day.status(1), "times": day.times(1), "ledger": ledger, "cases": sorted(day.cases())}


syncs = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 2), st.booleans()), min_size=1, max_size=6)


@settings(max_examples=5, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
@given(story=st.integers(0, 1), syncs=syncs, minutes_late=st.integers(0, 25))
def test_syncs_in_pieces_twice_and_late_end_the_day_the_same(
    prepared: Path, story: int, syncs: list[tuple[int, int, bool]], minutes_late: int
) -> None:
    """A sync hands over what is not acknowledged; an answer is lost, and an old request may trail."""
    until = f"12:{minutes_late:02}"
    with fresh(prepared) as (day, phone):
        for report in noted(phone, story):
            phone.hand_over(f"{report.device_at:%H:%M}", [report])
        phone.hand_over(until, [])
        expected = truth(day)
    with fresh(prepared) as (day, phone):
        reports, acknowledged, trailing = noted(phone, story), 0, []
        for reach, repeats, is_lost in syncs:
            request = reports[acknowledged : acknowledged + reach]
            for _again in range(repeats + 1):
                phone.hand_over(until, request)
            trailing.append(request)
            acknowledged += 0 if is_lost else len(request)
        for request in (reports[acknowledged:], *trailing):
            phone.hand_over(until, request)
        assert truth(day) == expected


@settings(max_examples=5, phases=PHASES, suppress_health_check=[HealthCheck.too_slow])
@given(story=st.integers(0, 1), data=st.data())
def test_in_whatever_order_reports_come_none_is_refused_or_lost(
    prepared: Path, story: int, data: st.DataObject
) -> None:
    """Not what phones of ours do: every report has an outcome, and each that does not fit has a case."""
    with fresh(prepared) as (day, phone):
        for report in data.draw(st.permutations(noted(phone, story))):
            phone.hand_over("12:00", [report])
        with day.database.read_session() as session:
            rows = session.scalars(select(FieldReport)).all()
            assert len(rows) == len(STORIES[story])
            for row in rows:
                assert row.outcome is not None
                assert (row.outcome is ReportOutcome.CONFLICT) == (row.case_id is not None)
        assert day.status(1) in ("completed", "not_completed", "on_site", "en_route", "accepted")
        if story == 0:
            assert day.status(1) == "completed"
            assert day.times(1)["arrived"] == "10:55"
            assert day.times(1)["accepted"] == "08:10"
