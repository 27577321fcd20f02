# ruff: noqa: RUF001 - full-width characters are what this is about
"""Whatever is written, it is read, and nothing is taken for an answer that is none."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import assume, given
from hypothesis import strategies as st

from dispatch.rules import contact_words as words
from notifications.reading import READ, Meaning, Reading, read

DIGITS = "0123456789"
FULL_WIDTH = str.maketrans(DIGITS, "".join(chr(0xFF10 + n) for n in range(10)))
AROUND = st.text(st.sampled_from(" \n\t.,;:!。、()（）[]“”\"'「」👍🙏️*#"), max_size=4)
letters = st.text(st.characters(codec="utf-8"), max_size=120)


@given(letters)
def test_any_text_has_one_meaning(text: str) -> None:
    reading = read(text)
    assert (reading.digit is not None) == (reading.meaning is Meaning.DIGIT)
    assert reading.digit is None or 0 <= reading.digit <= 9
    assert reading == read(text)


@given(st.text(st.characters(codec="utf-8"), min_size=0, max_size=5000), st.text(max_size=50))
def test_what_comes_after_the_part_that_is_read_does_not_matter(text: str, more: str) -> None:
    start = text[:READ].ljust(READ, "x")
    assert read(start + more) == read(start)


@given(st.integers(0, 9), AROUND, AROUND)
def test_what_stands_around_a_digit_does_not_change_it(digit: int, before: str, after: str) -> None:
    for written in (str(digit), str(digit).translate(FULL_WIDTH)):
        assert read(before + written + after) == Reading(Meaning.DIGIT, digit)


@given(st.lists(st.integers(0, 9), min_size=2, max_size=3), st.sampled_from(["", " ", ",", "、", "/", " or ", "或"]))
def test_several_digits_are_a_person_or_nothing(digits: list[int], between: str) -> None:
    reading = read(between.join(map(str, digits)))
    if len(set(digits)) == 1 and between:
        assert reading == Reading(Meaning.DIGIT, digits[0])
    elif 8 in digits:
        assert reading == Reading(Meaning.DIGIT, 8)
    else:
        assert reading == Reading(Meaning.UNCLEAR)


@given(letters)
def test_a_text_without_any_digit_is_never_one(text: str) -> None:
    seen = unicodedata.normalize("NFKC", text).casefold()
    assume(not any(c.isdigit() or c.isnumeric() for c in seen))
    assume(not any(word in seen for word in words.NUMERALS))
    assert read(text).digit is None


@given(st.text("abcdefghij 我你他在家明天晚上", min_size=1, max_size=40), st.integers(0, 9))
def test_a_digit_inside_a_sentence_is_none(text: str, digit: int) -> None:
    middle = len(text) // 2
    sentence = f"x{text[:middle]}{digit}{text[middle:]}x"
    assume(not re.search(r"^x?\W*\d\W*x?$", sentence))
    assert read(sentence).meaning is not Meaning.DIGIT


@given(letters, st.sampled_from(["【Jiangsu】", "[Jiangsu]"]), letters)
def test_our_own_signature_makes_it_no_answer(before: str, signature: str, after: str) -> None:
    text = before + signature + after
    assume(signature in text[:READ])
    assume(not before or before[-1].isascii())  # a combining character joins the bracket
    assume(not after or after[0].isascii())
    assert read(text, signatures=[signature]).meaning is Meaning.OURS
    assert not read(text, signatures=[signature]).is_grumble


@given(st.sampled_from(sorted(words.OPT_OUT)), AROUND, AROUND)
def test_a_word_that_stops_stops_however_it_is_dressed(word: str, before: str, after: str) -> None:
    assert read(before + word.upper() + after).meaning is Meaning.OPT_OUT


@given(st.sampled_from(sorted(words.OPT_OUT)), st.text("abc我你", min_size=1, max_size=5))
def test_a_word_that_stops_does_not_inside_another_message(word: str, more: str) -> None:
    assume(f"{word} {more}" not in words.OPT_OUT)
    assert read(f"{word} {more}").meaning is not Meaning.OPT_OUT
