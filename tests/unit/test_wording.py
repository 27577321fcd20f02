from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from dispatch.errors import Refusal
from dispatch.rules.lifecycle import MoveRefused
from dispatch.rules.lifecycles import VisitStatus
from dispatch.rules.vocabulary import PauseCause, ProofKind
from dispatch.services.found_operator import UnknownTimeZone
from dispatch.services.pause_clock import PauseNotAllowed
from notifications import wording
from notifications.wording import catalogue, languages, reader_language, say

NOTHING = "\N{EN DASH}"


class Unheard(Refusal):
    """A refusal that no catalogue knows."""


class Parlour(Refusal):
    """A refusal with a sentence in the catalogue of these tests."""


@pytest.fixture
def sentences(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """Catalogues that a test may fill, instead of the real ones."""
    filled: dict[str, dict[str, str]] = {"en": {}, "zh_Hans_CN": {}}
    monkeypatch.setattr(wording, "catalogue", lambda language: filled[language])
    return filled


# Which sentence


def test_a_message_code_is_said_in_the_language_asked_for() -> None:
    assert say("worker_idle", language="en", steps=3) == "Nothing is left to do. Steps done: 3."
    assert "3" in say("worker_idle", language="zh_Hans_CN", steps=3)
    assert say("worker_idle", language="zh_Hans_CN", steps=3) != say("worker_idle", language="zh_Hant_TW", steps=3)


def test_a_refusal_is_said_with_its_values() -> None:
    refusal = UnknownTimeZone("time_zone", zone="Mars/Olympus")
    assert say(refusal, language="en").startswith("There is no time zone “Mars/Olympus”.")
    assert say(refusal, language="zh_Hant_TW").startswith("沒有「Mars/Olympus」這個時區")


def test_the_reason_chooses_the_sentence_before_the_field_and_the_field_before_the_code(
    sentences: dict[str, dict[str, str]],
) -> None:
    sentences["en"] = {"parlour": "code", "parlour.door": "field", "parlour.locked": "reason"}
    assert say(Parlour("door", reason="locked"), language="en") == "reason"
    assert say(Parlour("door", reason="windy"), language="en") == "field"
    assert say(Parlour("window", reason="windy"), language="en") == "code"
    assert say(Parlour(), language="en") == "code"


def test_a_missing_sentence_is_said_in_english(sentences: dict[str, dict[str, str]]) -> None:
    sentences["en"]["parlour"] = "{field} is shut"
    assert say(Parlour("door"), language="zh_Hans_CN") == "door is shut"


def test_without_any_sentence_the_bare_code_and_its_values_are_said() -> None:
    assert say("unheard_of", language="en", steps=3) == "unheard_of steps=3"
    assert say(Unheard("door", count=2), language="zh_Hans_CN") == "unheard field=door count=2"


def test_a_broken_sentence_is_passed_over(sentences: dict[str, dict[str, str]]) -> None:
    sentences["zh_Hans_CN"]["parlour"] = "{field"
    sentences["en"]["parlour"] = "{field} is shut"
    assert say(Parlour("door"), language="zh_Hans_CN") == "door is shut"
    sentences["en"]["parlour"] = "field}"
    assert say(Parlour("door"), language="zh_Hans_CN") == "parlour field=door"


# Filling it in


@pytest.mark.parametrize(
    "place", ["{0.__class__}", "{steps.__class__}", "{steps[0]}", "{steps!r:>99}", "{steps:{steps}}", "{}", "{other}"]
)
def test_a_place_gives_a_value_or_a_dash_and_never_anything_inside_it(
    sentences: dict[str, dict[str, str]], place: str
) -> None:
    sentences["en"]["parlour"] = place
    assert say("parlour", language="en", steps="abc") in {"abc", NOTHING}


def test_a_value_is_not_read_as_a_sentence() -> None:
    assert "“{reason.__class__}”" in say("not_a_time", language="en", value="{reason.__class__}")


def test_an_instant_is_shown_with_its_offset_unless_a_zone_is_given(sentences: dict[str, dict[str, str]]) -> None:
    sentences["en"]["parlour"] = "{at}"
    at = datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    assert say("parlour", language="en", at=at) == "2026-11-23 09:30:00+08:00"
    assert say("parlour", language="en", at=at.astimezone(UTC)) == "2026-11-23 01:30:00+00:00"
    assert say("parlour", language="en", at=at, zone=ZoneInfo("Europe/Vaduz")) == "2026-11-23 02:30"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        *[(None, NOTHING), ((), NOTHING), (300.0, "300"), (0.5, "0.5"), (1234567.0, "1234567"), (True, "True")],
        *[(["a", "b"], "a, b"), (("b", "a"), "b, a"), (frozenset({"b", "a"}), "a, b"), ([None, 1], f"{NOTHING}, 1")],
    ],
)
def test_values_are_written_plainly(sentences: dict[str, dict[str, str]], value: object, said: str) -> None:
    sentences["en"]["parlour"] = "{value}"
    assert say("parlour", language="en", value=value) == said


