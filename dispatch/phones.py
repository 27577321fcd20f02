"""Which telephone number is meant, and how much of it may be shown?

Numbers are kept in E.164 (ITU-T E.164: "+", country code, national number, 15 digits at
most). They are judged by possibility, not validity, because the ranges reserved for
fiction, new ranges and ported ones are all "invalid" to the numbering tables.
"""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, ValidationResult

from dispatch.errors import InvalidInput, Required

#: everything a written number may hold besides digits; letters are never turned into digits
_NOT_A_NUMBER = re.compile(r"[^0-9+()\-./\s\u2010-\u2015\u2212]")
_SHOWN_DIGITS = 2
_TOO_SHORT_TO_SHOW = 6
#: national prefixes may change the front of a number (Argentina), never its end
_COMPARED_DIGITS = 6


class InvalidPhone(InvalidInput):
    """What was given cannot be dialled as one telephone number; `reason` is a code."""


def read_phone(text: str, region: str, *, field: str = "phone") -> str:
    """The E.164 number that `text` means to a reader in `region` (ISO 3166-1, such as "GB").

    Accepts national and international writing, "00", full-width digits, spaces, brackets,
    dashes, points and slashes. Raises `Required` when nothing is given, `InvalidPhone` with
    a `reason`: `characters`, `extension` (a text message cannot follow one, and dropping it
    would ring a stranger), `unreadable`, or why it is not possible (`too_short`,
    `too_long`, `local_only`, `invalid_country`, `invalid_length`).
    """
    written = unicodedata.normalize("NFKC", text).strip()
    if not written:
        raise Required(field)
    number = _parse(written, region, field)
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict != ValidationResult.IS_POSSIBLE:
        raise InvalidPhone(field, reason=_REASONS.get(verdict, "invalid_length"))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def is_landline(e164: str) -> bool | None:
    """Whether a text message is wasted on this number; None when the number does not tell.

    Some countries (the United States, Canada) number mobiles like landlines, and a range
    reserved for fiction has no kind at all.
    """
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(e164, None))
    except NumberParseException:
        return None
    if kind == PhoneNumberType.FIXED_LINE:
        return True
    return False if kind == PhoneNumberType.MOBILE else None


def mask_phone(e164: str) -> str:
    """The number as screens and logs may show it: its last two digits, and not its length."""
    digits = [character for character in e164 if character.isdigit()]
    shown = "".join(digits[-_SHOWN_DIGITS:]) if len(digits) >= _TOO_SHORT_TO_SHOW else ""
    return f"***{shown}"


_REASONS = {
    ValidationResult.TOO_SHORT: "too_short",
    ValidationResult.TOO_LONG: "too_long",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "local_only",
    ValidationResult.INVALID_COUNTRY_CODE: "invalid_country",
}


def _parse(written: str, region: str, field: str) -> phonenumbers.PhoneNumber:
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException:
        number = None
    if number is not None and number.extension:
        raise InvalidPhone(field, reason="extension")
    if _NOT_A_NUMBER.search(written):
        raise InvalidPhone(field, reason="characters")
    if number is None or not _is_the_whole_text(written, number):
        raise InvalidPhone(field, reason="unreadable")
    return number


def _is_the_whole_text(written: str, number: phonenumbers.PhoneNumber) -> bool:
    """Whether the number found ends as the text does; the first of two in one field does not."""
    return re.sub(r"\D", "", written).endswith(str(number.national_number)[-_COMPARED_DIGITS:])
