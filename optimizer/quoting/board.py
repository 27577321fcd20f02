"""The board: every standing duty with the gaps in it, and one question asked of all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from optimizer.piecewise import FOREVER
from optimizer.problem import Weights
from optimizer.quoting.asking import TOO_DEAR, Asked, asked_of
from optimizer.quoting.offer import Offer, Question
from optimizer.quoting.pricing import new_work, settle
from optimizer.quoting.roster import Roster
from optimizer.quoting.sifting import ALL, FEW, Found, nothing_found, sift
from optimizer.quoting.slabs import NOT_MADE, SPARE_GAPS, TO_BE_TIMED, empty_slabs, with_room, write
from optimizer.quoting.standing_duty import StandingDuty

ROOM = 4096
Pieces = NDArray[np.int64]


class Board:
    """Standing duties by row, each rewritten by itself; the same travel periods hold for all.

    `planned` names the technician whose base route a job is in.
    """

    def __init__(self, standing: Sequence[StandingDuty], weights: Weights, planned: Mapping[str, str]) -> None:
        self.standing = list(standing)
        self.roster = Roster([one.member for one in standing], weights, planned)
        self.slabs = empty_slabs(len(standing), SPARE_GAPS, 1)
        periods = standing[0].evaluator.tables.periods if standing else ((-FOREVER, FOREVER, 100),)
        self._periods = np.array(periods, dtype=np.int64)
        self._pieces: Pieces = np.zeros((ROOM, 4), dtype=np.int64)
        self._used = 0
        self._shelves: dict[int, tuple[int, int]] = {}
        for row, one in enumerate(standing):
            self.put(row, one)

    @property
    def gaps(self) -> int:
        """How many gaps there are in all."""
        return int(self.slabs.gaps.sum())

    @property
    def size(self) -> int:
        """How many bytes its arrays take."""
        return self.slabs.size + self._pieces.nbytes

    def put(self, row: int, one: StandingDuty) -> None:
        """Let a row be this duty from now on, of the same technician and shift."""
        if not np.array_equal(self._periods, one.evaluator.tables.periods):
            raise ValueError("duties that are asked together are driven at the same hours")
        self.standing[row] = one
        self.slabs = with_room(self.slabs, *one.gaps.free_s.shape)
        write(self.slabs, row, one.duty, one.gaps)
        self.roster.carry(row, one.jobs)
        if one.has_prices:
            self._learn(row)

    def quote(self, question: Question, shut: Sequence[int] = ()) -> list[Offer]:
        """The best way to serve a job in each window that can be kept, cheapest and then earliest first.

        Rows in `shut` take no more.
        """
        asked = asked_of(self.roster, question.job, question.windows, shut)
        found = self._look(asked, question)
        offers = []
        for number, window in enumerate(question.windows):
            if found.at[number] < 0:
                continue
            row, position = self._place(asked, found.at[number], found.gap[number])
            technician, shift = self.roster.members[row]
            offers.append(
                Offer(
                    window=window,
                    technician=technician.id,
                    shift=shift,
                    position=position,
                    cost_ms=int(found.cost_ms[number]),
                    timed=partial(question.timed, window, self.standing[row], position),
                )
            )
        return sorted(offers, key=lambda one: (one.cost_ms, one.window.start_s))

    def _look(self, asked: Asked, question: Question) -> Found:
        """The cheapest gap of each window."""
        found = nothing_found(len(question.windows), ROOM)
        if len(self._periods) > 1 and asked.is_bounded:
            self._look_for_likely(asked, question, found)
        sift(self.slabs, self._pieces, asked, question.reach, found, ALL)
        while found.length[0] > len(found.doubtful):
            found = found._replace(doubtful=np.empty((found.length[0], 4), dtype=np.int64), length=0 * found.length)
            sift(self.slabs, self._pieces, asked, question.reach, found, ALL)
        doubtful = found.doubtful[: found.length[0]]
        if not asked.is_bounded:
            doubtful[:, 3] = -TOO_DEAR
        doubtful = doubtful[doubtful[:, 3] < found.cost_ms[doubtful[:, 0]]]
        order = np.lexsort((doubtful[:, 2], doubtful[:, 1], doubtful[:, 3]))
        self._settle(question, asked, found._replace(doubtful=doubtful[order]))
        return found

    def _look_for_likely(self, asked: Asked, question: Question, found: Found) -> None:
        """Price the gap of the least bound for each window, so that the pass has something to compare with.

        With rush hours no cost is sure before it is worked out. A window for which that gap will
        not do is looked for among the next part of the duties.
        """
        for part in range(FEW):
            likely = nothing_found(len(question.windows), 0)
            likely.cost_ms[found.at >= 0] = -TOO_DEAR
            sift(self.slabs, self._pieces, asked, question.reach, likely, part)
            self._settle(question, asked, found._replace(doubtful=_as_doubtful(likely)))
            if (found.at >= 0).all():
                return

    def _settle(self, question: Question, asked: Asked, found: Found) -> None:
        """Price what is in doubt; where that is a matter of whole crews, or has no room, the route is timed."""
        work = new_work(self.slabs.pauses.shape[1], len(self._periods))
        done = 0
        while done < len(found.doubtful):
            if asked.is_bounded:
                pieces = self._pieces
                done = settle(self.slabs, pieces, self._periods, asked, question.reach, found, done, work)
                if done == len(found.doubtful):
                    return
            window, at, gap, _ = found.doubtful[done].tolist()
            row, position = self._place(asked, at, gap)
            if asked.is_bounded and self.slabs.costs_at[row] == NOT_MADE:
                self._learn(row)
                continue
            increase_ms = question.increase_ms(question.windows[window], self.standing[row], position)
            if increase_ms is not None and increase_ms < found.cost_ms[window]:
                found.cost_ms[window], found.at[window], found.gap[window] = increase_ms, at, gap
            done += 1

    def _place(self, asked: Asked, at: int, gap: int) -> tuple[int, int]:
        """The row, and the position in its route."""
        row = int(asked.rows[at])
        return row, int(self.slabs.first[row]) + int(gap)

    def _learn(self, row: int) -> None:
        """Write down what time costs a duty."""
        costs = self.standing[row].time_costs
        if costs is None:
            self.slabs.costs_at[row] = TO_BE_TIMED
            return
        gaps, _, states, _ = costs.at.shape
        self.slabs.costs[row, :gaps, :, :states] = costs.at
        self.slabs.now_ms[row] = costs.now_ms
        at = self._shelf(row, len(costs.pieces))
        self._pieces[at : at + len(costs.pieces)] = costs.pieces
        self.slabs.costs_at[row] = at

    def _shelf(self, row: int, length: int) -> int:
        """Where there is room for so many pieces: where the row had its own, else at the end, with some to spare."""
        at, room = self._shelves.get(row, (0, 0))
        if length > room:
            at, room = self._used, length + length // 2
            self._shelves[row], self._used = (at, room), at + room
        if self._used > len(self._pieces):
            larger = np.zeros((2 * self._used, 4), dtype=np.int64)
            larger[: len(self._pieces)] = self._pieces
            self._pieces = larger
        return at


def _as_doubtful(likely: Found) -> NDArray[np.int64]:
    """What has been found by bounds alone, cheapest bound first."""
    windows = np.flatnonzero(likely.at >= 0)
    rows = np.stack([windows, likely.at[windows], likely.gap[windows], likely.cost_ms[windows]], axis=1)
    return rows[np.argsort(rows[:, 3], kind="stable")].astype(np.int64)
