"""Travel times that were asked before, so that a lock is never held while a road server answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from dispatch.errors import Refusal
from dispatch.rules.datum import Coordinate
from dispatch.travel_matrix import IntMatrix, RoadFault, TravelMatrix, TravelModel

#: places remembered: 2,000 take 36 MB
MOST_PLACES = 2_000
#: places asked about together when some are known: what a road server takes in one request
ASKED_AT_ONCE = 100
#: how long estimates stand in for the answers of a server that failed
ESTIMATES_STAND_S = 60.0
_UNKNOWN = -1


class PlacesUnknown(Refusal):
    """Travel between some places was never asked for; `learn` them outside the transaction, then try again."""

    again = True


class RememberedTravel:
    """A travel model that remembers every answer; safe between threads.

    `matrix` asks the model behind it about what is not known yet, no more than needed.
    `recalled` is the same memory as a model that never asks: what services use while they
    hold locks. Estimates that stand in for a failed server are asked for again after a minute.
    """

    def __init__(self, model: TravelModel, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._model = model
        self._clock = clock
        self._recalled = _Recalled(self)
        self._lock = threading.Lock()
        self._travel_s: IntMatrix = np.zeros((0, 0), dtype=np.int32)
        self._distance_m: IntMatrix = np.zeros((0, 0), dtype=np.int32)
        self._estimated: NDArray[np.bool_] = np.zeros((0, 0), dtype=np.bool_)
        self._empty()

    @property
    def recalled(self) -> TravelModel:
        """The memory alone: raises PlacesUnknown where it would have to ask."""
        return self._recalled

    @property
    def formula(self) -> None:
        """A memory, whatever of."""

    def matrix(self, coordinates: Sequence[Coordinate]) -> TravelMatrix:
        """Free-flow travel between all pairs of `coordinates`."""
        self.learn(coordinates)
        try:
            return self.recall(coordinates)
        except PlacesUnknown:  # another thread's question has just emptied a full memory
            return self._model.matrix(coordinates)

    def factors_by_hour(self, *, working_day: bool = True) -> NDArray[np.float64]:
        """As the model behind says."""
        return self._model.factors_by_hour(working_day=working_day)

    def learn(self, coordinates: Sequence[Coordinate]) -> None:
        """Ask about the pairs of `coordinates` that are not known; nothing is locked meanwhile."""
        wanted = list(dict.fromkeys(coordinates))
        with self._lock:
            self._forget_estimates()
            unknown = self._unknown(wanted)
        for question in _questions(wanted, unknown):
            answer = self._model.matrix(question)
            with self._lock:
                self._remember(question, answer, wanted)

    def recall(self, coordinates: Sequence[Coordinate]) -> TravelMatrix:
        """Travel between all pairs of `coordinates` from memory; raises PlacesUnknown."""
        with self._lock:
            rows = [self._rows.get(coordinate, _UNKNOWN) for coordinate in coordinates]
            if _UNKNOWN in rows:
                raise PlacesUnknown("places", places=rows.count(_UNKNOWN))
            picked = np.ix_(rows, rows)
            travel_s, distance_m = self._travel_s[picked], self._distance_m[picked]
            estimated = bool(self._estimated[picked].any())
        if (travel_s == _UNKNOWN).any():
            raise PlacesUnknown("places", places=len(rows))
        cells = min(self._fallback_cells, len(rows) * (len(rows) - 1))
        return TravelMatrix(travel_s, distance_m, cells, self._fault if estimated else None)

    # --- the memory; the caller has the lock ------------------------------------------------

    def _empty(self) -> None:
        self._rows: dict[Coordinate, int] = {}
        self._fallback_cells = 0
        self._fault: RoadFault | None = None
        self._fault_at = 0.0
        self._resize(0)

    def _resize(self, size: int) -> None:
        known = len(self._rows)
        travel_s = np.full((size, size), _UNKNOWN, dtype=np.int32)
        distance_m = np.zeros((size, size), dtype=np.int32)
        estimated = np.zeros((size, size), dtype=np.bool_)
        if known:
            travel_s[:known, :known] = self._travel_s[:known, :known]
            distance_m[:known, :known] = self._distance_m[:known, :known]
            estimated[:known, :known] = self._estimated[:known, :known]
        self._travel_s, self._distance_m, self._estimated = travel_s, distance_m, estimated

    def _unknown(self, wanted: Sequence[Coordinate]) -> NDArray[np.bool_]:
        """Which pairs are not known, bool [n, n]."""
        unknown = np.ones((len(wanted), len(wanted)), dtype=np.bool_)
        known = [index for index, coordinate in enumerate(wanted) if coordinate in self._rows]
        if known:
            rows = [self._rows[wanted[index]] for index in known]
            unknown[np.ix_(known, known)] = self._travel_s[np.ix_(rows, rows)] == _UNKNOWN
        return unknown

    def _remember(self, question: Sequence[Coordinate], answer: TravelMatrix, wanted: Sequence[Coordinate]) -> None:
        new = [coordinate for coordinate in question if coordinate not in self._rows]
        if len(self._rows) + len(new) > MOST_PLACES and not set(self._rows) <= set(wanted):
            self._empty()
            new = list(question)
        if len(self._rows) + len(new) > len(self._travel_s):
            self._resize(max(2 * len(self._travel_s), len(self._rows) + len(new)))
        for coordinate in new:
            self._rows[coordinate] = len(self._rows)
        rows = [self._rows[coordinate] for coordinate in question]
        picked = np.ix_(rows, rows)
        self._travel_s[picked] = answer.travel_s
        self._distance_m[picked] = answer.distance_m
        self._estimated[picked] = answer.fault is not None
        self._fallback_cells += answer.fallback_cells
        if answer.fault is not None:
            self._fault, self._fault_at = answer.fault, self._clock()

    def _forget_estimates(self) -> None:
        """What stands in for a server's answer is forgotten after a while: the server may be back."""
        if self._fault is None or self._clock() - self._fault_at < ESTIMATES_STAND_S:
            return
        self._travel_s[self._estimated] = _UNKNOWN
        self._fallback_cells = max(0, self._fallback_cells - int(self._estimated.sum()))
        self._estimated[:] = False
        self._fault = None


