"""Pauses: only with proof, nothing lost, nothing gained, open to dispute (R12, R13, R51, R72)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.models import Case, Order
from dispatch.rules import events as e
from dispatch.rules.vocabulary import Channel, OrderKind, PauseCause, PromiseKind, ProofKind
from dispatch.services.dispute_pause import NoSuchPause, dispute_pause, settle_dispute
from dispatch.services.pause_clock import PauseNotAllowed, pause_clock, resume_clock
from tests.world import World


@pytest.fixture
def world(database: Database) -> World:
    """An install received on Monday 23 November at 09:30, due on Thursday at 09:30."""
    world = World(database, line_is_down=True)
    world.ids["order"] = world.order(OrderKind.INSTALL, "2026-11-23 09:30")
    return world


def pause(
    world: World,
    since: str,
    *,
    cause: PauseCause = PauseCause.CUSTOMER_UNREACHABLE,
    proof_kind: ProofKind = ProofKind.CALL_RECORD,
    proof_id: int = 77,
) -> str:
    """Pause the order's clock."""

    def use_case(session: Session) -> str:
        order = session.get_one(Order, world.ids["order"])
        at = world.at(since)
        return pause_clock(session, order, cause=cause, proof_kind=proof_kind, proof_id=proof_id, since=at, now=at)

    return world.do(use_case)


def resume(world: World, at: str, proof: str = "call_record:77") -> None:
    """The pause is over."""
    when = world.at(at)
    world.do(lambda s: resume_clock(s, s.get_one(Order, world.ids["order"]), proof=proof, at=when, now=when))


def install(world: World) -> tuple[str, str | None]:
    """Status and due time of the install promise."""
    promise = world.promise(PromiseKind.INSTALL, order_id=world.ids["order"])
    return promise.status.value, world.local(promise.due_at)


def test_a_pause_of_44_minutes_moves_the_due_time_by_44_minutes(world: World) -> None:
    """The conversation of an unreachable customer: paused 18:21 to 19:05."""
    pause(world, "2026-11-24 18:21")
    assert install(world)[0] == "paused"
    resume(world, "2026-11-24 19:05")
    assert install(world) == ("running", "2026-11-26 10:14")


def test_a_pause_over_midnight_leaves_what_was_left(database: Database) -> None:
    """A premium repair due at midnight, paused with two hours left, resumed at eight."""
    world = World(database, line_is_down=True, premium_from_on=date(2026, 1, 1))
    world.ids["order"] = world.order(OrderKind.REPAIR, "2026-11-23 09:12")
    pause(world, "2026-11-23 22:00", cause=PauseCause.CUSTOMER_REQUEST)
    resume(world, "2026-11-24 08:00")
    assert world.due(PromiseKind.REPAIR, order_id=world.ids["order"]) == "2026-11-24 10:00"


def test_a_paused_clock_does_not_pass_its_due_time(world: World) -> None:
    pause(world, "2026-11-24 18:21")
    world.work("2026-12-24 12:00")
    assert install(world)[0] == "paused"


def test_two_overlapping_pauses_count_once(world: World) -> None:
    pause(world, "2026-11-24 10:00", proof_id=1)
    pause(world, "2026-11-24 11:00", cause=PauseCause.CUSTOMER_REQUEST, proof_kind=ProofKind.REPLY, proof_id=2)
    resume(world, "2026-11-24 12:00", "call_record:1")
    assert install(world)[0] == "paused"
    resume(world, "2026-11-24 13:00", "reply:2")
    assert install(world) == ("running", "2026-11-26 12:30")


def test_a_pause_after_the_due_time_saves_nothing(world: World) -> None:
    world.work("2026-11-26 09:31")
    pause(world, "2026-11-26 10:00")
    assert install(world) == ("broken", "2026-11-26 09:30")


@pytest.mark.parametrize(
    ("cause", "proof_kind"),
    [
        (PauseCause.CUSTOMER_UNREACHABLE, ProofKind.REPLY),
        (PauseCause.WEATHER_WARNING, ProofKind.CALL_RECORD),
        (PauseCause.CUSTOMER_REQUEST, ProofKind.WARNING),
    ],
)
def test_no_pause_without_the_proof_that_the_rule_wants(world: World, cause: PauseCause, proof_kind: ProofKind) -> None:
    with pytest.raises(PauseNotAllowed) as refused:
        pause(world, "2026-11-24 10:00", cause=cause, proof_kind=proof_kind)
    assert refused.value.field == "proof_kind"
    assert install(world) == ("running", "2026-11-26 09:30")


def test_in_service_while_paused_is_kept(world: World) -> None:
    pause(world, "2026-11-24 10:00")
    world.happens(e.ServiceSeenWorking, "2026-11-27 10:00", order_id=world.ids["order"])
    assert install(world)[0] == "kept"


# --- disputes ---------------------------------------------------------------------------


def dispute(world: World, at: str, proof: str = "call_record:77") -> int:
    """The customer answers with one digit that the pause is wrong."""
    when = world.at(at)

    def use_case(session: Session) -> int:
        order = session.get_one(Order, world.ids["order"])
        return dispute_pause(session, order, proof=proof, channel=Channel.SMS, now=when).id

    return world.do(use_case)


