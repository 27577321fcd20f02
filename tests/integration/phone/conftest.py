"""A planned day and a signed-in phone; on SQLite unless a test asks for `database` too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dispatch.db import Database
from dispatch.rules.lifecycles import VisitStatus
from tests.phoning import PhonePages
from tests.planning import PlanningDay


@pytest.fixture
def day(request: pytest.FixtureRequest) -> Iterator[PlanningDay]:
    if "database" in request.fixturenames:
        yield PlanningDay.begin(request.getfixturevalue("database"), "2026-11-24 08:00")
        return
    database = Database(request.getfixturevalue("sqlite_url"))
    yield PlanningDay.begin(database, "2026-11-24 08:00")
    database.dispose()


@pytest.fixture
def phone(day: PlanningDay) -> PhonePages:
    """A phone whose technician has two visits; the first was sent, and its customer told a window."""
    technician = day.technician()
    first, second = day.customer(), day.customer()
    day.place(technician, [(first, "10:00"), (second, "13:00")])
    day.reach(first, VisitStatus.SENT)
    day.tell(first, "09:30", "11:30")
    return PhonePages.of(day, technician)


@pytest.fixture
def first(phone: PhonePages) -> int:
    return phone.day.route(phone.technician)[0]


@pytest.fixture
def second(phone: PhonePages) -> int:
    return phone.day.route(phone.technician)[1]


@pytest.fixture
def foreign(phone: PhonePages) -> int:
    """A visit on somebody else's route."""
    visit = phone.day.customer()
    phone.day.place(phone.day.technician(), [(visit, "10:00")])
    return visit