class _Recalled:
    """The memory of a RememberedTravel, and nothing behind it."""

    def __init__(self, memory: RememberedTravel) -> None:
        self._memory = memory

    @property
    def formula(self) -> None:
        """A memory, whatever of."""

    def matrix(self, coordinates: Sequence[Coordinate]) -> TravelMatrix:
        """Travel between all pairs of `coordinates`; raises PlacesUnknown."""
        return self._memory.recall(coordinates)

    def factors_by_hour(self, *, working_day: bool = True) -> NDArray[np.float64]:
        """As the model behind says."""
        return self._memory.factors_by_hour(working_day=working_day)


def _questions(wanted: Sequence[Coordinate], unknown: NDArray[np.bool_]) -> Iterator[list[Coordinate]]:
    """Which places to ask about together: all of them, or a few new ones beside parts of the known ones."""
    new = _new(unknown)
    if not new:
        return
    known = [index for index in range(len(wanted)) if index not in set(new)]
    beside = max(len(new), ASKED_AT_ONCE - len(new))
    if len(known) <= beside:
        yield list(wanted)
        return
    for start in range(0, len(known), beside):
        yield [wanted[index] for index in (*new, *known[start : start + beside])]


def _new(unknown: NDArray[np.bool_]) -> list[int]:
    """Few places that have a part in every unknown pair."""
    left = unknown.copy()
    count = left.sum(axis=0) + left.sum(axis=1)
    new: list[int] = []
    while count.any():
        row = int(count.argmax())
        new.append(row)
        count -= left[row, :].astype(count.dtype) + left[:, row]
        left[row, :] = left[:, row] = False
        count[row] = 0
    return new
