"""Room for the gaps of every technician-day, side by side: one day is rewritten without touching the others."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from optimizer.quoting.day_gaps import FAR, DayGaps
from optimizer.quoting.pauses import no_pauses
from optimizer.tables import Duty

Ints = NDArray[np.int32]
SPARE_GAPS = 4
#: of functions of time: not made yet, or not to be had (see time_costs)
NOT_MADE, TO_BE_TIMED = -1, -2


class Slabs(NamedTuple):
    """D duties with room for G gaps each, K numbers of breaks taken; seconds, int32. See DayGaps."""

    gaps: Ints  # D: how many there are
    first: Ints  # D: the position in the route of the first
    before: Ints  # D, G
    after: Ints  # D, G
    percent: Ints  # D, G
    direct_s: Ints  # D, G
    free_s: Ints  # D, G, K
    latest_s: Ints  # D, G, K
    calm_free_s: Ints  # D, G, K
    calm_latest_s: Ints  # D, G, K
    soft_ms: NDArray[np.int64]  # D
    is_calm: NDArray[np.bool_]  # D
    states: Ints  # D: how many numbers of breaks there are
    pauses: Ints  # D, K, K, 3
    floor_s: Ints  # D: nothing that is not frozen starts before
    start_s: Ints  # D: of the shift
    limit_s: Ints  # D: nothing may pass it
    now_ms: NDArray[np.int64]  # D: see TimeCosts
    costs_at: Ints  # D: where the pieces of its functions of time begin; NOT_MADE, TO_BE_TIMED
    costs: Ints  # D, G, 2, K, 2: from where to where they go, counted from there

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Its arrays in order, as of one type: what they have in common is for the type checker an object."""
        return cast("tuple[NDArray[Any], ...]", tuple(self))

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        return sum(array.nbytes for array in self.arrays)


def empty_slabs(duties: int, gaps: int, states: int) -> Slabs:
    """No gaps yet, and room for so many."""

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, dtype=np.int32)

    by_state = (duties, gaps, states)
    return Slabs(
        gaps=ints(duties),
        first=ints(duties),
        before=ints(duties, gaps),
        after=ints(duties, gaps),
        percent=ints(duties, gaps),
        direct_s=ints(duties, gaps),
        free_s=np.full(by_state, FAR, dtype=np.int32),
        latest_s=np.full(by_state, -FAR, dtype=np.int32),
        calm_free_s=np.full(by_state, FAR, dtype=np.int32),
        calm_latest_s=np.full(by_state, -FAR, dtype=np.int32),
        soft_ms=np.zeros(duties, dtype=np.int64),
        is_calm=np.zeros(duties, dtype=np.bool_),
        states=ints(duties),
        pauses=no_pauses(duties, states, states),
        floor_s=ints(duties),
        start_s=ints(duties),
        limit_s=ints(duties),
        now_ms=np.zeros(duties, dtype=np.int64),
        costs_at=np.full(duties, NOT_MADE, dtype=np.int32),
        costs=ints(duties, gaps, 2, states, 2),
    )


def with_room(slabs: Slabs, gaps: int, states: int) -> Slabs:
    """The same slabs if they have room for so many gaps and numbers of breaks, else a larger copy."""
    duties, room, known = slabs.free_s.shape
    if gaps <= room and states <= known:
        return slabs
    larger = empty_slabs(duties, max(room, gaps + SPARE_GAPS), max(known, states))
    for old, new in zip(slabs.arrays, larger.arrays, strict=True):
        new[tuple(slice(0, size) for size in old.shape)] = old
    return larger


def write(slabs: Slabs, row: int, duty: Duty, day: DayGaps) -> None:
    """Let a row hold this day; `day` names places as the slabs do. Its functions of time are not made then."""
    count, states = day.free_s.shape
    slabs.gaps[row], slabs.first[row], slabs.states[row] = count, day.first, states
    for name in ("before", "after", "percent", "direct_s"):
        getattr(slabs, name)[row, :count] = getattr(day, name)
    for name, never in (("free_s", FAR), ("latest_s", -FAR), ("calm_free_s", FAR), ("calm_latest_s", -FAR)):
        getattr(slabs, name)[row] = never
        getattr(slabs, name)[row, :count, :states] = getattr(day, name)
    slabs.soft_ms[row], slabs.is_calm[row] = day.soft_ms, day.is_calm
    slabs.pauses[row] = no_pauses(*slabs.pauses.shape[1:3])
    slabs.pauses[row, :states, :states] = day.pauses
    slabs.floor_s[row] = max(duty.freeze_s, -FAR)
    slabs.start_s[row], slabs.limit_s[row] = duty.shift.start_s, duty.limit_s
    slabs.costs_at[row] = NOT_MADE
