"""The board of a day, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.errors import NotFound
from dispatch.models import Premises, Visit
from dispatch.rules.access import Scope
from dispatch.rules.datum import Coordinate, Datum, convert
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.promise_risk import Risk
from dispatch.rules.vocabulary import OrderKind, PromiseKind
from tests.booking import LAT, LON
from tests.watching import WatchedDay, at, begin


@pytest.fixture
def day(database: Database) -> WatchedDay:
    return begin(database)


def test_rows_are_shifts_with_their_visits_in_order(day: WatchedDay) -> None:
    ann, ben = day.technician(), day.technician("12:00-20:00")
    first, second = day.customers(2)
    day.place(ann, [(first, "10:00"), (second, "12:00")])
    board = day.board()
    assert [row.technician_id for row in board.rows] == [ann, ben]
    assert [visit.visit_id for visit in board.rows[0].visits] == [first, second]
    assert board.rows[1].visits == ()
    planned = board.rows[0].visits[0].planned
    assert planned is not None
    assert (planned.position, planned.start_at) == (1, at(day, "10:00"))
    assert board.rows[1].starts_at == at(day, "12:00")


def test_a_visit_without_a_place_is_listed_while_it_is_due_that_day(day: WatchedDay) -> None:
    day.technician()
    repair = day.customer()
    later = day.customer(kind=OrderKind.INSTALL)  # due after three days
    assert [one.visit_id for one in day.board().unassigned] == [repair]
    assert later in [one.visit_id for one in day.board(day="2026-11-26").unassigned]
    day.cancel(repair)
    assert day.board().unassigned == ()


def test_times_are_kept_apart(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "10:00")])
    day.tell(visit, "09:30", "11:30")
    day.expect(visit, "10:20")
    shown = day.seen(visit)
    assert shown.eta_at == at(day, "10:20") == shown.expected_at
    assert shown.told == (at(day, "09:30"), at(day, "11:30"))
    assert not shown.is_late
    day.clock("10:25")
    day.reach(visit, VisitStatus.ON_SITE)
    shown = day.seen(visit)
    assert (shown.arrived_at, shown.eta_at) == (day.now, None)
    assert shown.finish_at(day.now) == day.now + timedelta(hours=1)
    assert day.row(ann).last_place == shown.place


def test_late_is_later_than_what_was_told(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "10:00")])
    day.expect(visit, "11:31")
    assert not day.seen(visit).is_late  # nobody was told anything
    day.tell(visit, "09:30", "11:30")
    shown = day.seen(visit)
    assert shown.is_late
    assert shown.promise is not None
    assert (shown.promise.kind, shown.promise.risk) == (PromiseKind.ARRIVAL, Risk.WILL_BREAK)


def test_the_promise_most_at_risk_is_shown(day: WatchedDay) -> None:
    ann = day.technician("08:00-18:00")
    visit = day.customer()  # received 17:30, to be repaired within 24 hours
    day.place(ann, [(visit, "16:40")])
    shown = day.seen(visit).promise
    assert shown is not None
    assert (shown.kind, shown.risk) == (PromiseKind.REPAIR, Risk.WILL_BREAK)
    assert shown.due_at == at(day, "17:30")
    early = day.customer()
    day.place(day.technician(), [(early, "10:00")])
    safe = day.seen(early).promise
    assert safe is not None
    assert safe.risk is Risk.SAFE


def test_places_are_in_wgs84(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "10:00")])
    assert day.seen(visit).place == (LAT, LON)

    def shift_datum(session: Session) -> None:
        premises_id = session.get_one(Visit, visit).premises_id
        session.get_one(Premises, premises_id).datum = Datum.GCJ02

    day.world.do(shift_datum)
    moved = convert(Coordinate(LAT, LON, Datum.GCJ02), Datum.WGS84)
    assert day.seen(visit).place == (round(moved.lat, 5), round(moved.lon, 5))


def test_figures_count_what_is_due_that_day(day: WatchedDay) -> None:
    ann = day.technician()
    visit = day.customer()
    day.place(ann, [(visit, "10:00")])
    (repair,) = [one for one in day.board().kept if one.kind is PromiseKind.REPAIR]
    assert (repair.kept, repair.broken, repair.open, repair.share) == (0, 0, 1, None)
    assert [one for one in day.board(day="2026-11-25").kept if one.kind is PromiseKind.REPAIR] == []


def test_a_contractor_sees_rows_of_its_own_technicians_only(day: WatchedDay) -> None:
    ann, ben = day.technician(), day.technician()
    hers, his = day.customers(2)
    day.place(ann, [(hers, "10:00")])
    day.place(ben, [(his, "10:00")])
    day.customer()  # without a place: nobody's
    crew = Scope(contractor_ids=frozenset({day.contractor(ben)}))
    board = day.board(crew)
    assert [row.technician_id for row in board.rows] == [ben]
    assert [visit.visit_id for visit in board.visits] == [his]
    assert [(one.kind, one.open) for one in board.kept if one.kind is PromiseKind.REPAIR] == [(PromiseKind.REPAIR, 1)]


@pytest.mark.parametrize(
    "scope", [Scope(), Scope(territory_ids=frozenset({999})), Scope(contractor_ids=frozenset({9}))]
)
def test_outside_the_scope_there_is_no_board(day: WatchedDay, scope: Scope) -> None:
    with pytest.raises(NotFound):
        day.board(scope)


def test_the_number_of_statements_does_not_grow_with_the_day(day: WatchedDay) -> None:
    def statements() -> int:
        counted: list[str] = []
        engine = day.database.engine
        listen = lambda *args: counted.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", listen)
        day.board()
        event.remove(engine, "before_cursor_execute", listen)
        return len([one for one in counted if one.lstrip().startswith("SELECT")])

    day.place(day.technician(), [(day.customer(), "10:00")])
    small = statements()
    for _ in range(3):
        day.place(day.technician(), [(visit, f"{hour}:00") for hour, visit in enumerate(day.customers(4), 10)])
    assert statements() == small <= 12
