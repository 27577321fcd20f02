"""After the last vain try nobody goes to the customer, so that nobody is foreseen there either (R12, R34)."""

from __future__ import annotations

from sqlalchemy import select

from dispatch.models import Eta, Event
from tests.field_day import FieldDay, FieldPhone

BEFORE_THE_LAST = ("08:01", "09:30", "11:40")


def tried_in_vain(day: FieldDay) -> tuple[FieldPhone, int, int]:
    """A visit in the evening whose customer has not answered three times, and the one behind it."""
    phone = day.phone(day.technician("08:00-21:00"))
    silent, following = day.booked("18:00-19:00"), day.booked("18:00-20:00")
    for at in BEFORE_THE_LAST:
        phone.say(at, "contact_tried", silent, reached=False, channel="voice", call_record=f"call-{at}")
    return phone, silent, following


def etas(day: FieldDay) -> dict[int, str]:
    """Who is foreseen when."""
    with day.database.read_session() as session:
        return {
            eta.visit_id: f"{eta.arrive_at.astimezone(day.world.zone):%H:%M}" for eta in session.scalars(select(Eta))
        }


def warned(day: FieldDay) -> list[int | None]:
    """The visits whose customers were warned of a late arrival."""
    with day.database.read_session() as session:
        statement = select(Event.visit_id).where(Event.kind == "arrival_endangered").order_by(Event.id)
        return list(session.scalars(statement))


def test_nobody_is_foreseen_where_nobody_goes(day: FieldDay) -> None:
    phone, silent, following = tried_in_vain(day)
    day.work("17:25")
    assert etas(day) == {silent: "18:00", following: "19:00"}
    phone.say("17:31", "contact_tried", silent, reached=False, channel="voice", call_record="call-17:31")
    day.work("17:32")
    assert etas(day) == {following: "18:00"}
    phone.sync("19:20")
    day.work("19:20")
    assert silent not in warned(day)


def test_who_is_heard_of_is_foreseen_again(day: FieldDay) -> None:
    phone, silent, following = tried_in_vain(day)
    phone.say("17:31", "contact_tried", silent, reached=False, channel="voice", call_record="call-17:31")
    day.work("17:32")
    phone.say("17:40", "contact_tried", silent, reached=True, channel="voice", call_record="call-17:40")
    day.work("17:41")
    assert etas(day) == {silent: "18:00", following: "19:00"}


def test_an_agreed_time_stands_although_nobody_answers_any_more(day: FieldDay) -> None:
    phone = day.phone(day.technician("08:00-21:00"))
    visit = day.booked("18:00-19:00")
    phone.say("08:01", "time_agreed", visit, time_at="18:30")
    for at in ("08:30", "09:40", "11:40", "17:31"):
        phone.say(at, "contact_tried", visit, reached=False, channel="voice", call_record=f"call-{at}")
    day.work("17:32")
    assert list(etas(day)) == [visit]
