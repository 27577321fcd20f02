"""How long is an SMS? Units and parts, as handsets and providers count them (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: written with an escape before them: two units
_EXTENSION = frozenset("\f^{}\\[~]|€")
_ASTRAL = 0x10000


class Encoding(StrEnum):
    """Seven bits a character if all of them can be written so, else sixteen."""

    GSM7 = "gsm7"
    UCS2 = "ucs2"


#: units in a single part, and in each of several
CAPACITY = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}


@dataclass(frozen=True)
class Length:
    """What a text costs: `units` of 7 or 16 bits, and the `parts` it is sent in (an empty text is one)."""

    encoding: Encoding
    units: int
    parts: int


def measure(text: str) -> Length:
    """The length of a text; no part ends inside an escaped character or a surrogate pair."""
    encoding = Encoding.GSM7 if writable_in_gsm7(text) else Encoding.UCS2
    return Length(encoding, sum(_units(text, encoding)), len(split(text)))


def split(text: str) -> list[str]:
    """The text as the parts it is sent in; their texts put together are the text."""
    encoding = Encoding.GSM7 if writable_in_gsm7(text) else Encoding.UCS2
    alone, joined = CAPACITY[encoding]
    units = list(_units(text, encoding))
    if sum(units) <= alone:
        return [text]
    starts, filled = [0], 0
    for index, unit in enumerate(units):
        if filled + unit > joined:
            starts.append(index)
            filled = 0
        filled += unit
    return [text[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


def cut(text: str, most: int) -> str:
    """At most `most` units of a text: whole words if one of them fits, else its beginning."""
    if measure(text).units <= most:
        return text
    words = text.split(" ")
    fitting = (" ".join(words[:count]) for count in range(len(words) - 1, 0, -1))
    whole = next((piece for piece in fitting if measure(piece).units <= most), None)
    if whole is not None:
        return whole
    while text and (measure(text).units > most or unicodedata.combining(text[-1])):
        text = text[:-1]
    return text


def writable_in_gsm7(text: str) -> bool:
    """Whether every character is in the default alphabet or its extension."""
    return all(character in _BASIC or character in _EXTENSION for character in text)


def _units(text: str, encoding: Encoding) -> Iterator[int]:
    if encoding is Encoding.GSM7:
        return (2 if character in _EXTENSION else 1 for character in text)
    return (2 if ord(character) >= _ASTRAL else 1 for character in text)
