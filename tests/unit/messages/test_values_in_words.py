"""What values become in a message, and which are refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dispatch.errors import InvalidInput
from dispatch.rules.money import Money
from dispatch.rules.vocabulary import OrderKind
from notifications.rendering import Rendered, render
from notifications.sms_length import Encoding, measure
from notifications.template_examples import Size, example_values
from notifications.time_words import TimeWords
from notifications.value_words import UnsayableValue
from notifications.values import Reason, Value, Window

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 9, 39, tzinfo=SHANGHAI)


def words(language: str, now: datetime = NOW, zone: ZoneInfo = SHANGHAI, *, is_short: bool = False) -> TimeWords:
    return TimeWords(language, zone, now, is_short)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(f"{text}:00").replace(tzinfo=zone)


def say(template: str, language: str = "en", signature: str = "JS Unicom", **values: Any) -> Rendered:
    given: dict[str, Value] = example_values(template, language, Size.USUAL) | values
    return render(template, given, language=language, signature=signature, zone=SHANGHAI, now=NOW)


@pytest.mark.parametrize(
    ("instant", "en", "hans"),
    [
        ("2026-11-24T14:00", "today 14:00", "今天14:00"),
        ("2026-11-25T09:05", "tomorrow 09:05", "明天09:05"),
        ("2026-11-23T23:59", "yesterday 23:59", "昨天23:59"),
        ("2026-11-26T18:00", "26 Nov 18:00", "11月26日18:00"),
        ("2026-11-22T18:00", "22 Nov 18:00", "11月22日18:00"),
        ("2027-01-05T08:00", "5 Jan 2027 08:00", "2027年1月5日08:00"),
        ("2026-11-25T00:00", "midnight today", "今天24:00"),
        ("2026-11-26T00:00", "midnight tomorrow", "明天24:00"),
        ("2027-01-01T00:00", "midnight 31 Dec", "12月31日24:00"),
    ],
)
def test_moments(instant: str, en: str, hans: str) -> None:
    assert words("en").moment(at(instant)) == en
    assert words("zh_Hans_CN").moment(at(instant).astimezone(UTC)) == hans


@pytest.mark.parametrize(
    ("start", "end", "en", "hant"),
    [
        ("2026-11-24T14:00", "2026-11-24T16:00", "today 14:00 to 16:00", "今天14:00至16:00"),
        ("2026-11-25T09:00", "2026-11-25T12:00", "tomorrow 09:00 to 12:00", "明天09:00至12:00"),
        ("2026-11-26T18:00", "2026-11-26T20:00", "26 Nov 18:00 to 20:00", "11月26日18:00至20:00"),
        ("2026-11-24T20:00", "2026-11-25T00:00", "today 20:00 to midnight", "今天20:00至24:00"),
        ("2026-11-24T22:00", "2026-11-25T02:00", "today 22:00 to tomorrow 02:00", "今天22:00至明天02:00"),
        ("2026-11-26T00:00", "2026-11-27T00:00", "26 Nov 00:00 to midnight", "11月26日00:00至24:00"),
        ("2026-11-26T00:00", "2026-11-26T08:00", "26 Nov 00:00 to 08:00", "11月26日00:00至08:00"),
    ],
)
def test_windows(start: str, end: str, en: str, hant: str) -> None:
    window = Window(at(start), at(end))
    assert words("en").window(window) == en
    assert words("zh_Hant_TW").window(window) == hant


def test_days_are_those_of_the_premises_whatever_the_clock_of_the_caller() -> None:
    vaduz = ZoneInfo("Europe/Vaduz")
    instant = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert words("en", zone=vaduz, now=datetime(2026, 11, 24, 22, 0, tzinfo=UTC)).moment(instant) == "tomorrow 00:30"
    assert words("en", zone=vaduz, now=datetime(2026, 11, 24, 23, 5, tzinfo=UTC)).moment(instant) == "today 00:30"


@pytest.mark.parametrize(
    ("day", "in_24_hours", "window"),
    [
        ("2026-03-29", "tomorrow 01:30", "today 01:45 to 03:15"),
        ("2026-10-25", "today 23:30", "today 02:45 CEST to 02:15 CET"),
    ],
)
def test_a_day_of_23_or_25_hours_is_one_day(day: str, in_24_hours: str, window: str) -> None:
    """Vaduz changes its clocks at 01:00 UTC; an hour that comes twice is told apart."""
    vaduz = ZoneInfo("Europe/Vaduz")
    now = at(f"{day}T00:30", vaduz)
    clock = words("en", now, vaduz)
    assert clock.moment(at(f"{day}T22:30", vaduz)) == "today 22:30"
    assert clock.moment(now.astimezone(UTC) + timedelta(hours=24)) == in_24_hours
    around = Window(datetime.fromisoformat(f"{day}T00:45+00:00"), datetime.fromisoformat(f"{day}T01:15+00:00"))
    assert clock.window(around) == window


def test_where_room_is_short_dates_are_short() -> None:
    assert words("zh_Hans_CN", is_short=True).moment(at("2026-12-05T09:00")) == "5日09:00"
    assert words("zh_Hans_CN", is_short=True).moment(at("2027-01-05T09:00")) == "1月5日09:00"
    assert words("en", is_short=True).moment(at("2027-01-05T09:00")) == "5 Jan 09:00"
    assert words("en").day(date(2026, 11, 24)) == "today"


def test_names_that_the_short_alphabet_cannot_write_are_left_to_the_badge() -> None:
    """Otherwise one character would make the whole text four parts."""
    rendered = say("visit_announced", technician="王强")
    assert "our technician (badge 0571)" in rendered.text
    assert measure(rendered.text).encoding is Encoding.GSM7
    assert "our colleague calls you" in say("callback_promised", owner="陈洁").text
    chinese = say("visit_announced", "zh_Hans_CN", "江苏联通", technician="王强").text
    assert "王强师傅" in chinese
    assert "工号0571" in chinese


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Jiří Dvořák", "Jiri Dvorak"),
        ("Łukasz", "Lukasz"),
        ("Müller", "Müller"),
        ("Dr.Li", "Dr.Li"),
        ("O\u2019Neill", "O'Neill"),
    ],
)
def test_names_keep_what_accents_the_short_alphabet_has(name: str, written: str) -> None:
    assert f"{written} (badge" in say("visit_announced", technician=name).text


def test_long_names_are_cut_and_numbers_keep_their_end() -> None:
    rendered = say("visit_announced", technician="Maximilian Oberhauser-Wohlwend", order="ORDER-2026-11-24-0001234")
    assert rendered.variables["technician"] == "Maximilian"
    assert rendered.variables["order"] == "..1-24-0001234"[-14:]
    assert say("visit_announced", order="202611241234").variables["order"] == "202611241234"


@pytest.mark.parametrize(
    ("minor", "currency", "en", "hans"),
    [
        (1000, "CNY", "CN¥10", "¥10"),
        (1050, "CNY", "CN¥10.50", "¥10.50"),
        (3231, "GBP", "£32.31", "£32.31"),
        (5000, "CHF", "CHF 50", "CHF 50"),
        (100000, "INR", "INR 1,000", "₹1,000"),
        (500, "JPY", "¥500", "JP¥500"),
    ],
)
def test_money(minor: int, currency: str, en: str, hans: str) -> None:
    for language, said in (("en", en), ("zh_Hans_CN", hans)):
        amount = say("compensation_told", language, amount=Money(minor, currency)).variables["amount"]
        assert amount == said


def test_a_reason_that_its_list_does_not_know_is_another_reason() -> None:
    assert "a reason that we tell you by phone" in say("visit_cancelled", reason=Reason("cancelled", "new_code")).text


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("technician", "see punctual.example.com", "link"),
        ("technician", "http://x", "link"),
        ("technician", "王 t.cn", "link"),
        ("order", "dispatch.li", "link"),
        ("technician", "Wang 13812345678", "mobile_number"),
        ("technician", "王 138 1234 5678", "mobile_number"),
        ("technician", "王１３８１２３４５６７８", "mobile_number"),
        ("order", "13812345678", "mobile_number"),
        ("order", "+8613812345678", "mobile_number"),
        ("technician", "Wang\nQiang", "control"),
        ("technician", "Wang\u202eQiang", "control"),
        ("technician", "Wang\u200bQiang", "control"),
        ("badge", "1\t2", "control"),
        ("technician", "【银行】", "brackets"),
        ("order", "", "empty"),
        ("badge", "  ", "empty"),
        ("order", 2318, "wrong_type"),
        ("kind", "repair", "wrong_type"),
        ("contact_by", datetime(2026, 11, 24, 14, 0), "wrong_type"),  # noqa: DTZ001 - naive on purpose
        ("contact_by", "today", "wrong_type"),
        ("window", NOW, "wrong_type"),
    ],
)
def test_what_is_not_of_its_type_is_refused(variable: str, value: Any, reason: str) -> None:
    with pytest.raises(UnsayableValue) as refused:
        say("visit_announced", **{variable: value})
    assert isinstance(refused.value, InvalidInput)
    assert (refused.value.field, refused.value.values) == (variable, {"reason": reason})


@pytest.mark.parametrize(
    ("template", "variable", "value"),
    [
        ("time_agreed", "door_code", "482"),
        ("time_agreed", "door_code", "48a6"),
        ("status_open", "query_code", "K7 M2"),
        ("contact_given_up", "held_until", NOW),
        ("visit_completed_measured", "measured", True),
        ("visit_cancelled", "reason", Reason("weather", "rain")),
    ],
)
def test_codes_days_and_figures_are_exact(template: str, variable: str, value: Any) -> None:
    with pytest.raises(UnsayableValue) as refused:
        say(template, **{variable: value})
    assert refused.value.field == variable


def test_a_missing_and_an_unknown_value_are_named() -> None:
    values = {"kind": OrderKind.REPAIR, "order": "2318"}
    for given, field, reason in (
        ({"kind": OrderKind.REPAIR}, "order", "missing"),
        (values | {"customer": "Li"}, "customer", "unknown"),
    ):
        with pytest.raises(UnsayableValue) as refused:
            render("order_fulfilled", given, language="en", signature="A", zone=SHANGHAI, now=NOW)
        assert (refused.value.field, refused.value.values["reason"]) == (field, reason)
    with pytest.raises(UnsayableValue):
        render("no_such", values, language="en", signature="A", zone=SHANGHAI, now=NOW)


@pytest.mark.parametrize(("wanted", "got"), [("zh_HK", "zh_Hant_TW"), ("zh_SG", "zh_Hans_CN"), ("fr_FR", "en")])
def test_the_nearest_language_is_used_and_named(wanted: str, got: str) -> None:
    assert say("order_fulfilled", wanted).language == got
