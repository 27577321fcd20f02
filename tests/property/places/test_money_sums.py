from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dispatch.rules.money import MINOR_DIGITS, Money

amounts = st.builds(Money, st.integers(-(10**15), 10**15), st.sampled_from(sorted(MINOR_DIGITS)))


@given(amounts, st.integers(-(10**15), 10**15))
def test_adding_and_taking_away_leaves_what_was(money: Money, minor: int) -> None:
    other = Money(minor, money.currency)
    assert money + other - other == money
    assert (money <= other) is not (money > other)
