"""What each digit means after each question, in time and too late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.models import Conversation, Message
from dispatch.rules.vocabulary import Channel
from notifications.kinds import KINDS, Question
from notifications.questions import (
    ALWAYS,
    DIGITS,
    MENUS,
    Action,
    Asked,
    Intent,
    asked_in,
    close_question,
    intend,
    open_question,
    snapshot,
)
from notifications.reading import Meaning, Reading

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
WINDOWS = {str(n): {"from_at": f"2026-11-25T0{n}:00:00+00:00", "until_at": "2026-11-25T09:00:00+00:00"} for n in (1, 2)}


def asked(question: Question, choices: Mapping[str, Any] | None = None) -> Asked:
    return Asked(question, LATER, order_id=1, visit_id=2, message_id=3, choices=choices or {})


def answer(question: Asked | None, digit: int, at: datetime = NOW) -> Intent:
    return intend(question, Reading(Meaning.DIGIT, digit), received_at=at)


def test_every_question_that_is_asked_has_its_digits() -> None:
    questions = {kind.question for kind in KINDS.values() if kind.question is not None}
    assert questions <= set(DIGITS)


@pytest.mark.parametrize("question", [None, *Question])
@pytest.mark.parametrize("at", [NOW, LATER + timedelta(days=9)])
def test_eight_is_a_person_at_any_time(question: Question | None, at: datetime) -> None:
    assert answer(None if question is None else asked(question), 8, at).action is Action.PERSON


@pytest.mark.parametrize(("digit", "action"), ALWAYS.items())
def test_without_a_question_digits_mean_what_they_always_mean(digit: int, action: Action) -> None:
    assert answer(None, digit) == Intent(action)


@pytest.mark.parametrize("question", sorted(MENUS))
@pytest.mark.parametrize("digit", range(10))
def test_a_menu_that_is_over_is_no_question(question: Question, digit: int) -> None:
    assert answer(asked(question), digit, LATER + timedelta(seconds=1)) == answer(None, digit)


@pytest.mark.parametrize("question", sorted(set(Question) - MENUS))
@pytest.mark.parametrize("digit", [0, 1, 2, 3, 4, 5, 6, 7, 9])
def test_an_answer_too_late_is_never_carried_out(question: Question, digit: int) -> None:
    at = LATER + timedelta(seconds=1)
    is_fault = (question, digit) == (Question.FAULT_AGAIN, 9)  # a fault is one at any time
    expected = Intent(Action.FAULT) if is_fault else Intent(Action.QUESTION_OVER, 1, 2)
    assert answer(asked(question, WINDOWS), digit, at) == expected
    several = intend(asked(question), Reading(Meaning.UNCLEAR), received_at=at)
    assert several.action is Action.QUESTION_OVER


@pytest.mark.parametrize("question", sorted(Question))
def test_an_answer_counts_to_the_last_moment(question: Question) -> None:
    assert answer(asked(question), 1, LATER).action is not Action.QUESTION_OVER


@pytest.mark.parametrize("question", sorted(Question))
@pytest.mark.parametrize("digit", [0, 1, 2, 3, 4, 5, 6, 7, 9])
def test_what_is_not_on_offer_is_asked_again(question: Question, digit: int) -> None:
    offered = digit in DIGITS[question] and question not in (Question.OFFERS, Question.WHICH_ORDER)
    if not offered and question is not Question.FAULT_AGAIN:
        assert answer(asked(question), digit).action is Action.ASK_AGAIN


def test_digits_choose_among_what_was_offered() -> None:
    offers = asked(Question.OFFERS, WINDOWS)
    assert answer(offers, 2) == Intent(Action.CHOOSE_WINDOW, 1, 2, WINDOWS["2"])
    assert answer(offers, 3).action is Action.ASK_AGAIN
    by_id = asked(Question.OFFERS, {"offers": [71, 72]})
    assert answer(by_id, 1) == Intent(Action.CHOOSE_WINDOW, 1, 2, 71)
    assert answer(by_id, 3).action is Action.ASK_AGAIN
    assert answer(by_id, 0).action is Action.ASK_AGAIN


def test_a_rating_can_be_changed_after_it_was_thanked_for_and_only_then() -> None:
    thanked = replace(asked(Question.FAULT_AGAIN, {"rated": True}), until_at=NOW + timedelta(days=7))
    assert answer(thanked, 1) == Intent(Action.RATE, 1, 2, 1)
    one = Reading(Meaning.DIGIT, 1)
    assert intend(thanked, one, received_at=NOW + timedelta(hours=1)).action is Action.RATE
    assert intend(thanked, one, received_at=NOW + timedelta(hours=1, seconds=1)).action is Action.STATUS
    assert answer(asked(Question.FAULT_AGAIN), 1).action is Action.STATUS
    assert answer(asked(Question.FAULT_AGAIN), 5).action is Action.ASK_AGAIN
    assert answer(asked(Question.FAULT_AGAIN, {"rated": True}), 9).action is Action.FAULT


def test_a_pause_is_disputed_only_where_one_was_told() -> None:
    assert answer(asked(Question.OFFERS, {"1": 7, "6": "call_record:77"}), 6) == Intent(
        Action.DISPUTE, 1, 2, "call_record:77"
    )
    assert answer(asked(Question.OFFERS, {"1": 7}), 6).action is Action.ASK_AGAIN


def test_not_fixed_in_words_answers_the_rating() -> None:
    fault = Reading(Meaning.FAULT)
    assert intend(asked(Question.RATING), fault, received_at=NOW).action is Action.NOT_FIXED
    assert intend(asked(Question.VISIT_MENU), fault, received_at=NOW).action is Action.FAULT
    assert intend(asked(Question.RATING), fault, received_at=LATER + timedelta(seconds=1)).action is Action.FAULT


@pytest.mark.parametrize("meaning", [meaning for meaning in Meaning if meaning is not Meaning.DIGIT])
def test_every_meaning_leads_to_something(meaning: Meaning) -> None:
    assert intend(None, Reading(meaning), received_at=NOW).action in Action


# The one open question of a handset


def conversation() -> Conversation:
    return Conversation(handset="+8613900000001", language="en", channel=Channel.SMS, open_choices={})


def message(number: int, sent_at: datetime = NOW) -> Message:
    return Message(at=sent_at, by="test", id=number, order_id=1, visit_id=2, wanted_at=sent_at, sent_at=sent_at)


def test_what_is_asked_is_kept_as_it_was() -> None:
    thread = conversation()
    open_question(thread, Question.LATE, message(7), {"1": "x"}, until_at=LATER)
    kept = snapshot(thread)
    open_question(thread, Question.VISIT_MENU, message(8), {}, until_at=LATER)
    assert asked_in(kept) == Asked(Question.LATE, LATER, 1, 2, 7, {"1": "x"})
    found = asked_in(snapshot(thread))
    assert found is not None
    assert (found.question, found.message_id) == (Question.VISIT_MENU, 8)
    close_question(thread)
    assert asked_in(snapshot(thread)) is None


def test_a_case_leaves_the_digits_of_a_question_as_they_are() -> None:
    thread = conversation()
    open_question(thread, Question.OFFERS, message(7), WINDOWS, until_at=LATER)
    open_question(thread, Question.CASE_MENU, message(8), {}, until_at=LATER)
    assert thread.open_question == Question.OFFERS
    late = message(9, NOW + timedelta(days=9))
    open_question(thread, Question.CASE_MENU, late, {}, until_at=NOW + timedelta(days=10))
    assert thread.open_question == Question.CASE_MENU


def test_a_fault_again_counts_for_seven_days() -> None:
    thread = conversation()
    open_question(thread, Question.FAULT_AGAIN, message(7), {}, until_at=LATER)
    assert thread.open_until_at == NOW + timedelta(days=7)
    open_question(thread, Question.LATE, message(8), {}, until_at=LATER)
    assert thread.open_until_at == LATER
