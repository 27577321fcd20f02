"""How fast does traffic move at each hour of the local day?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.errors import InvalidInput

HOURS = 24
_SLOWEST_KMH, _FASTEST_KMH = 1.0, 200.0
#: an hour that takes longer is a closed road, not a rush hour; the optimizer's limit too
_MOST_TIMES_SLOWER = 10.0

#: door to door through a town and its surroundings; assumptions until an operator measures
TOWN_KMH = (45.0,) * 6 + (40.0, 30.0, 28.0) + (34.0,) * 7 + (30.0, 26.0, 28.0) + (36.0,) * 3 + (42.0, 45.0)
#: the same on a weekend or a holiday: nobody commutes, many are about in the afternoon
TOWN_DAY_OFF_KMH = (45.0,) * 8 + (42.0,) * 2 + (36.0,) * 8 + (40.0,) * 4 + (45.0,) * 2


class InvalidSpeedProfile(InvalidInput):
    """Not 24 speeds between 1 and 200 km/h, the slowest no less than a tenth of the fastest."""


@dataclass(frozen=True, slots=True)
class SpeedProfile:
    """Speeds in km/h, one for each hour of the local day, midnight first.

    `kmh` are those of a working day, `day_off_kmh` those of weekends and holidays (None: the
    same). Raises `InvalidSpeedProfile`. A day of 23 or 25 hours uses the entry of its wall clock.
    """

    kmh: tuple[float, ...] = TOWN_KMH
    day_off_kmh: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        for name, speeds in (("kmh", self.kmh), ("day_off_kmh", self.day_off_kmh or self.kmh)):
            sound = all(math.isfinite(speed) and _SLOWEST_KMH <= speed <= _FASTEST_KMH for speed in speeds)
            if len(speeds) != HOURS or not sound or self.free_flow_kmh > _MOST_TIMES_SLOWER * min(speeds):
                raise InvalidSpeedProfile(name)

    @property
    def free_flow_kmh(self) -> float:
        """The speed of the fastest hour, which travel matrices are computed for."""
        return max(*self.kmh, *(self.day_off_kmh or ())) if self.kmh else 0.0

    def factors_by_hour(self, *, working_day: bool = True) -> NDArray[np.float64]:
        """What to multiply a free-flow travel time by when leaving in each hour: [24], all >= 1."""
        speeds = self.kmh if working_day else self.day_off_kmh or self.kmh
        return self.free_flow_kmh / np.asarray(speeds, dtype=np.float64)


#: what an installation drives by unless it says otherwise
TOWN = SpeedProfile(TOWN_KMH, TOWN_DAY_OFF_KMH)
