"""The values of a template as strings: checked by their type, worded in the reader's language (R37)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from dispatch.errors import InvalidInput
from dispatch.rules.money import Money
from dispatch.rules.vocabulary import OrderKind
from notifications.money_words import money_words
from notifications.sms_length import cut, writable_in_gsm7
from notifications.time_words import TimeWords
from notifications.values import REASONS, Reason, Value, Var, Window
from notifications.wording import catalogue


class Fault(StrEnum):
    """Why a value cannot be put into a message."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    WRONG_TYPE = "wrong_type"
    EMPTY = "empty"
    CONTROL = "control"
    LINK = "link"
    MOBILE_NUMBER = "mobile_number"
    BRACKETS = "brackets"


class UnsayableValue(InvalidInput):
    """A variable of a message that cannot be said; `field` names it, `reason` is a `Fault`. The value stays unsaid."""


@dataclass(frozen=True)
class Brevity:
    """How short to be: the most units of a name where 7 bits do and where 16 are needed; whether dates are short."""

    name_in_gsm7: int
    name_in_ucs2: int
    dates_are_short: bool = False


#: of a number of an order or a case; of a longer one the last 12 characters are shown
LONGEST_NUMBER = 14
_END_OF_NUMBER = 12

_TYPES: dict[Var, type | tuple[type, ...]] = {
    Var.ORDER_KIND: OrderKind,
    Var.MOMENT: datetime,
    Var.WINDOW: Window,
    Var.DAY: date,
    Var.MONEY: Money,
    Var.COUNT: int,
    Var.MBPS: int,
    Var.REASON: Reason,
}
_CODES = {
    Var.DOOR_CODE: re.compile(r"[0-9]{4}"),
    Var.QUERY_CODE: re.compile(r"[0-9A-Z]{4,10}"),
    Var.SIGN_IN_CODE: re.compile(r"[0-9]{6}"),
}
_LINK = re.compile(
    r"://|@|\bwww\.|[\w-]\.(?:com|cn|net|org|io|info|biz|top|xyz|shop|link|app|vip|site|online|club)\b"
    r"|[\w-]{3,}\.(?:co|me|cc|ly|hk|tw|uk|li|de|eu)\b",
    re.IGNORECASE,
)
#: mobile numbers of mainland China, and anything written as an international number
_MOBILE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)|\+\d{7}")
_MANY_DIGITS = re.compile(r"\d{7}")
_BRACKETS = frozenset("【】[]{}$")
#: letters that Unicode does not take apart into a Latin letter and an accent
_PLAIN = str.maketrans({"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "\u0131": "i", "\u2018": "'", "\u2019": "'"})


@dataclass(frozen=True)
class ValueWords:
    """Words for values, in one language, on one clock; `in_gsm7` if the sentence around them can be sent in 7 bits."""

    times: TimeWords
    in_gsm7: bool
    brevity: Brevity

    def word(self, variable: str, var: Var, value: Value) -> str:
        """The string for a value; raises UnsayableValue naming the variable."""
        expected = _TYPES.get(var, str)
        fits = isinstance(value, expected) and not isinstance(value, bool)
        if not fits or (var is Var.DAY and isinstance(value, datetime)) or not _is_aware(value):
            raise UnsayableValue(variable, reason=Fault.WRONG_TYPE)
        match value:
            case OrderKind():
                text = self._say(f"sms_kind.{value}")
            case str():
                text = self._text(variable, var, value)
            case datetime() | date() | Window():
                text = self._time(value)
            case Money():
                text = self._money(value)
            case Reason():
                text = self._reason(variable, value)
            case _:
                text = str(value)
        return text

    def _time(self, value: date | Window) -> str:
        match value:
            case datetime():
                return self.times.moment(value)
            case Window():
                return self.times.window(value)
        return self.times.day(value)

    def _text(self, variable: str, var: Var, value: str) -> str:
        text = " ".join(_checked(variable, var, value).split(" ")).strip()
        if var is Var.NAME:
            return self._name(variable, text)
        if not text:
            raise UnsayableValue(variable, reason=Fault.EMPTY)
        if var is Var.NUMBER and len(text) > LONGEST_NUMBER:
            return f"..{text[-_END_OF_NUMBER:]}"
        return text

    def _name(self, variable: str, name: str) -> str:
        """The name, cut if it is long; who has none that 7 bits can write is called by the role (and the badge)."""
        if not self.in_gsm7:
            return cut(name, self.brevity.name_in_ucs2) or self._say(f"sms_name.{variable}")
        plain = name if writable_in_gsm7(name) else _without_accents(name)
        known = cut(plain, self.brevity.name_in_gsm7) if writable_in_gsm7(plain) else ""
        return known or self._say(f"sms_name.{variable}")

    def _money(self, money: Money) -> str:
        """As the language writes it, whole amounts without decimals, the code for a sign that would cost 16 bits."""
        text = money_words(money, self.times.language)
        if self.in_gsm7 and not writable_in_gsm7(text):
            text = money_words(money, self.times.language, "¤¤ #,##0.00")
        return text

    def _reason(self, variable: str, reason: Reason) -> str:
        """The words of a code; a code that its list does not know is "another reason"."""
        if reason.family not in REASONS:
            raise UnsayableValue(variable, reason=Fault.UNKNOWN)
        code = reason.code if reason.code in REASONS[reason.family] else "other"
        return self._say(f"sms_reason.{reason.family}.{code}")

    def _say(self, code: str) -> str:
        return catalogue(self.times.language)[code]


def _checked(variable: str, var: Var, value: str) -> str:
    """The text, if it holds nothing but what its type says."""
    text = unicodedata.normalize("NFC", value)
    fault = _fault(var, unicodedata.normalize("NFKC", text), text)
    if fault is not None:
        raise UnsayableValue(variable, reason=fault)
    return text


def _fault(var: Var, plain: str, text: str) -> Fault | None:
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for character in text):
        return Fault.CONTROL
    if not _BRACKETS.isdisjoint(plain) or not _BRACKETS.isdisjoint(text):
        return Fault.BRACKETS
    if _LINK.search(plain):
        return Fault.LINK
    digits = re.sub(r"(?<=[\d+])[\s().-]+(?=\d)", "", plain)
    if _MOBILE.search(digits) or (var is Var.NAME and _MANY_DIGITS.search(digits)):
        return Fault.MOBILE_NUMBER
    code = _CODES.get(var)
    return Fault.WRONG_TYPE if code and not code.fullmatch(text) else None


def _is_aware(value: Value) -> bool:
    match value:
        case datetime():
            return value.tzinfo is not None
        case Window():
            return value.from_at.tzinfo is not None and value.until_at.tzinfo is not None
    return True


def _without_accents(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name.translate(_PLAIN))
    return "".join(character for character in apart if not unicodedata.combining(character))
