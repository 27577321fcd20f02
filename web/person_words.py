"""A person's language and phone number as they are read by somebody who is about to call."""

from __future__ import annotations

import phonenumbers
from babel import Locale, UnknownLocaleError


def language_name(code: str, language: str) -> str:
    """What a language is called in another, with its script if that matters: "Chinese (Traditional)"."""
    try:
        spoken, reader = Locale.parse(code), Locale.parse(language)
    except (ValueError, UnknownLocaleError):
        return code
    name = reader.languages.get(spoken.language, code)
    script = reader.scripts.get(spoken.script or "")
    return f"{name} ({script})" if script else str(name)


def written_phone(e164: str) -> str:
    """A number as it is written in its country with the country code, so that it can be read and dialled."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
