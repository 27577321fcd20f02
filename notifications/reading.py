"""What did the customer mean? Pure: text in, a meaning out; nothing is guessed.

One digit is an answer, however it is written. Two different ones are none. Words are read
only where a short message says one thing; whatever else it is, a person reads it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from dispatch.rules import contact_words as words

PERSON_DIGIT = 8
#: so much of a message is read; a longer one is for people
READ = 2000
#: longer messages say more than one of their words
WORDS_AT_MOST = 60


class Meaning(StrEnum):
    """What a message is, before it is known what was asked."""

    DIGIT = "digit"
    UNCLEAR = "unclear"  # several digits
    STATUS = "status"
    CHANGE = "change"
    PERSON = "person"
    FAULT = "fault"
    WITHDRAW = "withdraw"
    PHONE = "phone"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    THANKS = "thanks"
    NOTHING = "nothing"
    AUTOMATIC = "automatic"  # a machine answers
    OURS = "ours"  # a message of ours, sent on or back
    TEXT = "text"


@dataclass(frozen=True)
class Reading:
    """The meaning; `digit` (0 to 9) of a digit. A grumble can come along with anything (R47)."""

    meaning: Meaning
    digit: int | None = None
    is_grumble: bool = False


def read(text: str, *, signatures: Collection[str] = (), is_opted_out: bool = False) -> Reading:
    """What `text` means; `signatures` are those that our own messages carry.

    "Yes" allows messages again only where they had been stopped (`is_opted_out`).
    """
    plain = _plain(text[:READ])
    bare = _bare(plain)
    if any(_plain(signature) in plain for signature in signatures if signature):
        return Reading(Meaning.OURS)
    if _found(words.AUTOMATIC, plain):
        return Reading(Meaning.AUTOMATIC)
    if bare in words.OPT_OUT:
        return Reading(Meaning.OPT_OUT)
    if bare in words.OPT_IN or (is_opted_out and bare in words.OPT_IN_AFTER_OUT):
        return Reading(Meaning.OPT_IN)
    grumble = _found(words.GRUMBLES, plain)
    digits = _digits(bare) or _with_remark(plain.strip())
    if digits is not None:
        return Reading(*digits, is_grumble=grumble)
    return Reading(_in_words(plain, bare, grumble), is_grumble=grumble)


def _plain(text: str) -> str:
    """Full-width, encircled and keycap characters as plain ones; lower case; simplified characters."""
    seen = unicodedata.normalize("NFKC", text).casefold().translate(words.SIMPLER)
    seen = "".join(str(unicodedata.digit(c)) if c.isdigit() else c for c in seen)
    seen = seen.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    kept = (c for c in seen if unicodedata.category(c) not in ("Cf", "Cc", "Me", "Mn", "Cs") or c.isspace())
    return "".join(kept)


def _bare(plain: str) -> str:
    """Without what stands around it: spaces, quotes, brackets, emoji; one space between words."""
    first = next((i for i, c in enumerate(plain) if c.isalnum()), len(plain))
    last = next((i for i, c in enumerate(reversed(plain)) if c.isalnum()), len(plain))
    return " ".join(plain[first : len(plain) - last].split())


def _found(patterns: Iterable[str], text: str) -> bool:
    return any(re.search(pattern, text) for pattern in patterns)


# Digits


def _digits(bare: str) -> tuple[Meaning, int | None] | None:
    """The one digit that is answered, or that there are several; None if it is not about digits."""
    alone = _bare(re.sub("|".join(words.AROUND_A_DIGIT), " ", bare))
    if alone in words.NUMERALS:
        return Meaning.DIGIT, words.NUMERALS[alone]
    if re.fullmatch(r"\d(?:[\d\s,;./+&\-、。和或]|\bor\b|\band\b)*", alone):
        return _one_of(re.findall(r"\d+", alone))
    return None


def _one_of(numbers: list[str]) -> tuple[Meaning, int | None] | None:
    if max(map(len, numbers)) > 3:
        return None
    if len(set(numbers)) == 1 and len(numbers[0]) == 1:
        return Meaning.DIGIT, int(numbers[0])
    if any(str(PERSON_DIGIT) in number for number in numbers):
        return Meaning.DIGIT, PERSON_DIGIT
    return Meaning.UNCLEAR, None


def _with_remark(text: str) -> tuple[Meaning, int | None] | None:
    """A digit, set off from a remark: "5, he was friendly"; a time or a number of things is none."""
    match = re.fullmatch(r"(\d)\s*[,.;:!。、\n]\s*[^\d\s][^\d]+", text)
    return (Meaning.DIGIT, int(match[1])) if match else None


# Words


_ABOUT = {
    Meaning.STATUS: words.STATUS,
    Meaning.CHANGE: words.CHANGE,
    Meaning.PERSON: words.PERSON,
    Meaning.FAULT: words.FAULT,
    Meaning.WITHDRAW: words.WITHDRAW,
}


def _in_words(plain: str, bare: str, grumble: bool) -> Meaning:  # noqa: FBT001 - private
    if not bare:
        asks = "?" in plain
        return Meaning.TEXT if asks else Meaning.NOTHING
    if _is_phone(plain):
        return Meaning.PHONE
    if not grumble and not _bare(re.sub("|".join(words.THANKS), " ", bare)):
        return Meaning.THANKS
    if len(bare) > WORDS_AT_MOST:
        return Meaning.TEXT
    about = [meaning for meaning, patterns in _ABOUT.items() if _says(patterns, bare)]
    return about[0] if len(about) == 1 else Meaning.TEXT


def _is_phone(plain: str) -> bool:
    """Whether it is a telephone number and nothing else; which one, `dispatch/phones.py` knows."""
    return re.fullmatch(r"[+\d()\-./\s]+", plain) is not None and 7 <= len(re.findall(r"\d", plain)) <= 15


def _says(patterns: Iterable[str], text: str) -> bool:
    matches = (match for pattern in patterns for match in re.finditer(pattern, text))
    return any(not re.search(words.NOT, text[: match.start()]) for match in matches)
