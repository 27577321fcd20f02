"""The public page: rules in plain words, and a record in which nobody can be recognised (R05, R06)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Community, Premises, Promise, Territory
from dispatch.queries.promise_record import HIDDEN, LEAST_SHOWN, Cell, hide_what_follows, promise_record
from dispatch.rules.lifecycles import PromiseStatus
from dispatch.rules.vocabulary import OrderKind, PromiseKind
from tests.booking import BookingDay
from tests.order_visitor import open_app

NOW = "2026-11-24 12:00"


@pytest.fixture
def day(database: Database) -> BookingDay:
    day = BookingDay.evening_before(database)
    day.now = day.world.at(NOW)
    return day


@pytest.fixture
def client(database: Database, day: BookingDay) -> FlaskClient:
    return open_app(database, day).test_client()


def settled(day: BookingDay, kept: int, broken: int, *, days_ago: int = 2) -> None:
    """So many repairs were due, and kept or broken, so many days ago."""
    due_at = day.now - timedelta(days=days_ago)

    def write(session: Session) -> None:
        before = session.query(Promise).count()
        for _ in range(kept + broken):
            day.world.take(session, OrderKind.REPAIR, "2026-11-23 17:30")
        made = session.query(Promise).order_by(Promise.id).offset(before).all()
        for place, promise in enumerate(one for one in made if one.kind is PromiseKind.REPAIR):
            is_kept = place < kept
            values = (
                {"status": PromiseStatus.KEPT, "met_at": due_at}
                if is_kept
                else {"status": PromiseStatus.BROKEN, "cause": "ours", "breach": "late"}
            )
            session.execute(update(Promise).where(Promise.id == promise.id).values(due_at=due_at, **values))

    day.world.do(write)


def record_of(day: BookingDay):  # type: ignore[no-untyped-def]
    with day.database.read_session() as session:
        return promise_record(session, now=day.now)


def test_a_small_cell_is_hidden_and_one_that_is_large_enough_is_not(day: BookingDay) -> None:
    settled(day, LEAST_SHOWN - 2, 1)
    record = record_of(day)
    repairs = next(kind for kind in record.periods[0].kinds if kind.kind is PromiseKind.REPAIR)
    assert repairs.whole == repairs.by_area["Gulou"] == record.periods[0].whole == HIDDEN
    settled(day, 1, 0)
    record = record_of(day)
    repairs = next(kind for kind in record.periods[0].kinds if kind.kind is PromiseKind.REPAIR)
    assert repairs.whole == repairs.by_area["Gulou"] == Cell(LEAST_SHOWN, LEAST_SHOWN - 1)


def test_a_hidden_cell_does_not_follow_from_the_sum() -> None:
    cells = {"A": Cell(100, 90), "B": Cell(20, 19), "C": HIDDEN, "D": Cell(0, 0)}
    assert hide_what_follows(cells) == {"A": Cell(100, 90), "B": HIDDEN, "C": HIDDEN, "D": Cell(0, 0)}
    assert hide_what_follows({"A": HIDDEN, "B": HIDDEN, "C": Cell(30, 30)})["C"] == Cell(30, 30)
    assert hide_what_follows({"A": Cell(30, 30)}) == {"A": Cell(30, 30)}


def test_each_period_counts_what_was_due_in_it(day: BookingDay) -> None:
    settled(day, 10, 0)
    settled(day, 5, 5, days_ago=40)
    settled(day, 10, 0, days_ago=120)
    last_month, last_quarter = record_of(day).periods
    assert (last_month.whole, last_quarter.whole) == (Cell(10, 10), Cell(20, 15))
    weeks = [week.cell.due for week in record_of(day).weeks]
    assert weeks[-1] == 10
    assert sum(due or 0 for due in weeks) == 20


def test_the_covered_share_counts_addresses(day: BookingDay) -> None:
    """R05."""

    def build(session: Session) -> None:
        territory = session.query(Territory).one()
        far = Community(territory_id=territory.id, name="Far", is_serviceable=False)
        session.add(far)
        session.flush()
        session.add_all([Premises(community_id=far.id, street="Road"), *_homes(day, 17)])

    day.world.do(build)
    assert record_of(day).covered == Cell(20, 19)


def _homes(day: BookingDay, count: int) -> list[Premises]:
    return [Premises(community_id=day.world.ids["community"], street="Road") for _ in range(count)]


SENTENCES = {
    "en": ["within 72 hours", "premium communities", "by midnight of the same day", "at most CN", "everybody"],
    "zh_Hans_CN": ["72小时内", "优享小区", "当天24:00前"],
    "zh_Hant_TW": ["72小時內", "優享社區", "當天24:00前"],
}


def test_anybody_reads_the_rules_in_force_and_no_internal_one(client: FlaskClient) -> None:
    for language, sentences in SENTENCES.items():
        page = client.get(f"/promises?lang={language}")
        assert page.status_code == 200
        assert [one for one in sentences if one not in page.text] == []
    assert "A technician takes it on" not in client.get("/promises?lang=en").text


def test_the_page_hides_small_numbers(client: FlaskClient, day: BookingDay) -> None:
    settled(day, 2, 1)
    text = client.get("/promises?lang=en").text
    assert "fewer than 10" in text
    assert "66.7%" not in text
