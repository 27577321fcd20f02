"""A visit that ends without what it was for: what follows, and what the next person needs (R13, R18, R19, R41)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import (
    CloseOut,
    Contact,
    ContactAttempt,
    Contractor,
    Order,
    PromiseEntry,
    Technician,
    Visit,
    VisitSkill,
)
from dispatch.queries.known_technicians import known_technicians
from dispatch.queries.next_visit import next_visit
from dispatch.rules.judgement import EntryKind
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import Channel, OrderKind, PromiseKind, VisitPurpose
from dispatch.services.register_skill import register_skill
from dispatch.services.revoke_withdrawal import revoke_withdrawal
from tests.ending import Ending
from tests.saying import DAY


def causes(ending: Ending, kind: PromiseKind = PromiseKind.REPAIR) -> list[str | None]:
    """To whom the order's promise was attributed, in order."""
    promise = ending.own_promise(kind)
    with ending.world.database.read_session() as session:
        statement = select(PromiseEntry.cause).where(
            PromiseEntry.promise_id == promise.id, PromiseEntry.kind == EntryKind.ATTRIBUTED
        )
        return list(session.scalars(statement.order_by(PromiseEntry.id)))


def test_a_missing_part_is_named_and_the_next_visit_waits_for_it(database: Database) -> None:
    """R41: the next visit has the purpose and the skills, and the needs are kept for whoever goes."""
    ending = Ending.on_site(database)

    def skills(session: Session) -> None:
        fibre, _splice = register_skill(session, "fibre"), register_skill(session, "splicing")
        session.add(VisitSkill(visit_id=ending.visit, skill_id=fibre.id, level=2))

    ending.world.do(skills)
    row_id = ending.give_up("missing_part", parts=("splitter",), skills=("splicing", "telepathy"), note="in the cellar")
    assert ending.visits() == [(1, "not_completed", None), (2, "requested", f"{DAY} 17:00")]
    assert (ending.status(), ending.steps(), causes(ending)) == ("open", [], ["ours"])
    row = ending.look(CloseOut, row_id)
    assert row.needs == {"parts": ["splitter"], "skills": ["splicing", "telepathy"], "note": "in the cellar"}
    assert (row.is_completed, row.reason, row.remark) == (False, "missing_part", "as I said")
    with database.read_session() as session:
        following = next_visit(session, session.get_one(Visit, ending.visit))
        assert following is not None
        assert following.purpose is VisitPurpose.REPAIR
        assert {(one.skill.code, one.level) for one in following.skills} == {("fibre", 2), ("splicing", 1)}


def test_ending_twice_is_ending_once(database: Database) -> None:
    ending = Ending.on_site(database)
    assert ending.give_up("more_time") == ending.give_up("more_time")
    assert ending.visits() == [(1, "not_completed", None), (2, "requested", None)]


def test_a_contractors_fault_is_the_contractors(database: Database) -> None:
    ending = Ending.on_site(database)

    def hire(session: Session) -> None:
        company = Contractor(name="Cable & Sons")
        session.add(company)
        session.flush()
        session.get_one(Technician, ending.world.ids["technician"]).contractor_id = company.id

    ending.world.do(hire)
    ending.give_up("more_time")
    assert causes(ending) == ["contractor"]


def test_no_port_is_a_task_with_a_clock_and_our_cause(database: Database) -> None:
    """R19."""
    ending = Ending.on_site(database, OrderKind.INSTALL)
    ending.give_up("no_port")
    assert causes(ending, PromiseKind.INSTALL) == ["our_resources"]
    assert ending.steps() == ["find_port"]
    assert ending.world.due(PromiseKind.CALLBACK, case_id=1) == f"{DAY} 15:00"
    assert ending.visits()[1] == (2, "requested", "2026-11-25 13:00")


def test_what_is_not_ours_is_held_against_nobody_without_proof(database: Database) -> None:
    ending = Ending.on_site(database)
    ending.give_up("customer_request")
    assert (causes(ending), ending.visits()[1][1]) == ([], "requested")
    assert ending.own_promise(PromiseKind.REPAIR).status == "running"


def test_what_cannot_be_done_is_verified_by_somebody_else(database: Database) -> None:
    """R13: the order ends, no visit follows, and the duty desk verifies it by the end of the next day."""
    ending = Ending.on_site(database, OrderKind.INSTALL)
    ending.give_up("no_coverage")
    assert (ending.status(), ending.visits()) == ("infeasible", [(1, "not_completed", None)])
    assert ending.world.due(PromiseKind.WITHDRAWAL_CHECK, order_id=ending.order) == "2026-11-26 00:00"
    assert causes(ending, PromiseKind.INSTALL)[-1] == "our_resources"
    ending.world.work(f"{DAY} 13:01")
    assert ending.steps() == ["verify_withdrawal"]


def test_who_sends_the_technician_away_is_asked_by_somebody_else(database: Database) -> None:
    """R13, R28: the technician's word begins it; taken back, the visit is asked for again."""
    ending = Ending.on_site(database)
    ending.give_up("refused")
    promise = ending.own_promise(PromiseKind.REPAIR)
    assert (ending.status(), promise.status, ending.visits()) == ("withdrawing", "paused", [(1, "not_completed", None)])
    ending.world.work(f"{DAY} 13:01")
    assert ending.steps() == ["verify_withdrawal"]
    now = ending.world.at(f"{DAY} 14:00")
    assert ending.world.do(lambda s: revoke_withdrawal(s, ending.order, now=now, by="customer"))
    assert ending.visits() == [(1, "not_completed", None), (2, "requested", None)]
    ending.world.work(f"{DAY} 14:01")
    assert (ending.status(), ending.steps()) == ("open", [])


