"""Costs as functions of time, exactly: linear pieces over whole seconds.

A function is a list of pieces in order of time; where there is no piece it is infinite.
All values and slopes are whole numbers, so nothing is ever rounded.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Piece(NamedTuple):
    """`value + slope * (t - first)` for whole seconds t from `first` to `last`, both included."""

    first: int
    last: int
    value: int
    slope: int

    def at(self, t: int) -> int:
        """The value at t, which must lie inside."""
        return self.value + self.slope * (t - self.first)


Pieces = Sequence[Piece]


def value_at(pieces: Pieces, t: int) -> int | None:
    """The value at t; None where the function is infinite."""
    for piece in pieces:
        if piece.first <= t <= piece.last:
            return piece.at(t)
    return None


def cut(pieces: Pieces, first: int, last: int) -> list[Piece]:
    """The function between two times, infinite outside."""
    inside = []
    for piece in pieces:
        low, high = max(piece.first, first), min(piece.last, last)
        if low <= high:
            inside.append(Piece(low, high, piece.at(low), piece.slope))
    return inside


def delayed(pieces: Pieces, delay: int, latest: int, not_before: int, price: int) -> list[Piece]:
    """Arriving by s after leaving at t <= latest with s >= t + delay and s >= not_before.

    `pieces` must be non-increasing and reach to infinity (what it costs to be free by t), so
    the best t is the latest one that serves.
    """
    moved = (
        [
            Piece(piece.first + delay, piece.last + delay, piece.value + price, piece.slope)
            for piece in cut(pieces, pieces[0].first, latest)
        ]
        if pieces
        else []
    )
    if not moved:
        return []
    end = moved[-1]
    if end.last < FOREVER:
        moved.append(Piece(end.last + 1, FOREVER, end.at(end.last), 0))
    return cut(moved, not_before, FOREVER)


def total(one: Pieces, two: Pieces) -> list[Piece]:
    """The sum of two functions: finite where both are."""
    summed = []
    i = j = 0
    while i < len(one) and j < len(two):
        a, b = one[i], two[j]
        low, high = max(a.first, b.first), min(a.last, b.last)
        if low <= high:
            summed.append(Piece(low, high, a.at(low) + b.at(low), a.slope + b.slope))
        if a.last < b.last:
            i += 1
        else:
            j += 1
    return summed


def lowest_so_far(pieces: Pieces, delay: int) -> list[Piece]:
    """The least value up to each time, then moved later by `delay` and kept for ever after."""
    out: list[Piece] = []
    best: int | None = None
    for piece in pieces:
        if best is not None and out[-1].last + 1 < piece.first + delay:
            out.append(Piece(out[-1].last + 1, piece.first + delay - 1, best, 0))
        best = _extend_lowest(out, piece, delay, best)
    if out and best is not None and out[-1].last < FOREVER:
        out.append(Piece(out[-1].last + 1, FOREVER, best, 0))
    return _merged(out)


def _extend_lowest(out: list[Piece], piece: Piece, delay: int, best: int | None) -> int:
    """Append one piece's share of the running minimum; returns the new minimum."""
    first, last, _value, slope = piece
    start = first if best is None else first_at_most(piece, best - 1)
    if best is not None and start != first:
        out.append(Piece(first + delay, (last if start is None else start - 1) + delay, best, 0))
        if start is None:
            return best
    start = first if start is None else start
    fall = min(slope, 0)
    out.append(Piece(start + delay, last + delay, piece.at(start), fall))
    return piece.at(start) + fall * (last - start)


def first_at_most(piece: Piece, target: int) -> int | None:
    """The earliest time in a piece at which it is at most `target`."""
    if piece.value <= target:
        return piece.first
    if piece.slope >= 0:
        return None
    t = piece.first + -((target - piece.value) // -piece.slope)
    return t if t <= piece.last else None


def minimum(one: Pieces, two: Pieces) -> list[Piece]:
    """The lesser of two functions at every time."""
    if not one or not two:
        return list(one or two)
    marks = sorted({t for piece in (*one, *two) for t in (piece.first, piece.last + 1)})
    out: list[Piece] = []
    i = j = 0
    for low, after in itertools.pairwise(marks):
        while i < len(one) and one[i].last < low:
            i += 1
        while j < len(two) and two[j].last < low:
            j += 1
        out.extend(_lesser(_within(one, i, low, after - 1), _within(two, j, low, after - 1)))
    return _merged(out)


def _within(pieces: Pieces, index: int, first: int, last: int) -> Piece | None:
    """The part between two times of a piece that does not end before."""
    if index == len(pieces) or pieces[index].first > first:
        return None
    piece = pieces[index]
    return Piece(first, last, piece.at(first), piece.slope)


def _lesser(a: Piece | None, b: Piece | None) -> Iterable[Piece]:
    """The lesser of two pieces over the same span, in at most two pieces."""
    if a is None or b is None:
        return [piece for piece in (a, b) if piece is not None]
    if (b.value, b.slope) < (a.value, a.slope):
        a, b = b, a
    if a.slope <= b.slope:
        return [a]
    turn = a.first + (b.value - a.value) // (a.slope - b.slope)  # a is no dearer up to here
    if turn >= a.last:
        return [a]
    return [Piece(a.first, turn, a.value, a.slope), Piece(turn + 1, a.last, b.at(turn + 1), b.slope)]


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    out: list[Piece] = []
    for piece in pieces:
        if out:
            before = out[-1]
            joins = before.last + 1 == piece.first and before.slope == piece.slope
            if joins and before.at(piece.first) == piece.value:
                out[-1] = Piece(before.first, piece.last, before.value, before.slope)
                continue
        out.append(piece)
    return out


FOREVER = 1 << 40
