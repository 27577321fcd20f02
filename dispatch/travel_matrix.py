"""What is a travel matrix, and what can make one?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dispatch.rules.datum import Coordinate
from optimizer.travel_model import SpeedModel

IntMatrix = NDArray[np.int32]


class RoadFault(StrEnum):
    """Why road times are missing from a matrix that asked for them."""

    UNREACHABLE = "road_times_unreachable"
    """No answer in time, or an error that may pass."""
    REFUSED = "road_times_refused"
    """The server understood and said no; its settings or ours are wrong."""
    UNREADABLE = "road_times_unreadable"
    """The answer is not that of a table service."""


@dataclass(frozen=True, slots=True, eq=False)
class TravelMatrix:
    """Travel between n places at free flow: from row to column, in the order they were given.

    `travel_s` and `distance_m` are int32 [n, n] with a zero diagonal. `fallback_cells`
    counts the cells off the diagonal that wanted a road time and carry an estimate, and
    `fault` says why when all of them do.
    """

    travel_s: IntMatrix
    distance_m: IntMatrix
    fallback_cells: int = 0
    fault: RoadFault | None = None


class TravelModel(Protocol):
    """A source of travel times."""

    @property
    def formula(self) -> SpeedModel | None:
        """What makes the very times of `matrix` from WGS-84 coordinates; None if they must be looked up."""
        ...

    def matrix(self, coordinates: Sequence[Coordinate]) -> TravelMatrix:
        """Free-flow travel between all pairs of `coordinates`, of any datum, mixed if need be."""
        ...

    def factors_by_hour(self, *, working_day: bool = True) -> NDArray[np.float64]:
        """What to multiply travel by when leaving in each hour of a working day, or of a day off: [24], all >= 1."""
        ...
