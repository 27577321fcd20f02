"""Amounts as a language writes them, whole ones without decimals: "¥20", "¥12.50"."""

from __future__ import annotations

import re

from babel.numbers import format_currency, get_decimal_symbol

from dispatch.rules.money import Money, minor_digits


def money_words(money: Money, language: str, pattern: str | None = None) -> str:
    """The amount in words of `language` (the name of a catalogue), in its own pattern unless another is given."""
    digits = minor_digits(money.currency)
    text = format_currency(money.as_decimal(), money.currency, pattern, locale=language)
    text = text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
    text = re.sub(r"(?<=[A-Z]{3})(?=\d)", " ", text)
    if digits and money.minor % 10**digits == 0:
        text = text.replace(get_decimal_symbol(language) + "0" * digits, "")
    return text
