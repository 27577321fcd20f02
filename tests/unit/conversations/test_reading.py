# ruff: noqa: RUF001 - full-width characters are what this is about
"""What a customer's words mean, in three languages and in every way that digits are written."""

from __future__ import annotations

import pytest

from notifications.kinds import KINDS
from notifications.reading import Meaning, Reading, read
from notifications.wording import catalogue, languages

SIGNATURES = ["\u3010Jiangsu\u3011", "[Jiangsu]"]


def meaning(text: str) -> Meaning:
    return read(text, signatures=SIGNATURES).meaning


@pytest.mark.parametrize(
    "text",
    [
        "2",
        "２",
        "2.",
        "2、",
        "2)",
        "(2)",
        "②",
        "⑵",
        "❷",
        "2️⃣",
        "二",
        "贰",
        "貳",
        "two",
        " 2\n",
        "“2”",
        "「2」",
        "'2'",
        "👍2",
        "2👍🏽",
        "选2",
        "選２",
        "我选2",
        "选择2",
        "回复2",
        "回覆2",
        "第2个",
        "第二個",
        "2吧",
        "2谢谢",
        "请选2",
        "option 2",
        "Option No. 2",
        "I choose 2",
        "number 2 please",
        "2 pls",
        "reply 2",
        "2 2",
        "2,2",
        "2。",
        "=2",
        "*2#",
        "٢",
    ],
)
def test_one_digit_is_an_answer_however_it_is_written(text: str) -> None:
    assert read(text) == Reading(Meaning.DIGIT, 2)


@pytest.mark.parametrize("text", ["5分", "5星", "五星", "5 stars", "five points", "5 颗星"])
def test_a_rating_may_say_stars(text: str) -> None:
    assert read(text) == Reading(Meaning.DIGIT, 5)


@pytest.mark.parametrize(
    "text", ["12", "1 2", "1,2", "1、2", "1/2", "1或2", "1 or 2", "1 and 2", "55", "123", "1-3", "1.2"]
)
def test_two_answers_are_not_guessed(text: str) -> None:
    assert read(text) == Reading(Meaning.UNCLEAR)


@pytest.mark.parametrize("text", ["2,8", "8 1", "18", "28", "1或8", "88", "8"])
def test_eight_among_them_is_a_person(text: str) -> None:
    assert read(text) == Reading(Meaning.DIGIT, 8)


@pytest.mark.parametrize(
    "text",
    [
        "18:00",
        "8点",
        "2点到",
        "2 days ago",
        "1.5小时",
        "3楼",
        "1号",
        "2 hours",
        "5分钟",
        "the 2nd floor",
        "room 2",
        "12345678901234567890",
    ],
)
def test_a_number_of_something_is_no_answer(text: str) -> None:
    assert meaning(text) is Meaning.TEXT


@pytest.mark.parametrize("text", ["5, he was friendly", "5。师傅很好", "5：很好", "5! great work", "5\n很满意"])
def test_a_digit_set_off_from_a_remark_is_an_answer(text: str) -> None:
    assert read(text) == Reading(Meaning.DIGIT, 5)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("进度", Meaning.STATUS),
        ("查詢進度", Meaning.STATUS),
        ("师傅什么时候来", Meaning.STATUS),
        ("師傅到哪了？", Meaning.STATUS),
        ("status", Meaning.STATUS),
        ("When will he come?", Meaning.STATUS),
        ("Where’s the technician", Meaning.STATUS),
        ("改时间", Meaning.CHANGE),
        ("我想換個時間", Meaning.CHANGE),
        ("改到明天", Meaning.CHANGE),
        ("change", Meaning.CHANGE),
        ("Can I change the time?", Meaning.CHANGE),
        ("reschedule", Meaning.CHANGE),
        ("人工", Meaning.PERSON),
        ("轉人工客服", Meaning.PERSON),
        ("给我打个电话", Meaning.PERSON),
        ("call me", Meaning.PERSON),
        ("I want to talk to a human", Meaning.PERSON),
        ("又坏了", Meaning.FAULT),
        ("沒修好", Meaning.FAULT),
        ("没有修好", Meaning.FAULT),
        ("还是上不了网", Meaning.FAULT),
        ("It's broken again", Meaning.FAULT),
        ("still not working", Meaning.FAULT),
        ("no internet", Meaning.FAULT),
        ("不装了", Meaning.WITHDRAW),
        ("退單", Meaning.WITHDRAW),
        ("取消", Meaning.WITHDRAW),
        ("cancel my order", Meaning.WITHDRAW),
        ("I no longer want it", Meaning.WITHDRAW),
    ],
)
def test_words_say_what_is_wanted(text: str, what: Meaning) -> None:
    assert read(text) == Reading(what)


