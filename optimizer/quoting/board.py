"""The board: every technician-day with the gaps in it, and one question asked of all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.problem import Job, Weights
from optimizer.quoting.day_gaps import DayGaps
from optimizer.quoting.reach import Reach
from optimizer.quoting.roster import Member, Roster
from optimizer.quoting.sifting import TOO_DEAR, Asked, Found, nothing_found, sift
from optimizer.quoting.slabs import SPARE_GAPS, empty_slabs, with_room, write
from optimizer.quoting.time_costs import TimeCosts
from optimizer.tables import Duty

ROOM = 1024
SavedRow = list[NDArray[Any]]


class Board:
    """The gaps of D technician-days, each rewritten by itself; places are numbers that the caller gives."""

    def __init__(self, members: Sequence[Member], weights: Weights, planned: Mapping[str, str]) -> None:
        self.roster = Roster(members, weights, planned)
        self.slabs = empty_slabs(len(members), SPARE_GAPS, 1)
        self._time_costs: dict[int, TimeCosts] = {}

    @property
    def gaps(self) -> int:
        """How many gaps there are in all."""
        return int(self.slabs.gaps.sum())

    def put(self, row: int, duty: Duty, day: DayGaps, jobs: Iterable[Job], percent: int) -> None:
        """Let a technician-day have these gaps and jobs; `percent` is the best travel factor it meets."""
        self.slabs = with_room(self.slabs, *day.free_s.shape)
        write(self.slabs, row, duty, day, percent)
        self.roster.carry(row, jobs)
        self._time_costs.pop(row, None)

    def saved(self, row: int) -> SavedRow:
        """Everything that is known of a technician-day, for `restore`."""
        return [np.array(array[row]) for array in self.slabs.arrays]

    def restore(self, row: int, before: SavedRow, jobs: Iterable[Job]) -> None:
        """Let a technician-day be as it was, with these jobs."""
        for array, old in zip(self.slabs.arrays, before, strict=True):
            part = array[row, ...]
            part[tuple(slice(0, size) for size in old.shape)] = old
        self.roster.carry(row, jobs)
        self._time_costs.pop(row, None)

    def keep(self, row: int, costs: TimeCosts) -> None:
        """Remember what time costs a technician-day until it changes."""
        self._time_costs[row] = costs

    def time_costs(self, row: int, work_out: Callable[[int], TimeCosts]) -> TimeCosts:
        """What time costs a technician-day, worked out when it is first asked for."""
        if row not in self._time_costs:
            self._time_costs[row] = work_out(row)
        return self._time_costs[row]

    def look(self, asked: Asked, reach: Reach) -> Found:
        """The cheapest gap of each window, and those that must be timed to know, cheapest bound first."""
        found = nothing_found(len(asked.opens_s), ROOM)
        sift(self.slabs, asked, reach, found)
        while found.length[0] > len(found.doubtful):
            found = nothing_found(len(asked.opens_s), int(found.length[0]))
            sift(self.slabs, asked, reach, found)
        doubtful = found.doubtful[: found.length[0]]
        if not asked.is_bounded:
            doubtful[:, 3] = -TOO_DEAR
        doubtful = doubtful[doubtful[:, 3] < found.cost_ms[doubtful[:, 0]]]
        order = np.lexsort((doubtful[:, 2], doubtful[:, 1], doubtful[:, 3]))
        return found._replace(doubtful=doubtful[order])
