from __future__ import annotations

from decimal import Decimal

import pytest

from dispatch.rules.money import (
    CurrencyMismatch,
    InvalidAmount,
    Money,
    UnknownCurrency,
    minor_digits,
)


@pytest.mark.parametrize(
    ("currency", "digits"),
    [
        *[("CNY", 2), ("GBP", 2), ("CHF", 2), ("EUR", 2), ("USD", 2), ("HKD", 2), ("TWD", 2)],
        *[("JPY", 0), ("KRW", 0), ("KWD", 3)],
    ],
)
def test_minor_digits_are_those_of_iso_4217(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize("currency", ["", "chf", "XXX", "EURO"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        Money(1, currency)


def test_amounts_of_one_currency_add_subtract_negate_and_multiply() -> None:
    fee = Money(1000, "CHF")
    assert fee + Money(5, "CHF") == Money(1005, "CHF")
    assert fee - Money(1005, "CHF") == Money(-5, "CHF")
    assert -fee == Money(-1000, "CHF")
    assert fee * 3 == Money(3000, "CHF")
    assert sum([fee, fee], Money.zero("CHF")) == Money(2000, "CHF")


def test_amounts_of_one_currency_compare() -> None:
    small, large = Money(1, "CHF"), Money(2, "CHF")
    assert small < large
    assert large > small
    assert small <= Money(1, "CHF")
    assert max(small, large) is large
    assert not large <= small
    assert large >= large - small


def test_currencies_are_never_mixed() -> None:
    chf, eur = Money(1, "CHF"), Money(1, "EUR")
    for mix in (chf.__add__, chf.__sub__, chf.__lt__, chf.__le__, chf.__gt__, chf.__ge__):
        with pytest.raises(CurrencyMismatch):
            mix(eur)
    assert chf != eur


@pytest.mark.parametrize("minor", [1.5, True, 2**63])
def test_minor_units_are_whole_and_fit_the_database(minor: object) -> None:
    with pytest.raises(InvalidAmount):
        Money(minor, "CHF")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("money", "text"),
    [(Money(1250, "CHF"), "12.50"), (Money(-5, "GBP"), "-0.05"), (Money(7, "JPY"), "7"), (Money(0, "KWD"), "0.000")],
)
def test_as_decimal_shows_every_digit_of_the_currency(money: Money, text: str) -> None:
    assert money.as_decimal() == Decimal(text)
    assert str(money.as_decimal()) == text
