"""Counting units and parts of any text."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications.sms_length import CAPACITY, Encoding, measure, split, writable_in_gsm7

EXTENSION = "\f^{}\\[~]|€"
SHORT = "ABCabc019 @£ÄöñΩ.,\n" + EXTENSION
short_texts = st.text(st.sampled_from(SHORT), max_size=700)
any_texts = st.one_of(short_texts, st.text(max_size=400), st.text(st.sampled_from("王a😀é"), max_size=400))


def units(text: str) -> int:
    """Counted in another way than the program does: in bytes of the encoding."""
    if writable_in_gsm7(text):
        return len(text) + sum(text.count(character) for character in EXTENSION)
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


@given(any_texts)
@example("")
@example("[" * 80)
@example("a" * 152 + "€" + "a" * 20)
@example("a" * 66 + "😀" + "王")
def test_parts_hold_the_whole_text_and_none_is_overfull(text: str) -> None:
    length, parts = measure(text), split(text)
    alone, joined = CAPACITY[length.encoding]
    assert "".join(parts) == text
    assert length.parts == len(parts)
    assert length.units == units(text)
    encoded = [len(part) + sum(map(part.count, EXTENSION)) for part in parts]
    if length.encoding is Encoding.UCS2:
        encoded = [len(part.encode("utf-16-be", "surrogatepass")) // 2 for part in parts]
    assert all(size <= (alone if len(parts) == 1 else joined) for size in encoded)
    assert sum(encoded) == length.units


@given(any_texts)
def test_no_part_could_have_taken_the_first_character_of_the_next(text: str) -> None:
    parts = split(text)
    joined = CAPACITY[measure(text).encoding][1]
    ucs2 = measure(text).encoding is Encoding.UCS2
    for part, following in itertools.pairwise(parts):
        first = following[0]
        size = len((part + first).encode("utf-16-be", "surrogatepass")) // 2 if ucs2 else units(part + first)
        assert size > joined


@given(short_texts, st.sampled_from("王é😀ê`ç"))
def test_one_character_beyond_the_alphabet_changes_the_whole_text(text: str, stranger: str) -> None:
    outside = stranger not in "é"
    encoding = measure(text + stranger).encoding
    assert encoding is (Encoding.UCS2 if outside else Encoding.GSM7)


@pytest.mark.parametrize(
    ("text", "encoding", "count", "parts"),
    [
        ("a" * 160, Encoding.GSM7, 160, 1),
        ("a" * 161, Encoding.GSM7, 161, 2),
        ("a" * 306, Encoding.GSM7, 306, 2),
        ("a" * 307, Encoding.GSM7, 307, 3),
        ("€" * 80, Encoding.GSM7, 160, 1),
        ("€" * 81, Encoding.GSM7, 162, 2),
        ("a" * 152 + "€" + "a" * 152, Encoding.GSM7, 306, 3),
        ("王" * 70, Encoding.UCS2, 70, 1),
        ("王" * 71, Encoding.UCS2, 71, 2),
        ("王" * 134, Encoding.UCS2, 134, 2),
        ("王" * 135, Encoding.UCS2, 135, 3),
        ("😀" * 35, Encoding.UCS2, 70, 1),
        ("王" * 66 + "😀" * 34, Encoding.UCS2, 134, 3),
        ("", Encoding.GSM7, 0, 1),
    ],
)
def test_known_lengths(text: str, encoding: Encoding, count: int, parts: int) -> None:
    length = measure(text)
    assert (length.encoding, length.units, length.parts) == (encoding, count, parts)
