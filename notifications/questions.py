"""What each digit means after each question; a handset has one open question, the latest (R32).

A question is kept when its time is over: an answer that comes too late is told apart from
one to nothing, and never taken for something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from dispatch.models import Conversation, Message
from notifications.kinds import Question
from notifications.reading import PERSON_DIGIT, Meaning, Reading


class Action(StrEnum):
    """What is done with what a customer has written."""

    STATUS = "status"
    CHANGE = "change"
    PERSON = "person"
    FAULT = "fault"
    CONFIRM_VISIT = "confirm_visit"
    SUBSTITUTE = "substitute"
    CHOOSE_WINDOW = "choose_window"
    WAIT = "wait"
    RATE = "rate"
    NOT_FIXED = "not_fixed"
    DISPUTE = "dispute"
    ASK_WITHDRAWAL = "ask_withdrawal"
    WITHDRAW = "withdraw"
    KEEP_ORDER = "keep_order"
    REVOKE = "revoke"
    CHOOSE_ORDER = "choose_order"
    ASK_AGAIN = "ask_again"
    QUESTION_OVER = "question_over"
    REMARK = "remark"
    PHONE = "phone"
    NOTHING = "nothing"


_A, _Q = Action, Question
#: without a question, or where it says nothing else
ALWAYS: Mapping[int, Action] = {1: _A.STATUS, 2: _A.CHANGE, PERSON_DIGIT: _A.PERSON, 9: _A.FAULT}

DIGITS: Mapping[Question, Mapping[int, Action]] = {
    _Q.ORDER_MENU: ALWAYS,
    _Q.VISIT_MENU: ALWAYS,
    _Q.CASE_MENU: ALWAYS,
    _Q.UNREACHED: {1: _A.CONFIRM_VISIT, 2: _A.CHANGE, 3: _A.SUBSTITUTE},
    _Q.OFFERS: {1: _A.CHOOSE_WINDOW, 2: _A.CHOOSE_WINDOW, 3: _A.CHOOSE_WINDOW, 6: _A.DISPUTE},
    _Q.LATE: {1: _A.WAIT, 2: _A.CHANGE},
    _Q.RATING: {**dict.fromkeys(range(1, 6), _A.RATE), 9: _A.NOT_FIXED},
    _Q.FAULT_AGAIN: {**ALWAYS, **dict.fromkeys(range(1, 6), _A.RATE)},
    _Q.PAUSE: {6: _A.DISPUTE},
    _Q.STILL_WANTED: {1: _A.REVOKE},
    _Q.WITHDRAW: {1: _A.WITHDRAW, 2: _A.KEEP_ORDER},
    _Q.WHICH_ORDER: {1: _A.CHOOSE_ORDER, 2: _A.CHOOSE_ORDER, 3: _A.CHOOSE_ORDER},
}
#: their digits mean the same at any time
MENUS = frozenset({_Q.ORDER_MENU, _Q.VISIT_MENU, _Q.CASE_MENU})

_DAY = timedelta(days=1)
#: how long an answer counts, where that is longer than the message was worth sending
STAYS_OPEN: Mapping[Question, timedelta] = {
    _Q.ORDER_MENU: 7 * _DAY,
    _Q.VISIT_MENU: 7 * _DAY,
    _Q.CASE_MENU: 7 * _DAY,
    _Q.OFFERS: 3 * _DAY,
    _Q.RATING: 3 * _DAY,
    _Q.FAULT_AGAIN: 7 * _DAY,
    _Q.PAUSE: 3 * _DAY,
    _Q.STILL_WANTED: 2 * _DAY,
    _Q.WITHDRAW: _DAY,
    _Q.WHICH_ORDER: _DAY,
}

#: so long after a rating another digit changes it
RATED_ANEW = timedelta(hours=1)
_MESSAGE, _RATED, _OFFERS = "message_id", "rated", "offers"


@dataclass(frozen=True)
class Asked:
    """A question as it stood when an answer came; `choices` are what its digits stand for."""

    question: Question
    until_at: datetime
    order_id: int | None = None
    visit_id: int | None = None
    message_id: int | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)

    def counts_at(self, at: datetime) -> bool:
        """Whether an answer that came `at` counts."""
        return at <= self.until_at


@dataclass(frozen=True)
class Intent:
    """What is to be done, and about what; `choice` is what the digit stands for, as plain JSON."""

    action: Action
    order_id: int | None = None
    visit_id: int | None = None
    choice: Any = None


def open_question(
    conversation: Conversation,
    question: Question,
    message: Message,
    choices: Mapping[str, Any],
    *,
    until_at: datetime,
) -> None:
    """The message asks this now, and whatever was asked before is asked no more.

    A case takes words and the 8, which count at any time: it leaves the digits of another
    question as they are.
    """
    asked_at = message.sent_at or message.wanted_at
    if question is Question.CASE_MENU and _is_asked(conversation, asked_at):
        return
    conversation.open_question = question.value
    conversation.open_order_id = message.order_id
    conversation.open_visit_id = message.visit_id
    conversation.open_choices = {**choices, _MESSAGE: message.id}
    conversation.open_until_at = max(until_at, asked_at + STAYS_OPEN.get(question, timedelta()))


def _is_asked(conversation: Conversation, at: datetime) -> bool:
    """Whether there is a question whose digits have a meaning of their own."""
    until_at = conversation.open_until_at
    return conversation.open_question not in (None, *MENUS) and until_at is not None and at <= until_at


def close_question(conversation: Conversation) -> None:
    """Nothing is asked any more."""
    conversation.open_question = conversation.open_until_at = None
    conversation.open_order_id = conversation.open_visit_id = None
    conversation.open_choices = {}


def snapshot(conversation: Conversation) -> dict[str, Any]:
    """The question as it stands now, as plain JSON; empty if there is none."""
    if conversation.open_question is None or conversation.open_until_at is None:
        return {}
    return {
        "question": conversation.open_question,
        "until_at": conversation.open_until_at.isoformat(),
        "order_id": conversation.open_order_id,
        "visit_id": conversation.open_visit_id,
        "choices": dict(conversation.open_choices),
    }


def asked_in(kept: Mapping[str, Any]) -> Asked | None:
    """The question that `snapshot` wrote down."""
    if "question" not in kept:
        return None
    choices = dict(kept["choices"])
    return Asked(
        Question(kept["question"]),
        datetime.fromisoformat(kept["until_at"]),
        kept["order_id"],
        kept["visit_id"],
        choices.pop(_MESSAGE, None),
        choices,
    )


def intend(asked: Asked | None, reading: Reading, *, received_at: datetime) -> Intent:
    """What the customer wants, after what they had been asked."""
    counts = asked is not None and asked.counts_at(received_at)
    about = (asked.order_id, asked.visit_id) if asked is not None and counts else (None, None)
    match reading.meaning:
        case Meaning.DIGIT if reading.digit == PERSON_DIGIT:
            return Intent(Action.PERSON, *about)
        case Meaning.DIGIT if reading.digit is not None:
            return _answered(asked, reading.digit, received_at, counts=counts)
        case Meaning.UNCLEAR if asked is not None and not counts and asked.question not in MENUS:
            return Intent(Action.QUESTION_OVER, asked.order_id, asked.visit_id)
        case Meaning.UNCLEAR:
            return Intent(Action.ASK_AGAIN, *about)
        case Meaning.FAULT if asked is not None and counts and asked.question is Question.RATING:
            return Intent(Action.NOT_FIXED, *about)
    return Intent(_IN_WORDS.get(reading.meaning, Action.REMARK), *about)


_IN_WORDS: Mapping[Meaning, Action] = {
    Meaning.STATUS: Action.STATUS,
    Meaning.CHANGE: Action.CHANGE,
    Meaning.PERSON: Action.PERSON,
    Meaning.FAULT: Action.FAULT,
    Meaning.WITHDRAW: Action.ASK_WITHDRAWAL,
    Meaning.PHONE: Action.PHONE,
    Meaning.THANKS: Action.NOTHING,
    Meaning.NOTHING: Action.NOTHING,
    Meaning.AUTOMATIC: Action.NOTHING,
}


def _answered(asked: Asked | None, digit: int, received_at: datetime, *, counts: bool) -> Intent:
    if asked is None:
        return Intent(ALWAYS.get(digit, Action.ASK_AGAIN))
    about = (asked.order_id, asked.visit_id)
    if not counts:
        if asked.question in MENUS or DIGITS[asked.question].get(digit) is Action.FAULT:
            return Intent(ALWAYS.get(digit, Action.ASK_AGAIN))
        return Intent(Action.QUESTION_OVER, *about)
    action = DIGITS[asked.question].get(digit, Action.ASK_AGAIN)
    choice: Any = digit if action in (Action.RATE, Action.NOT_FIXED) else _stands_for(asked, digit)
    match action:
        case Action.CHOOSE_WINDOW | Action.CHOOSE_ORDER if choice is None:
            action = Action.ASK_AGAIN
        case Action.DISPUTE if choice is None and asked.question is Question.OFFERS:
            action = Action.ASK_AGAIN  # no pause was told with them
        case Action.RATE if asked.question is Question.FAULT_AGAIN and not _rates_again(asked, received_at):
            action = ALWAYS.get(digit, Action.ASK_AGAIN)
    return Intent(action, *about, choice)


def _rates_again(asked: Asked, received_at: datetime) -> bool:
    """Whether who has just rated has another opinion; later a digit means what it means at any time."""
    rated_at = asked.until_at - STAYS_OPEN[Question.FAULT_AGAIN]
    return bool(asked.choices.get(_RATED)) and received_at <= rated_at + RATED_ANEW


def _stands_for(asked: Asked, digit: int) -> Any:
    """What the digit was said to mean: under its own name, or as one of the offers."""
    offers = asked.choices.get(_OFFERS, ())
    return asked.choices.get(str(digit), offers[digit - 1] if 1 <= digit <= len(offers) else None)
