"""How fast does traffic move at each hour of the local day?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.errors import InvalidInput

HOURS = 24
_SLOWEST_KMH, _FASTEST_KMH = 1.0, 200.0

#: door to door through a town and its surroundings; an assumption until an operator measures
TOWN_KMH = (45.0,) * 6 + (40.0, 30.0, 28.0) + (34.0,) * 7 + (30.0, 26.0, 28.0) + (36.0,) * 3 + (42.0, 45.0)


class InvalidSpeedProfile(InvalidInput):
    """Not 24 speeds between 1 and 200 km/h."""


@dataclass(frozen=True, slots=True)
class SpeedProfile:
    """Speeds in km/h, one for each hour of the local day, midnight first.

    Raises `InvalidSpeedProfile`. A day of 23 or 25 hours uses the entry of its wall clock.
    """

    kmh: tuple[float, ...] = TOWN_KMH

    def __post_init__(self) -> None:
        sound = all(math.isfinite(speed) and _SLOWEST_KMH <= speed <= _FASTEST_KMH for speed in self.kmh)
        if len(self.kmh) != HOURS or not sound:
            raise InvalidSpeedProfile("kmh")

    @property
    def free_flow_kmh(self) -> float:
        """The speed of the fastest hour, which travel matrices are computed for."""
        return max(self.kmh)

    def factors_by_hour(self) -> NDArray[np.float64]:
        """What to multiply a free-flow travel time by when leaving in each hour: [24], all >= 1."""
        return self.free_flow_kmh / np.asarray(self.kmh, dtype=np.float64)
