"""How much, in which currency? Whole minor units, so that no sum is ever off by a rounding."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from dispatch.errors import InvalidInput

#: ISO 4217 (list one): digits after the decimal point
MINOR_DIGITS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(
        (
            *("AED", "ARS", "AUD", "BRL", "CAD", "CHF", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP"),
            *("HKD", "HUF", "IDR", "ILS", "INR", "KES", "KZT", "MAD", "MOP", "MXN", "MYR", "NGN", "NOK"),
            *("NZD", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "SAR", "SEK", "SGD", "THB", "TRY"),
            *("TWD", "TZS", "UAH", "USD", "UYU", "ZAR"),
        ),
        2,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}

#: what a database column of 64 bits can hold
_LARGEST_MINOR = 2**63 - 1


class UnknownCurrency(InvalidInput):
    """Not an ISO 4217 code of this table."""


class InvalidAmount(InvalidInput):
    """Not a whole number of minor units, or too large to keep."""


class CurrencyMismatch(InvalidInput):
    """Two currencies were added or compared; there is no exchange rate here."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, fen, yen) of an ISO 4217 currency; may be negative.

    Raises `UnknownCurrency`, and `InvalidAmount` for a `minor` that is not a whole number.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        minor_digits(self.currency)
        if type(self.minor) is not int or abs(self.minor) > _LARGEST_MINOR:
            raise InvalidAmount("minor")

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing, in that currency: where a sum starts."""
        return cls(0, currency)

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same_currency(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same_currency(other)
        return self.minor <= other.minor

    def __gt__(self, other: Money) -> bool:
        return other < self

    def __ge__(self, other: Money) -> bool:
        return other <= self

    def as_decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's digits: `Decimal("12.50")`."""
        sign, digits = int(self.minor < 0), tuple(int(digit) for digit in str(abs(self.minor)))
        return Decimal((sign, digits, -minor_digits(self.currency)))

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch("currency", left=self.currency, right=other.currency)


def minor_digits(currency: str) -> int:
    """How many digits the currency has after the point (ISO 4217); raises `UnknownCurrency`."""
    try:
        return MINOR_DIGITS[currency]
    except KeyError:
        raise UnknownCurrency("currency") from None
