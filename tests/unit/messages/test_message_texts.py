"""Every text that customers get, in every language, with the shortest, usual and longest values."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from string import Formatter

import pytest

from notifications.kinds import KINDS, Question
from notifications.questions import ALWAYS, DIGITS
from notifications.rendering import Rendered, render, text_of
from notifications.sms_length import Encoding, measure
from notifications.template_examples import TOLD_AT, Size, example, example_values
from notifications.templates import PERSON, TEMPLATES
from notifications.values import Value, Var, Window
from notifications.wording import catalogue, languages

SIGNATURES = {
    Size.SHORTEST: {"en": "A1", "zh_Hans_CN": "联通", "zh_Hant_TW": "聯通"},
    Size.USUAL: {"en": "JS Unicom", "zh_Hans_CN": "江苏联通", "zh_Hant_TW": "江蘇聯通"},
    Size.LONGEST: {"en": "Jiangsu Fibre NJ", "zh_Hans_CN": "江苏联通南京公司", "zh_Hant_TW": "江蘇聯通南京公司"},
}
#: words that carriers treat as opt-out or opt-in
BANNED = {
    *("stop", "stopall", "cancel", "end", "quit", "unsubscribe", "revoke", "optout", "opt", "td", "t", "n", "r"),
    *("yes", "start", "unstop", "help", "info", "退订", "退訂", "取消", "停止"),
}
EVERY = [(code, language) for code in TEMPLATES for language in languages()]
each_text = pytest.mark.parametrize(("code", "language"), EVERY)
each_size = pytest.mark.parametrize("size", list(Size))


def text(code: str, language: str, size: Size = Size.USUAL) -> Rendered:
    return example(code, language, size=size, signature=SIGNATURES[size][language])


def sentence(code: str, language: str) -> str:
    return catalogue(language)[f"sms.{code}"]


def literal(code: str, language: str) -> str:
    """What of a sentence is ours, without the places for values."""
    return "".join(piece for piece, *_ in Formatter().parse(sentence(code, language)))


@each_size
@each_text
def test_no_text_is_longer_than_it_may_be(code: str, language: str, size: Size) -> None:
    rendered = text(code, language, size)
    length = measure(rendered.text)
    assert length.parts == rendered.parts <= TEMPLATES[code].parts, rendered.text
    assert length.encoding is (Encoding.GSM7 if language == "en" else Encoding.UCS2)
    assert rendered.language == language


@each_size
@each_text
def test_every_value_is_said_and_no_place_is_left(code: str, language: str, size: Size) -> None:
    rendered = text(code, language, size)
    assert set(rendered.variables) == set(TEMPLATES[code].variables)
    assert all(value and value in rendered.text for value in rendered.variables.values())
    assert not re.search(r"[{}$]", rendered.text)


@each_text
def test_the_signature_comes_first(code: str, language: str) -> None:
    head = {"en": "[JS Unicom] ", "zh_Hans_CN": "【江苏联通】", "zh_Hant_TW": "【江蘇聯通】"}[language]
    assert text(code, language).text.startswith(head)


@each_text
def test_the_digits_invited_are_those_that_are_understood(code: str, language: str) -> None:
    """But for times of day, there is no other digit in a sentence of ours."""
    named = set(re.findall(r"\d", literal(code, language)))
    understood = TEMPLATES[code].digits
    assert named <= understood
    assert understood - {PERSON} <= named


@pytest.mark.parametrize("code", TEMPLATES)
def test_the_digits_invited_are_read(code: str) -> None:
    template = TEMPLATES[code]
    asked = KINDS[template.kind].question
    meanings = ALWAYS if asked is None else DIGITS[asked]
    assert {int(digit) for digit in template.digits - {PERSON}} <= set(meanings)


@each_text
def test_a_person_is_offered_wherever_there_is_room(code: str, language: str) -> None:
    assert PERSON in literal(code, language) or TEMPLATES[code].question is Question.RATING


@each_text
def test_no_word_is_used_that_a_carrier_takes_for_an_opt_out(code: str, language: str) -> None:
    said = literal(code, language)
    assert BANNED.isdisjoint(re.findall(r"[a-z]+", said.lower()))
    assert not any(word in said for word in BANNED if not word.isascii())


@each_size
@each_text
def test_no_link_and_no_mobile_number(code: str, language: str, size: Size) -> None:
    said = text(code, language, size).text
    assert not re.search(r"://|www\.|\.(com|cn|net)\b|@", said)
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)|\+\d", said)


@pytest.mark.parametrize("language", languages())
def test_a_message_about_a_scheduled_visit_names_technician_contact_time_and_window(language: str) -> None:
    """R31; once a time is agreed, it stands in the place of the contact time."""
    for code in ("visit_announced", "visit_accepted", "visit_changed", "status_visit"):
        assert {"technician", "badge", "contact_by", "window"} <= set(TEMPLATES[code].variables)
    for code in ("time_agreed", "time_agreed_changed", "status_agreed"):
        assert {"technician", "badge", "time", "window", "door_code"} <= set(TEMPLATES[code].variables)
        assert "4826" in text(code, language).text
    of_visits = [code for code, one in TEMPLATES.items() if KINDS[one.kind].is_visit_message]
    unnamed = {code for code in of_visits if not {"technician", "badge"} <= set(TEMPLATES[code].variables)}
    assert unnamed == {"visit_booked", "visit_rebooked", "visit_replanned", "visit_cancelled"}


@pytest.mark.parametrize("language", languages())
def test_nobody_pays_at_the_door(language: str) -> None:
    """R29."""
    words = {"en": "No cash at the door", "zh_Hans_CN": "不收现金", "zh_Hant_TW": "不收現金"}
    for code in ("visit_booked", "visit_announced", "visit_accepted", "visit_changed", "time_agreed"):
        assert words[language] in sentence(code, language)


def test_every_template_belongs_to_a_kind_and_every_kind_but_those_of_other_words_has_one() -> None:
    with_templates = {template.kind for template in TEMPLATES.values()}
    assert with_templates <= set(KINDS)
    assert set(KINDS) - with_templates == {"case_taken"}
    assert TEMPLATES["contact_given_up_2"].kind == "contact_given_up"
    assert TEMPLATES["contact_missed_again"].kind == "contact_missed"
    assert TEMPLATES["time_agreed_changed"].kind == "visit_announced"
    assert TEMPLATES["status_over"].kind == "status"


@each_text
def test_a_text_can_be_made_again_from_its_variables(code: str, language: str) -> None:
    rendered = text(code, language)
    signature = SIGNATURES[Size.USUAL][language]
    assert text_of(code, rendered.variables, language=language, signature=signature) == rendered.text


@each_text
def test_at_the_turn_of_the_year_texts_still_fit(code: str, language: str) -> None:
    """Every day with its year, unless there is no room for it."""
    values = example_values(code, language, Size.LONGEST)
    at = datetime(2027, 1, 12, 18, 30, tzinfo=UTC)
    worded: dict[Var, Value] = {Var.MOMENT: at, Var.WINDOW: Window(at, at + timedelta(hours=3)), Var.DAY: at.date()}
    values |= {name: worded[var] for name, var in TEMPLATES[code].variables.items() if var in worded}
    signature = SIGNATURES[Size.LONGEST][language]
    now = TOLD_AT.replace(month=12, day=28)
    assert (
        render(code, values, language=language, signature=signature, zone=UTC, now=now).parts <= TEMPLATES[code].parts
    )