def settle(world: World, case_id: int, at: str, *, is_upheld: bool) -> None:
    """Somebody decides."""

    def use_case(session: Session) -> None:
        case = session.get_one(Case, case_id)
        when = world.at(at)
        settle_dispute(session, case, proof="call_record:77", is_upheld=is_upheld, user_id=1, now=when)

    world.do(use_case)


def test_an_upheld_dispute_restores_the_clock(world: World) -> None:
    pause(world, "2026-11-24 18:21")
    resume(world, "2026-11-24 19:05")
    case_id = dispute(world, "2026-11-24 20:00")
    settle(world, case_id, "2026-11-25 09:00", is_upheld=True)
    assert install(world) == ("running", "2026-11-26 09:30")
    assert world.promise(PromiseKind.DISPUTE_ANSWER, case_id=case_id).status.value == "kept"


def test_a_rejected_dispute_leaves_the_pause(world: World) -> None:
    pause(world, "2026-11-24 18:21")
    resume(world, "2026-11-24 19:05")
    settle(world, dispute(world, "2026-11-24 20:00"), "2026-11-25 09:00", is_upheld=False)
    assert install(world) == ("running", "2026-11-26 10:14")


def test_a_dispute_upheld_after_the_time_is_over_breaks_the_promise(world: World) -> None:
    pause(world, "2026-11-24 18:21")
    case_id = dispute(world, "2026-11-24 20:00")
    settle(world, case_id, "2026-11-26 12:00", is_upheld=True)
    world.work("2026-11-26 12:01")
    assert install(world) == ("broken", "2026-11-26 09:30")
    assert world.compensations(PromiseKind.INSTALL) == [(1, 2000, "approved")]


def test_a_dispute_has_an_owner_and_a_clock(world: World) -> None:
    pause(world, "2026-11-24 18:21")
    case_id = dispute(world, "2026-11-24 20:00")
    assert world.due(PromiseKind.DISPUTE_ANSWER, case_id=case_id) == "2026-11-26 20:00"


def test_what_was_never_paused_cannot_be_disputed(world: World) -> None:
    with pytest.raises(NoSuchPause):
        dispute(world, "2026-11-24 20:00")


# --- withdrawal (R13) -------------------------------------------------------------------


def test_withdrawal_stops_the_clock_and_is_verified_by_the_end_of_the_next_day(world: World) -> None:
    world.happens(e.WithdrawalRequested, "2026-11-24 10:00", order_id=world.ids["order"], reason="moved_away")
    assert install(world)[0] == "paused"
    assert world.due(PromiseKind.WITHDRAWAL_CHECK, order_id=world.ids["order"]) == "2026-11-26 00:00"
    world.happens(e.WithdrawalVerified, "2026-11-25 11:00", order_id=world.ids["order"], user_id=1)
    assert world.due(PromiseKind.WITHDRAWAL_CLOSE, order_id=world.ids["order"]) == "2026-11-27 11:00"
    world.happens(e.OrderWithdrawn, "2026-11-26 09:00", order_id=world.ids["order"])
    kinds = (PromiseKind.INSTALL, PromiseKind.WITHDRAWAL_CHECK, PromiseKind.WITHDRAWAL_CLOSE)
    outcomes = [world.promise(kind, order_id=world.ids["order"]).status.value for kind in kinds]
    assert outcomes == ["void", "kept", "kept"]


def test_wanted_after_all_the_clock_goes_on(world: World) -> None:
    world.happens(e.WithdrawalRequested, "2026-11-24 10:00", order_id=world.ids["order"], reason="moved_away")
    world.happens(e.WithdrawalRevoked, "2026-11-24 16:00", order_id=world.ids["order"])
    assert install(world) == ("running", "2026-11-26 15:30")
    assert world.promise(PromiseKind.WITHDRAWAL_CHECK, order_id=world.ids["order"]).status.value == "void"


def test_a_withdrawal_after_the_time_is_over_excuses_nothing(world: World) -> None:
    world.work("2026-11-26 10:00")
    world.happens(e.WithdrawalRequested, "2026-11-26 11:00", order_id=world.ids["order"], reason="too_late")
    world.happens(e.OrderWithdrawn, "2026-11-27 11:00", order_id=world.ids["order"])
    assert install(world)[0] == "broken"


@pytest.mark.parametrize(("excused", "status"), [(True, "void"), (False, "broken")])
def test_what_cannot_be_done_is_excused_only_when_it_is_not_our_doing(world: World, excused: bool, status: str) -> None:
    """R13, R19: no port is our cause."""
    world.happens(e.OrderInfeasible, "2026-11-24 10:00", order_id=world.ids["order"], reason="no_port", excused=excused)
    world.work("2026-11-27 10:00")
    promise = world.promise(PromiseKind.INSTALL, order_id=world.ids["order"])
    assert promise.status.value == status
    assert (promise.cause is None) if excused else (promise.cause == "our_resources")
