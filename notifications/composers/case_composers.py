"""What is said of a case: who has it, by when they call, that it is settled (R40 to R46)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from dispatch.models import Message
from dispatch.queries.case_progress import CaseProgress, case_progress
from dispatch.rules.lifecycles import MessageStatus
from dispatch.rules.vocabulary import CaseKind, PromiseKind
from notifications.composers.subjects import NEVER_READ, case_id_of, instant, owner_of
from notifications.composing import Content, NotTrue, Telling, composes
from notifications.values import Value

#: messages that say by when somebody calls
_SAY_CALL_BY = (
    "case_opened",
    "callback_promised",
    "case_taken",
    "no_slots",
    "not_understood",
    "nothing_open",
    "rating_low",
)


@composes("case_opened")
def compose_case_opened(telling: Telling) -> Content | NotTrue:
    """Who has it, and by when they call or answer."""
    case = case_progress(telling.session, case_id_of(telling))
    if case.is_resolved:
        return NotTrue("resolved")
    call_by = case.dues.get(PromiseKind.CALLBACK)
    answer_by = case.dues.get(PromiseKind.COMPLAINT_REPLY, case.dues.get(PromiseKind.COMPLAINT_ANSWER))
    values = _owned(telling, case)
    is_answered = case.kind is CaseKind.COMPLAINT and answer_by is not None
    if call_by is not None:
        values["call_by"] = call_by
    if answer_by is not None and is_answered:
        values["answer_by"] = answer_by
    return Content(opened_template(is_called=call_by is not None, is_answered=is_answered), values, until_at=call_by)


def opened_template(*, is_called: bool, is_answered: bool) -> str:
    """How a new case is told, by whether a call and a written answer are promised."""
    if is_answered:
        return "complaint_opened" if is_called else "complaint_opened_without_call"
    return "question_opened" if is_called else "case_opened"


@composes("case_handed_over")
def compose_case_handed_over(telling: Telling) -> Content | NotTrue:
    """Who has it now (R42)."""
    case = case_progress(telling.session, case_id_of(telling))
    if case.is_resolved:
        return NotTrue("resolved")
    if case.owner_id != telling.message.params["owner_id"]:
        return NotTrue("handed_on")
    return Content("case_handed_over", _owned(telling, case))


@composes("callback_promised")
def compose_callback_promised(telling: Telling) -> Content | NotTrue:
    """By when somebody calls (R43), unless that was said when the case was opened."""
    case = case_progress(telling.session, case_id_of(telling))
    call_by = case.dues.get(PromiseKind.CALLBACK)
    if case.is_resolved:
        return NotTrue("resolved")
    if call_by is None or call_by <= telling.now:
        return NotTrue("not_owed")
    if _was_said(telling, instant(telling, "occurred_at")):
        return NotTrue("told_already")
    return Content("callback_promised", _owned(telling, case) | {"call_by": call_by}, until_at=call_by)


@composes("case_resolved")
def compose_case_resolved(telling: Telling) -> Content | NotTrue:
    """It is settled; an answer opens it again."""
    case = case_progress(telling.session, case_id_of(telling))
    if not case.is_resolved:
        return NotTrue("reopened")
    return Content("case_resolved", {"case": case.number})


def _owned(telling: Telling, case: CaseProgress) -> dict[str, Value]:
    return {"case": case.number, "owner": owner_of(telling, case)}


def _was_said(telling: Telling, promised_at: datetime | None) -> bool:
    """Whether another message about the case waits, or was worded since the call was promised."""
    statement = select(Message.id).where(
        Message.case_id == telling.message.case_id,
        Message.id != telling.message.id,
        Message.kind.in_(_SAY_CALL_BY),
        Message.status.not_in(NEVER_READ),
        (Message.status == MessageStatus.QUEUED) | (Message.sent_at >= promised_at),
    )
    return telling.session.scalars(statement).first() is not None