def test_the_other_visits_of_an_order_that_ends_are_called_off(database: Database) -> None:
    ending = Ending.on_site(database, OrderKind.MOVE)

    def recover(session: Session) -> None:
        first = session.get_one(Visit, ending.visit)
        session.add(
            Visit(
                at=first.status_at,
                by="test",
                order_id=ending.order,
                number=2,
                purpose=VisitPurpose.RECOVER,
                premises_id=first.premises_id,
                territory_id=first.territory_id,
                duration_s=1200,
            )
        )

    ending.world.do(recover)
    ending.give_up("no_permission")
    ending.world.work(f"{DAY} 13:01")
    assert ending.visits() == [(1, "not_completed", None), (2, "cancelled", None)]


# --- nobody at the door ----------------------------------------------------------------------


def write_to_customer(ending: Ending, at: str = "12:10") -> None:
    """The technician has sent a message from the door."""

    def keep(session: Session) -> None:
        contact = session.scalars(select(Contact)).first()
        assert contact is not None
        session.add(
            ContactAttempt(
                visit_id=ending.visit,
                contact_id=contact.id,
                technician_id=ending.world.ids["technician"],
                channel=Channel.SMS,
                tried_at=ending.world.at(f"{DAY} {at}"),
                reached=False,
            )
        )

    ending.world.do(keep)


def test_a_closed_door_with_its_proof(database: Database) -> None:
    """R18: the trip is credited, the clock stands by the call record, the next visit is asked for."""
    ending = Ending.on_site(database)
    write_to_customer(ending)
    row = ending.look(CloseOut, ending.leave())
    assert (row.is_trip_credited, row.reason) == (True, "nobody_there")
    promise = ending.own_promise(PromiseKind.REPAIR)
    assert (promise.status, ending.world.local(promise.paused_since)) == ("paused", f"{DAY} 12:25")
    assert (ending.visits(), ending.steps()) == ([(1, "not_completed", None), (2, "requested", None)], [])
    assert ending.look(Visit, ending.visit).status is VisitStatus.NOT_COMPLETED
    assert ending.leave() == row.id


def test_a_closed_door_without_its_proof_stays_ours(database: Database) -> None:
    """R18: accepted all the same; the clock runs on, nothing is credited, somebody looks into it."""
    ending = Ending.on_site(database)
    row = ending.look(CloseOut, ending.leave(at="12:15", records=("a1",), off_m=2000))
    assert not row.is_trip_credited
    assert ending.own_promise(PromiseKind.REPAIR).status == "running"
    assert ending.steps() == ["check_door"]
    assert ending.said_in_cases() == ["door.calls door.message door.wait door.too_far"]
    assert ending.visits()[1][1] == "requested"


def test_waiting_counts_from_the_arrival(database: Database) -> None:
    """Nobody waits at a door before being there."""
    ending = Ending.on_site(database)
    write_to_customer(ending)
    ending.leave(since="11:00", at="12:15")
    assert ending.said_in_cases() == ["door.wait"]


def test_the_record_of_another_call_proves_nothing(database: Database) -> None:
    ending = Ending.on_site(database)
    write_to_customer(ending)
    second = ending.world.order(OrderKind.REPAIR, f"{DAY} 08:00")

    def called_elsewhere(session: Session) -> None:
        order = session.get_one(Order, second)
        visit = Visit(
            at=order.received_at,
            by="test",
            order_id=second,
            number=1,
            purpose=VisitPurpose.REPAIR,
            premises_id=order.premises_id,
            territory_id=order.territory_id,
            duration_s=1200,
        )
        session.add(visit)
        session.flush()
        contact = session.scalars(select(Contact).where(Contact.order_id == second)).first()
        assert contact is not None
        session.add(
            ContactAttempt(
                visit_id=visit.id,
                contact_id=contact.id,
                channel=Channel.VOICE,
                tried_at=ending.world.at(f"{DAY} 12:10"),
                reached=False,
                call_record="a2",
            )
        )

    ending.world.do(called_elsewhere)
    ending.leave()
    assert ending.said_in_cases() == ["door.calls"]


def test_the_next_visit_is_offered_at_once(database: Database) -> None:
    """R18: the message with windows is wanted as soon as the log is read."""
    ending = Ending.on_site(database)
    ending.leave()
    ending.read(f"{DAY} 12:26")
    assert len(ending.wanted("nobody_home")) == 1


def test_the_next_visit_is_preferably_the_same_technicians(database: Database) -> None:
    """R41."""
    ending = Ending.on_site(database)
    ending.give_up("missing_part")
    assert _known(ending) == frozenset({ending.world.ids["technician"]})


def test_who_could_not_do_it_is_not_preferred(database: Database) -> None:
    ending = Ending.on_site(database)
    ending.give_up("needs_specialist")
    assert _known(ending) == frozenset()


def _known(ending: Ending) -> frozenset[int] | None:
    """Who has been to the customer of the visit that follows."""
    with ending.world.database.read_session() as session:
        visits = session.scalars(select(Visit).where(Visit.order_id == ending.order).order_by(Visit.number)).all()
        return known_technicians(session, visits).get(visits[-1].id)
