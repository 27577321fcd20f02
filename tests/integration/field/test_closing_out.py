"""A visit is closed out on the spot, and the order moves by itself (R02, R14, R21, R23, R24, R27)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import CloseOut, Event, Order, Stop, Visit
from dispatch.rules.lifecycle import MoveRefused
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import OrderKind, Priority, PromiseKind, VisitPurpose
from dispatch.services.confirm_working import NotYetDone, confirm_working
from dispatch.services.lock_own_visit import VisitNotInHand
from tests.ending import Ending
from tests.saying import DAY
from tests.world import World


def test_what_is_seen_working_is_done_without_an_office(database: Database) -> None:
    """R24, R27: the promise is met when the technician saw it working, not when we heard of it."""
    ending = Ending.on_site(database)
    ending.close_out(at="13:00", known="15:30")
    assert ending.status() == "fulfilled"
    promise = ending.own_promise(PromiseKind.REPAIR)
    assert (promise.status, ending.world.local(promise.met_at)) == ("kept", f"{DAY} 13:00")
    assert ending.steps() == []
    visit = ending.look(Visit, ending.visit)
    assert (visit.status, ending.world.local(visit.left_at)) == ("completed", f"{DAY} 13:00")


def test_closing_out_twice_is_closing_out_once(database: Database) -> None:
    ending = Ending.on_site(database)
    assert ending.close_out() == ending.close_out()
    assert ending.accounts() == 1
    assert ending.world.log("visit_completed", "service_seen_working", "order_fulfilled") == [
        "visit_completed", "service_seen_working", "order_fulfilled",
    ]  # fmt: skip


def test_the_account_is_kept_as_told(database: Database) -> None:
    ending = Ending.on_site(database, premium_from_on=None)
    consented_at = ending.world.at(f"{DAY} 12:30")
    account = ending.account(
        rates=(480_000, 490_000, 500_000),
        consents={"virus_removal": consented_at},
        conveniences=("virus_removal",),
        remark="cable replaced",
    )
    row_id = ending.close_out(account)
    with database.read_session() as session:
        row = session.get_one(CloseOut, row_id)
        assert row.checklist["convenience.virus_removal"] is True
        assert row.consents == {"virus_removal": consented_at.isoformat()}
        assert (row.remark, len(row.readings)) == ("cable replaced", 5)


def test_what_was_not_seen_working_does_not_count(database: Database) -> None:
    """R27: the report is accepted, somebody is to prove it, and the clock runs on."""
    ending = Ending.on_site(database)
    ending.close_out(ending.account(power=-2701))
    assert ending.status() == "open"
    assert ending.own_promise(PromiseKind.REPAIR).status == "running"
    assert (ending.steps(), ending.said_in_cases()) == (["prove_working"], ["reading.optical_power_bad"])


def test_what_lacks_only_in_conduct_is_asked_for_and_counts(database: Database) -> None:
    ending = Ending.on_site(database)
    ending.close_out(ending.account(checklist={"badge_shown": True}))
    assert ending.status() == "fulfilled"
    assert ending.steps() == ["complete_account"]
    assert "checklist.shoe_covers_worn" in ending.said_in_cases()[0]


def test_somebody_confirms_what_the_account_did_not_prove(database: Database) -> None:
    ending = Ending.on_site(database)
    later = ending.world.at(f"{DAY} 16:00")
    with pytest.raises(NotYetDone):
        ending.world.do(lambda s: confirm_working(s, ending.order, now=later, by="user:1"))
    ending.close_out(ending.account(online=None))
    assert ending.world.do(lambda s: confirm_working(s, ending.order, now=later, by="user:1"))
    assert not ending.world.do(lambda s: confirm_working(s, ending.order, now=later, by="user:1"))
    promise = ending.own_promise(PromiseKind.REPAIR)
    assert (ending.status(), promise.status) == ("fulfilled", "kept")
    assert ending.world.local(promise.met_at) == f"{DAY} 13:00"


def test_a_rate_that_is_too_low_opens_a_linked_tuning(database: Database) -> None:
    """R14: by itself, with priority, people and a due time; the install is in service all the same."""
    ending = Ending.on_site(database, OrderKind.INSTALL, mbps=500)
    ending.close_out(ending.account(rates=(449_000, 450_000, 448_000)))
    assert ending.status() == "fulfilled"
    (tuning,) = ending.linked()
    assert (tuning.kind, tuning.priority, tuning.contracted_mbps) == (OrderKind.LINE_TUNING, Priority.HIGH, 500)
    assert ending.world.due(PromiseKind.LINE_TUNING, order_id=tuning.id) == "2026-11-27 13:00"
    with database.read_session() as session:
        purposes = session.scalars(select(Visit.purpose).where(Visit.order_id == tuning.id)).all()
        assert purposes == [VisitPurpose.TUNE]
        assert [one.phone for one in session.get_one(Order, tuning.id).contacts] == ["+8613900000001"]


def test_a_rate_that_is_high_enough_opens_none(database: Database) -> None:
    ending = Ending.on_site(database, OrderKind.INSTALL, mbps=500)
    ending.close_out(ending.account(rates=(450_000, 450_000, 450_000)))
    assert (ending.status(), ending.linked()) == ("fulfilled", [])


def test_a_tuning_that_gains_nothing_opens_no_other_tuning(database: Database) -> None:
    ending = Ending.on_site(database, OrderKind.LINE_TUNING, mbps=500)
    ending.close_out(ending.account(rates=(400_000, 400_000, 400_000)))
    assert (ending.status(), ending.linked(), ending.said_in_cases()) == ("open", [], ["reading.downlink_bad"])


def test_a_move_counts_when_the_new_place_works_and_ends_when_the_old_is_empty(database: Database) -> None:
    """R02: the visit that recovers the old place stays to be done."""
    ending = Ending.on_site(database, OrderKind.MOVE)
    with database.read_session() as session:
        first = session.get_one(Visit, ending.visit)

    def recover(session: Session) -> int:
        visit = Visit(
            at=first.status_at,
            by="test",
            order_id=ending.order,
            number=2,
            purpose=VisitPurpose.RECOVER,
            premises_id=ending.world.ids["other_premises"],
            territory_id=first.territory_id,
            duration_s=1200,
        )
        session.add(visit)
        session.flush()
        return visit.id

    second = ending.world.do(recover)
    ending.close_out()
    assert ending.own_promise(PromiseKind.MOVE).status == "kept"
    assert ending.status() == "open"
    assert ending.visits() == [(1, "completed", None), (2, "requested", None)]
    ending.world.do(lambda s: _put_on_same_route(s, ending.visit, second))
    recovering = Ending(ending.world, ending.order, second)
    recovering.reach(VisitStatus.ON_SITE, f"{DAY} 14:00")
    recovering.close_out(recovering.account(online=None, power=None), at="14:20", known="14:20")
    assert ending.status() == "fulfilled"


def _put_on_same_route(session: Session, first: int, second: int) -> None:
    before = session.scalars(select(Stop).where(Stop.visit_id == first)).one()
    times = {"arrive_at": before.finish_at, "start_at": before.finish_at, "finish_at": before.finish_at}
    session.add(Stop(route_id=before.route_id, visit_id=second, position=2, travel_s=0, **times))


def test_only_who_goes_there_closes_out(database: Database) -> None:
    ending = Ending.on_site(database)
    ending.reassign()
    with pytest.raises(VisitNotInHand):
        ending.close_out()
    assert ending.accounts() == 0


def test_nobody_closes_out_on_the_way(database: Database) -> None:
    begun = Ending.begin(World(database))
    ending = Ending(begun.world, begun.order, begun.visit)
    ending.reach(VisitStatus.EN_ROUTE, f"{DAY} 11:40")
    with pytest.raises(MoveRefused):
        ending.close_out()


def test_a_premium_customer_agrees_before(database: Database) -> None:
    """R23: without consent before, the service is no secret: somebody asks."""
    ending = Ending.on_site(database, premium_from_on=date(2026, 1, 1))
    late = ending.world.at(f"{DAY} 13:05")
    ending.close_out(ending.account(conveniences=("software_install",), consents={"software_install": late}))
    assert ending.said_in_cases() == ["consent.software_install"]


def test_nothing_personal_in_the_log(database: Database) -> None:
    ending = Ending.on_site(database)
    ending.close_out(ending.account(remark="Mr Zhang will call", serials={"terminal": "SN-PRIVATE"}, online=None))
    with database.read_session() as session:
        texts = [str(event.payload) for event in session.scalars(select(Event))]
    assert not [text for text in texts if "Zhang" in text or "PRIVATE" in text]
