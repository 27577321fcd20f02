"""Telling customers who comes, by when they are called, and when (R31): once it has settled, and when it changes.

What is so about the visit is compared with what the handset was last told, twice: when a
message would be wanted, and again when it is about to go.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from dispatch.links import door_code
from dispatch.models import Announcement, Conversation, Message, Order, Technician, Territory, Visit
from dispatch.queries.told_visits import REPLANNED, LastTold, last_told
from dispatch.queries.visit_truth import VisitTruth, visit_truth
from dispatch.rules.announcing import DEFAULT_ANNOUNCING, Told, named_by
from dispatch.rules.contact_hours import CONTACT_HOURS, next_opening
from dispatch.rules.events import WindowTold
from dispatch.rules.lifecycles import MessageStatus, VisitStatus
from dispatch.services.record import record
from dispatch.services.schedule_work import schedule_work
from notifications.after_telling import after_telling
from notifications.composers.subjects import visit_values
from notifications.composing import Content, NotTrue, Telling, composes
from notifications.kinds import KINDS
from notifications.recipients import conversation_with, recipient
from notifications.values import Value, Window
from notifications.want_message import SEND_MESSAGE, want_message

ANNOUNCE_VISIT = "announce_visit"
ANNOUNCED = "visit_announced"
#: how soon something new is told to whom something was taken back on the day itself
_REPLANNED_WITHIN = timedelta(hours=2)
_AGREED = ("time_agreed", "time_agreed_changed", "status_agreed")


def want_announcement(session: Session, visit_id: int, *, now: datetime) -> None:
    """Something about the visit has changed: what is so is told once it has settled, not before its evening."""
    visit = _visit(session, visit_id)
    thread = _thread(session, visit)
    if thread is None:
        return
    last = last_told(session, visit_id, thread.id)
    truth = visit_truth(session, visit, last=None if last is None else last.told, now=now)
    if truth is None:
        schedule_work(session, ANNOUNCE_VISIT, visit_id, None)
        return
    settled_at = now + DEFAULT_ANNOUNCING.settles
    schedule_work(session, ANNOUNCE_VISIT, visit_id, max(settled_at, _from_when(truth, last) or settled_at))


def announce_due_visit(session: Session, key: str, now: datetime) -> None:
    """What is so has settled: tell it if the handset was told otherwise (due work `announce_visit`)."""
    visit = _visit(session, int(key))
    thread = _thread(session, visit)
    if thread is None:
        return
    last = last_told(session, visit.id, thread.id)
    truth = visit_truth(session, visit, last=None if last is None else last.told, now=now)
    if truth is None:
        return
    from_at = _from_when(truth, last)
    if from_at is not None and from_at > now:
        schedule_work(session, ANNOUNCE_VISIT, visit.id, from_at)
        return
    _supersede_waiting(session, visit.id, thread.id, now)
    if truth.told is None:
        if last is not None and last.told is not None:
            _want(session, visit, REPLANNED, now)
    elif not _knows(last, truth.told, now):
        _want(session, visit, ANNOUNCED, now)


@composes(ANNOUNCED)
def compose_announcement(telling: Telling) -> Content | NotTrue:
    """Technician, contact time and window as they are now, unless the handset knows them."""
    message, now = telling.message, telling.now
    visit = telling.session.get_one(Visit, message.visit_id)
    last = last_told(telling.session, visit.id, message.conversation_id, besides=message.id)
    truth = visit_truth(telling.session, visit, last=None if last is None else last.told, now=now)
    if truth is None or truth.told is None:
        return NotTrue("no_longer_planned")
    if _knows(last, truth.told, now):
        return NotTrue("told_already")
    return announcement(telling, visit, truth, last)


def announcement(telling: Telling, visit: Visit, truth: VisitTruth, last: LastTold | None) -> Content:
    """Say what is so, numbered and kept as an announcement of the visit."""
    told = truth.told
    if told is None:
        raise LookupError("nothing to announce")
    row = _announcement_row(telling, visit, told)
    technician = telling.session.get_one(Technician, told.technician_id)
    values: dict[str, Value] = {
        **visit_values(visit),
        "technician": technician.name,
        "badge": technician.badge,
        "window": Window(*told.window),
    }
    template = _template(truth, last)
    if truth.time_at is not None:
        values |= {"time": truth.time_at, "door_code": door_code(telling.secret, visit.id, technician.id)}
        if template == "time_agreed":
            values["agreed_at"] = truth.agreed_at or telling.now
    elif told.contact_by_at is not None:
        values["contact_by"] = told.contact_by_at
        if template == "visit_accepted":
            values["accepted_at"] = truth.accepted_at or telling.now
    telling.message.announcement_id = row.id
    return Content(template, values, until_at=told.window[1], is_detail=_is_detail(truth, last))


@composes(REPLANNED)
def compose_replanned(telling: Telling) -> Content | NotTrue:
    """What was told is off, for as long as nothing new is planned."""
    visit = telling.session.get_one(Visit, telling.message.visit_id)
    last = last_told(telling.session, visit.id, telling.message.conversation_id, besides=telling.message.id)
    truth = visit_truth(telling.session, visit, last=None, now=telling.now)
    if truth is None or truth.told is not None or last is None or last.told is None:
        return NotTrue("no_longer_so")
    return Content("visit_replanned", visit_values(visit) | {"named_by": _named_again_by(telling, visit)})


@after_telling(ANNOUNCED)
def window_was_told(session: Session, message: Message, now: datetime) -> None:
    """The provider has taken it: from now the window is a promise (R11)."""
    if message.announcement_id is None:
        return
    row = session.get_one(Announcement, message.announcement_id)
    row.told_at = now
    visit = session.get_one(Visit, row.visit_id)
    if visit.status is VisitStatus.AGREED or row.contact_by_at is None:
        return  # the agreed time is the promise, and was entered when it was agreed
    fact = WindowTold(
        occurred_at=now,
        order_id=visit.order_id,
        visit_id=visit.id,
        announcement=row.number,
        from_at=row.from_at,
        until_at=row.until_at,
    )
    record(session, fact, now=now)


def _visit(session: Session, visit_id: int) -> Visit:
    """The visit, with its order and its territory at hand."""
    about = joinedload(Visit.order, innerjoin=True).joinedload(Order.territory, innerjoin=True)
    return session.get_one(Visit, visit_id, options=[about])


def _thread(session: Session, visit: Visit) -> Conversation | None:
    contact = recipient(session, visit.order_id, KINDS[ANNOUNCED])
    return None if contact is None else conversation_with(session, contact)


def _knows(last: LastTold | None, truth: Told, now: datetime) -> bool:
    """Whether the handset was surely told what is so now."""
    return last is not None and not last.in_doubt and last.told is not None and last.told.still_says(truth, now)


def _from_when(truth: VisitTruth, last: LastTold | None) -> datetime | None:
    """From when on it is told; at once to whom was told something else."""
    return truth.named_from_at if last is None else None


def _want(session: Session, visit: Visit, kind: str, now: datetime) -> None:
    count = select(func.count()).where(Message.visit_id == visit.id, Message.kind == kind)
    occasion = f"visit:{visit.id}:{session.scalar(count.select_from(Message)) or 0}"
    want_message(session, kind, now=now, visit_id=visit.id, occasion=occasion)


def _supersede_waiting(session: Session, visit_id: int, conversation_id: int, now: datetime) -> None:
    """What waits to be told about the visit is overtaken by what is so now."""
    statement = select(Message).where(
        Message.visit_id == visit_id,
        Message.conversation_id == conversation_id,
        Message.status == MessageStatus.QUEUED,
        Message.kind.in_((ANNOUNCED, REPLANNED)),
    )
    for message in session.scalars(statement.with_for_update()):
        message.move_to(MessageStatus.SUPERSEDED, at=now, by="notifications", reason="newer_wanted")
        schedule_work(session, SEND_MESSAGE, message.id, None)


def _template(truth: VisitTruth, last: LastTold | None) -> str:
    told = truth.told
    if truth.time_at is not None:
        return "time_agreed_changed" if last is not None and last.template in _AGREED else "time_agreed"
    before = None if last is None else last.told
    changed = (
        before is not None
        and told is not None
        and ((before.technician_id, before.window) != (told.technician_id, told.window))
    )
    if changed:
        return "visit_changed"
    return "visit_announced" if truth.accepted_at is None else "visit_accepted"


def _is_detail(truth: VisitTruth, last: LastTold | None) -> bool:
    """Whether the handset knows for sure who comes and when, and only the time of the call is another."""
    told, before = truth.told, None if last is None or last.in_doubt else last.told
    if told is None or before is None or truth.time_at is not None:
        return False
    return (before.technician_id, before.window) == (told.technician_id, told.window)


def _announcement_row(telling: Telling, visit: Visit, told: Told) -> Announcement:
    """The row of this message, as it would be told now."""
    session, message = telling.session, telling.message
    row = None if message.announcement_id is None else session.get_one(Announcement, message.announcement_id)
    if row is None:
        newest = select(func.max(Announcement.number)).where(Announcement.visit_id == visit.id)
        row = Announcement(visit_id=visit.id, number=(session.scalar(newest) or 0) + 1, wanted_at=message.wanted_at)
        session.add(row)
    row.technician_id = told.technician_id
    row.contact_by_at = told.contact_by_at
    row.from_at, row.until_at = told.window
    session.flush()
    return row


def _named_again_by(telling: Telling, visit: Visit) -> datetime:
    """The evening before the booked day if that lies ahead, else in two contact hours."""
    zone = telling.session.get_one(Territory, visit.territory_id).zone
    if visit.booked_from_at is not None:
        evening = named_by(visit.booked_from_at.astimezone(zone).date(), zone)
        if evening > telling.now:
            return evening
    return next_opening(telling.now + _REPLANNED_WITHIN, CONTACT_HOURS, zone)