@pytest.mark.parametrize(
    "text",
    [
        "不要改时间",
        "别取消",
        "不用换时间",
        "don't cancel my order",
        "I do not want to reschedule",
        "改时间还是查进度",
        "I am on holiday",
        "晚上在家",
        "yes",
        "?",
        "？？",
    ],
)
def test_what_is_denied_or_says_two_things_is_for_a_person(text: str) -> None:
    assert meaning(text) is Meaning.TEXT


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "Stop.",
        " stop ",
        "StopAll",
        "UNSUBSCRIBE",
        "Cancel",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "opt out",
        "TD",
        "ＴＤ",
        "T",
        "N",
        "r",
        "退订",
        "退訂",
        "取消订阅",
        "取消訂閱",
        "“TD”",
    ],
)
def test_the_words_of_carriers_stop_everything(text: str) -> None:
    assert meaning(text) is Meaning.OPT_OUT


@pytest.mark.parametrize(
    "text", ["please stop by at six", "the end of the road", "TD-LTE", "不要退订", "N1", "can you cancel"]
)
def test_the_words_of_carriers_inside_a_sentence_do_not(text: str) -> None:
    assert meaning(text) is not Meaning.OPT_OUT


@pytest.mark.parametrize("text", ["START", "unstop", "恢复", "恢復"])
def test_messages_are_wanted_again(text: str) -> None:
    assert meaning(text) is Meaning.OPT_IN


def test_yes_wants_messages_again_only_where_they_were_stopped() -> None:
    assert read("YES", is_opted_out=True).meaning is Meaning.OPT_IN
    assert read("YES").meaning is Meaning.TEXT


@pytest.mark.parametrize(
    "text",
    [
        "又变，请假白请了",
        "又變,請假白請了",
        "你们太慢了",
        "等了一天都没人来",
        "师傅态度很差",
        "我要投诉",
        "什么破服务",
        "到現在都沒人聯繫我",
        "第三次了",
        "😡",
        "This is unacceptable",
        "I waited all day",
        "nobody came",
        "he never called",
        "late again",
        "I want to complain",
        "you wasted my day",
        "so slow",
    ],
)
def test_a_grumble_is_heard(text: str) -> None:
    assert read(text).is_grumble


@pytest.mark.parametrize(
    "text",
    [
        "没什么不满意，谢谢",
        "没有投诉",
        "no complaints",
        "不太慢",
        "我还没到家",
        "满意",
        "很满意",
        "very good",
        "我很晚才回家",
        "师傅很好",
        "时间刚好",
        "thanks, all good",
        "不错",
        "1",
        "可以",
        "see you tomorrow",
    ],
)
def test_what_is_no_grumble_is_not_heard_as_one(text: str) -> None:
    assert not read(text).is_grumble


def test_a_grumble_comes_along_with_a_digit_or_a_word() -> None:
    assert read("2，又变，请假白请了") == Reading(Meaning.DIGIT, 2, is_grumble=True)
    assert read("8, this is ridiculous") == Reading(Meaning.DIGIT, 8, is_grumble=True)
    assert read("进度？等了三天了") == Reading(Meaning.STATUS, is_grumble=True)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢",
        "謝謝你們",
        "好的",
        "好的，谢谢师傅",
        "收到",
        "OK",
        "ok thanks",
        "Thank you very much!",
        "知道了",
        "👌谢谢",
    ],
)
def test_thanks_need_no_answer(text: str) -> None:
    assert meaning(text) is Meaning.THANKS


@pytest.mark.parametrize("text", ["", " ", "\n", "👍", "❤️❤️", "。。。", "...", "\u200b", "🙏🏻"])
def test_nothing_is_nothing(text: str) -> None:
    assert read(text) == Reading(Meaning.NOTHING)


@pytest.mark.parametrize("text", ["自动回复：我在开车，回复1", "Auto-reply: I am away", "I'm driving, reply 2 later"])
def test_a_machine_is_told_apart(text: str) -> None:
    assert meaning(text) is Meaning.AUTOMATIC


@pytest.mark.parametrize("language", languages())
def test_none_of_our_own_messages_is_taken_for_an_answer(language: str) -> None:
    signed = catalogue(language)["sms_signed"]
    ours = [name for name in catalogue(language) if name.startswith("sms.")]
    assert len(ours) >= len(KINDS)
    for name in ours:
        text = signed.format_map({"signature": "Jiangsu", "text": catalogue(language)[name]})
        for sent_on in (text, f"Fwd: {text}", f"{text} 2"):
            assert read(sent_on, signatures=SIGNATURES) == Reading(Meaning.OURS), name


@pytest.mark.parametrize("text", ["13912345678", "+86 139 1234 5678", "025-84400000", "(025) 8440 0000"])
def test_a_number_to_call_is_one(text: str) -> None:
    assert meaning(text) is Meaning.PHONE


def test_a_long_story_is_for_a_person_whatever_words_are_in_it() -> None:
    assert meaning("change the time " * 10) is Meaning.TEXT
    assert meaning("x" * 100_000) is Meaning.TEXT
