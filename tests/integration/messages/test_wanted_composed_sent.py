"""From the fact to the handset, by the worker: nothing here is composed by hand."""

from __future__ import annotations

from sqlalchemy import select

from dispatch.db import Database
from dispatch.models import Conversation, SandboxMessage, SlotOffer
from dispatch.rules.events import ClockPaused
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import OrderKind, PauseCause, PromiseKind, ProofKind
from tests.booking import DAY, BookingDay
from tests.saying import Saying
from tests.world import World


def taken(world: World) -> list[tuple[str, str]]:
    """What the handset got: template and text."""
    with world.database.read_session() as session:
        rows = session.scalars(select(SandboxMessage).order_by(SandboxMessage.id))
        return [(row.template, row.text) for row in rows]


def test_receipt_then_money_and_the_money_stands(database: Database) -> None:
    saying = Saying.begin(World(database))
    saying.world.work(f"{DAY} 09:13")
    saying.world.work("2026-11-25 11:00")
    assert [template for template, _text in taken(saying.world)] == ["order_received", "compensation_told"]
    assert "10" in taken(saying.world)[1][1]
    assert saying.world.compensations(PromiseKind.REPAIR) == [(1, 1000, "told")]
    assert saying.world.log("compensation_told") == ["compensation_told"]


def test_after_the_last_try_the_handset_has_windows_to_choose_from(database: Database) -> None:
    day = BookingDay.evening_before(database)
    technician = day.technician()
    day.shift(technician, "08:00-17:00", day="2026-11-25")
    visit = day.booked("13:00-17:00", kind=OrderKind.INSTALL)
    day.reach(visit, VisitStatus.ACCEPTED)
    order = day.visit(visit).order_id
    day.world.ids["technician"] = technician
    saying = Saying(day.world, order, visit)
    day.world.work("2026-11-23 18:02")
    for at in ("08:41", "09:50", "11:35", "18:20"):
        saying.try_contact(f"{DAY} {at}")
        day.world.work(f"{DAY} {at}")
    paused = {"cause": PauseCause.CUSTOMER_UNREACHABLE, "proof_kind": ProofKind.CALL_RECORD, "proof": "call_record:77"}
    day.world.happens(ClockPaused, f"{DAY} 18:20", order_id=order, **paused)
    day.world.work(f"{DAY} 18:20")
    day.world.work(f"{DAY} 18:21")
    day.world.work(f"{DAY} 18:22")
    templates = [template for template, _text in taken(day.world)]
    assert [one for one in templates if one.startswith("contact_")] == [
        "contact_missed",
        "contact_missed_until_reply",
        "contact_given_up_2",
    ]
    assert "clock_paused" not in templates
    with database.read_session() as session:
        thread = session.scalars(select(Conversation)).one()
        chosen = [thread.open_choices[digit] for digit in ("1", "2")]
        windows = [session.get_one(SlotOffer, offer_id).from_at for offer_id in chosen]
    assert windows == sorted(windows)
    assert (thread.open_question, thread.open_visit_id) == ("offers", visit)
