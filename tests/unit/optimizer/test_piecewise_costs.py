"""Costs over time are exact to the second."""

from __future__ import annotations

from optimizer.piecewise import FOREVER, Piece, cut, delayed, first_at_most, lowest_so_far, minimum, total, value_at

FALLING = [Piece(0, 9, 100, -10), Piece(10, FOREVER, 5, 0)]


def values(pieces: list[Piece], until: int = 30) -> list[int | None]:
    return [value_at(pieces, t) for t in range(until)]


def test_a_function_is_infinite_outside_its_pieces() -> None:
    """No piece, no value."""
    assert values([Piece(2, 3, 7, 1)], 5) == [None, None, 7, 8, None]


def test_cutting_keeps_the_values_inside() -> None:
    """From 3 to 11, across two pieces."""
    assert values(cut(FALLING, 3, 11), 13) == [None, None, None, 70, 60, 50, 40, 30, 20, 10, 5, 5, None]


def test_a_delay_keeps_the_best_value_for_who_waits() -> None:
    """Leaving by 4 at the latest: after that, waiting changes nothing."""
    assert values(delayed(FALLING, 2, 4, 3, 1), 9) == [None, None, None, 91, 81, 71, 61, 61, 61]


def test_sums_are_finite_where_both_are() -> None:
    """A window cut out of a slope."""
    assert values(total(FALLING, [Piece(1, 2, 0, 0), Piece(4, 4, 7, 0)]), 6) == [None, 90, 80, None, 67, None]


def test_the_lowest_so_far_never_rises() -> None:
    """Down, up, and down again below the old minimum, between whole seconds."""
    pieces = [Piece(0, 2, 10, -2), Piece(5, 9, 11, -2)]
    assert values(lowest_so_far(pieces, 0), 12) == [10, 8, 6, 6, 6, 6, 6, 6, 5, 3, 3, 3]


def test_the_minimum_of_two_lines_turns_at_a_whole_second() -> None:
    """They cross at 2.5."""
    falling, rising = [Piece(0, 9, 10, -3)], [Piece(0, 9, 0, 1)]
    assert values(minimum(falling, rising), 10) == [min(10 - 3 * t, t) for t in range(10)]


def test_the_first_time_at_most_a_target_is_exact() -> None:
    """100 - 10 t is at most 45 from t = 6 on."""
    assert (first_at_most(FALLING[0], 45), first_at_most(FALLING[0], 5)) == (6, None)
