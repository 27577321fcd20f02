"""The page never contradicts an SMS: through whole conversations it shows what "1" is answered with (R30, R31)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db import Database
from dispatch.links import Secret, door_code
from dispatch.models import Announcement, Conversation, Message, Technician
from dispatch.queries.current_visit import current_visit
from dispatch.queries.customer_page import CustomerPage, customer_page
from dispatch.queries.customer_visits import CustomerVisit, Stage
from dispatch.rules.lifecycles import MessageStatus
from dispatch.rules.vocabulary import Channel
from notifications.composing import COMPOSERS, Content, Telling
from notifications.values import Window
from tests.conversing import HANDSETS, SECRET, play

TRANSCRIPTS = Path(__file__).resolve().parents[2] / "conversations"
SECRET_OF_TRANSCRIPTS = Secret(SECRET.encode())
#: what each template of a status says, as the page shows it
_STAGES = {
    "status_booked": {Stage.BOOKED},
    "status_visit": {Stage.NAMED},
    "status_agreed": {Stage.NAMED, Stage.AGREED},
    "status_late": {Stage.NAMED, Stage.AGREED},
    "status_on_the_way": {Stage.ON_THE_WAY},
    "status_on_site": {Stage.ON_SITE},
}


class Comparison:
    """Looks at page and SMS side by side, and counts what it has compared."""

    def __init__(self) -> None:
        self.templates: set[str] = set()
        self.announcements = 0

    def __call__(self, session: Session, order_id: int, now: datetime) -> None:
        conversation = session.scalars(select(Conversation).where(Conversation.handset == HANDSETS["customer"])).first()
        if not order_id or conversation is None:
            return
        page = customer_page(session, order_id, secret=SECRET_OF_TRANSCRIPTS, now=now)
        told = _status(session, order_id, conversation, now)
        self.templates.add(told.template)
        shown = _shown(page, told)
        assert {name: value for name, value in told.values.items() if name in shown} == shown
        if page.current is not None and told.template in _STAGES:
            assert page.current.stage in _STAGES[told.template]
            assert page.current.is_late == (told.template == "status_late")
        self._last_announcement(session, page, conversation, now)

    def _last_announcement(
        self, session: Session, page: CustomerPage, conversation: Conversation, now: datetime
    ) -> None:
        """Every fact in the last announcement that the provider took is the page's, unless it says that it is news."""
        visit = page.current
        if visit is None or visit.stage not in (Stage.NAMED, Stage.AGREED) or visit.is_news or visit.is_late:
            return
        statement = select(Message).where(
            Message.visit_id == visit.visit_id,
            Message.conversation_id == conversation.id,
            Message.announcement_id.is_not(None),
            Message.status.in_((MessageStatus.ACCEPTED, MessageStatus.SENT, MessageStatus.DELIVERED)),
        )
        message = session.scalars(statement.order_by(Message.id.desc())).first()
        if message is None:
            return
        row = session.get_one(Announcement, message.announcement_id)
        technician = session.get_one(Technician, row.technician_id)
        assert visit.window == (row.from_at, row.until_at)
        assert visit.technician is not None
        code = door_code(SECRET_OF_TRANSCRIPTS, visit.visit_id, technician.id)
        assert visit.technician.door_code == code  # R20: another technician has another code
        assert (visit.technician.name, visit.technician.badge) == (technician.name, technician.badge)
        if visit.stage is Stage.NAMED and row.contact_by_at is not None and row.contact_by_at > now:
            assert visit.contact_by_at == row.contact_by_at
        self.announcements += 1


def _status(session: Session, order_id: int, conversation: Conversation, now: datetime) -> Content:
    """What an SMS would answer now."""
    visit = current_visit(session, order_id)
    message = Message(
        at=now,
        by="test",
        conversation_id=conversation.id,
        order_id=order_id,
        visit_id=None if visit is None else visit.id,
        kind="status",
        occasion="test",
        dedupe_key="test",
        language="en",
        channel=Channel.SMS,
    )
    content = COMPOSERS["status"](Telling(session, message, now, SECRET_OF_TRANSCRIPTS))
    assert isinstance(content, Content)
    return content


def _shown(page: CustomerPage, told: Content) -> dict[str, Any]:
    """What the page shows of everything that is told, under the names of the message."""
    shown: dict[str, Any] = {"order": page.number, "query_code": page.query_code}
    if page.main_promise is not None:
        shown["due"] = page.main_promise.due_at
        if page.main_promise.pauses:
            shown["since"] = page.main_promise.pauses[-1].since
    if told.template in _STAGES and page.current is not None:
        shown |= _visit_shown(page.current)
    return {name: value for name, value in shown.items() if name in told.values}


def _visit_shown(visit: CustomerVisit) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "named_by": visit.named_by_at,
        "contact_by": visit.contact_by_at,
        "eta": visit.eta_at,
        "arrived_at": visit.arrived_at,
        "kind": visit.kind,
    }
    if visit.window is not None:
        shown["window"] = Window(*visit.window)
        shown["time"] = visit.time_at or visit.window[0]
    if visit.technician is not None:
        who = visit.technician
        shown |= {"technician": who.name, "badge": who.badge, "door_code": who.door_code}
    return shown


def test_the_page_shows_what_is_said_at_every_stage(database: Database) -> None:
    comparison = compare("status_at_every_stage_en", database)
    assert set(_STAGES) - {"status_late"} <= comparison.templates
    assert comparison.announcements >= 2


@pytest.mark.parametrize(
    ("transcript", "templates", "announcements"),
    [
        ("late_wait", {"status_late"}, 0),
        ("nobody_answers_the_pause_is_disputed", {"status_paused"}, 1),
        ("same_day_premium_repair", {"status_on_the_way"}, 2),
    ],
)
def test_the_page_shows_what_is_said_when_things_go_wrong(
    transcript: str, templates: set[str], announcements: int, sqlite_url: str
) -> None:
    database = Database(sqlite_url)
    comparison = compare(transcript, database)
    database.dispose()
    assert templates <= comparison.templates
    assert comparison.announcements >= announcements


def compare(transcript: str, database: Database) -> Comparison:
    """Play the transcript with an eye on the page."""
    comparison = Comparison()
    play((TRANSCRIPTS / f"{transcript}.txt").read_text("utf-8"), database, comparison)
    return comparison