def test_codes_among_the_values_are_said_in_words() -> None:
    refused = PauseNotAllowed(
        "proof_kind",
        cause=PauseCause.WEATHER_WARNING,
        proof_kind=ProofKind.REPLY,
        allowed=frozenset({ProofKind.WARNING, ProofKind.CALL_RECORD}),
    )
    assert say(refused, language="en").endswith(
        "“customer's reply” does not prove “weather warning”. What would: call record, official warning."
    )
    assert "天气预警" in say(refused, language="zh_Hans_CN")
    assert "、" in say(refused, language="zh_Hans_CN")


@pytest.mark.parametrize(
    ("field", "values", "said"),
    [
        (
            "status",
            {"allowed": (VisitStatus.BOOKED, VisitStatus.SENT)},
            "This visit is “on site” and cannot become “on the way”. "
            "What it can become: booked, sent to the technician.",
        ),
        ("reason", {"missing": ["reason"]}, "This visit cannot go from “on site” to “on the way” without: the reason."),
        (
            "at",
            {"within_s": 300.0},
            "This visit can go from “on site” to “on the way” within 300 seconds only, and they have passed.",
        ),
    ],
)
def test_a_refused_move_says_what_is_wrong_with_it(field: str, values: dict[str, object], said: str) -> None:
    refused = MoveRefused(field, thing="visit", start=VisitStatus.ON_SITE, end=VisitStatus.EN_ROUTE, **values)
    assert say(refused, language="en") == said


# Whose language


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        *[({"LANG": f"zh_{where}.UTF-8"}, "zh_Hans_CN") for where in ("CN", "SG", "MY", "Hans", "Hans_HK")],
        *[({"LANG": f"zh_{where}.UTF-8"}, "zh_Hant_TW") for where in ("TW", "HK", "MO", "Hant", "Hant_CN")],
        *[({"LANG": lang}, "zh_Hans_CN") for lang in ("zh", "zh_CN", "zh_CN.GB18030", "zh_CN@stroke")],
        *[({"LANG": lang}, "en") for lang in ("en_GB.UTF-8", "C", "C.UTF-8", "POSIX", "fr_FR", "xx", "", "../..", "@")],
        ({}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "zh_CN"}, "zh_Hant_TW"),
        ({"LC_ALL": "C", "LC_MESSAGES": "zh_TW", "LANG": "zh_CN"}, "en"),
        ({"LC_CTYPE": "zh_CN.UTF-8"}, "en"),
    ],
)
def test_the_language_of_a_terminal(environ: dict[str, str], language: str) -> None:
    assert reader_language(environ) == language


def test_without_a_language_the_terminal_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_HK.UTF-8")
    assert say("column_rule") == "規則"


@pytest.mark.parametrize(("wanted", "language"), [("zh-HK", "zh_Hant_TW"), ("zh-Hans", "zh_Hans_CN"), ("de", "en")])
def test_a_language_is_asked_for_as_browsers_write_it_too(wanted: str, language: str) -> None:
    assert say("column_rule", language=wanted) == say("column_rule", language=language)


# The catalogues themselves

#: of each pair, the simplified character first
_PAIRS = (
    "们們这這来來时時间間请請务務员員单單电電话話号號码碼数數据據库庫设設运運规規则則诺諾补補偿償发發无無"
    "线線讯訊录錄认認选選装裝户戶"
)
_MAINLAND = "數據庫 服務器 網絡 默認 軟件 硬件 字段 短信 信息 運營商 視頻 打印".split()  # noqa: SIM905


def _chinese() -> Iterator[tuple[str, str, str]]:
    for language in languages():
        if language.startswith("zh"):
            for code, sentence in catalogue(language).items():
                yield language, code, sentence


def test_there_are_three_languages() -> None:
    assert languages() == ("en", "zh_Hans_CN", "zh_Hant_TW")


def test_chinese_sentences_are_chinese() -> None:
    forms = {"between_items", "sms_signed", "sms_when.at", "sms_when.midnight", "sms_when.until_midnight"}
    foreign = [code for _, code, said in _chinese() if code not in forms and not re.search("[\u4e00-\u9fff]", said)]
    assert foreign == []


def test_each_script_keeps_to_its_own_characters() -> None:
    simplified, traditional = set(_PAIRS[::2]), set(_PAIRS[1::2])
    assert not simplified & traditional
    others = {"zh_Hans_CN": traditional, "zh_Hant_TW": simplified}
    strays = [
        (code, others[language] & set(said)) for language, code, said in _chinese() if others[language] & set(said)
    ]
    assert strays == []


def test_taiwan_is_not_spoken_to_in_mainland_words() -> None:
    strays = [
        (code, word)
        for language, code, said in _chinese()
        for word in _MAINLAND
        if language == "zh_Hant_TW" and word in said
    ]
    assert strays == []


def test_chinese_sentences_use_chinese_punctuation() -> None:
    strays = [
        code for _, code, said in _chinese() if re.search("[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]", said)
    ]
    assert strays == []
