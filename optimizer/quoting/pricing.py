"""What one more stop costs exactly where it upsets others, from what time costs each of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from optimizer.fast.pieces import FULL
from optimizer.quoting.asking import starts_in
from optimizer.quoting.board import Board
from optimizer.quoting.day_gaps import NOWHERE
from optimizer.quoting.reach import Reach
from optimizer.quoting.sifting import TOO_DEAR, Asked
from optimizer.quoting.time_costs import Stay, TimeCosts, least_ms, new_work


class Pricing:
    """The prices of one job's candidates; `work_out` makes what time costs a row of the board.

    Where there are several travel factors, or unfairness has a price, or a function has too
    many pieces, the route is timed.
    """

    def __init__(self, board: Board, work_out: Callable[[int], TimeCosts], asked: Asked, reach: Reach) -> None:
        self._board, self._work_out, self._asked, self._reach = board, work_out, asked, reach
        self._work = new_work()

    def increase_ms(self, window: int, row: int, gap: int, by_timing: Callable[[], int | None]) -> int | None:
        """What the plan costs more with the job there; None if it cannot be."""
        slabs = self._board.slabs
        if not (self._asked.is_bounded and slabs.is_calm[row]):
            return by_timing()
        at = int(np.searchsorted(self._asked.rows, row))
        kind, price_ms = int(self._asked.kind[at]), int(self._asked.price_ms[at])
        costs = self._board.time_costs(row, self._work_out)
        after = int(slabs.after[row, gap])
        to_s = int(self._reach.to_s[slabs.before[row, gap]])
        from_s = 0 if after == NOWHERE else int(self._reach.from_s[after])
        stay = Stay(to_s, int(self._asked.duration_s[kind]), from_s, int(slabs.floor_s[row]))
        pauses = (slabs.pause_s[row], slabs.pause_latest_s[row], slabs.pause_end_s[row])
        soft_ms = least_ms(costs, gap, stay, starts_in(self._asked, kind, window), pauses, self._work)
        if soft_ms == FULL:
            return by_timing()
        if soft_ms >= TOO_DEAR:
            return None
        detour_s = to_s + from_s - int(slabs.direct_s[row, gap])
        return 1000 * detour_s + price_ms + int(soft_ms) - int(slabs.soft_ms[row])
