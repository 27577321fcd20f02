"""How long it takes from place to place: a speed over great circles, or an explicit matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from optimizer.problem import Place

#: mean radius of the Earth, R1 of GRS 80 (Moritz 2000, Journal of Geodesy 74)
EARTH_RADIUS_M = 6_371_008.8
#: cells computed at a time, so that temporary arrays stay near 4 MB each
_BLOCK_CELLS = 500_000
Matrix = NDArray[np.int32]
Floats = NDArray[np.float64]
Narrow = NDArray[np.uint16] | Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedModel:
    """Great-circle distance times a detour factor, driven at one speed.

    `distance_m` is rounded to whole metres and `travel_s` up to whole seconds, so that the
    same coordinates give the same figures on every machine.
    """

    speed_km_per_h: float = 40.0
    detour_factor: float = 1.3

    def distances_m(self, places: Sequence[Place]) -> Matrix:
        """Metres between all places, an int32 array of shape (places, places)."""
        return self._between_all(places, np.rint)

    def travels_s(self, places: Sequence[Place]) -> Matrix:
        """Seconds between all places, an int32 array of shape (places, places)."""
        metres_per_hour = round(self.speed_km_per_h * 1000)
        return self._between_all(places, lambda road_m: np.ceil(np.rint(road_m) * 3600 / metres_per_hour))

    def _between_all(self, places: Sequence[Place], whole: Callable[[Floats], Floats]) -> Matrix:
        """What `whole` makes of road metres, a block of rows at a time; below the diagonal stands the mirror image."""
        lat = np.radians([place.lat or 0.0 for place in places])
        lon = np.radians([place.lon or 0.0 for place in places])
        matrix = np.empty((len(places), len(places)), dtype=np.int32)
        rows = max(1, _BLOCK_CELLS // max(1, len(places)))
        for first in range(0, len(places), rows):
            block, rest = slice(first, first + rows), slice(first, None)
            road_m = _great_circle_m(lat[block], lon[block], lat[rest], lon[rest]) * self.detour_factor
            matrix[block, rest] = whole(road_m)
            matrix[rest, block] = matrix[block, rest].T
        return matrix


def _great_circle_m(lat: Floats, lon: Floats, to_lat: Floats, to_lon: Floats) -> Floats:
    """Metres from each point to each, in radians, by the haversine formula."""
    half: Floats = np.sin((lat[:, None] - to_lat[None, :]) / 2) ** 2
    half += np.cos(lat)[:, None] * np.cos(to_lat)[None, :] * np.sin((lon[:, None] - to_lon[None, :]) / 2) ** 2
    circle: Floats = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return circle


@dataclass(frozen=True, eq=False, kw_only=True)
class TravelMatrix:
    """Seconds (and metres, where known) from each place to each, in the order of `Problem.places`.

    int32 arrays of shape (places, places) that nobody can change. On the way to another process
    a cell takes two bytes where all fit: up to 18 hours.
    """

    travel_s: Matrix
    distance_m: Matrix | None = None

    def __post_init__(self) -> None:
        for name in ("travel_s", "distance_m"):
            given = getattr(self, name)
            if given is not None:
                array = np.array(given, dtype=np.int32)
                array.setflags(write=False)
                object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Callable[..., TravelMatrix], tuple[Narrow, Narrow | None]]:
        """What goes to another process."""
        return _received, (_narrow(self.travel_s), None if self.distance_m is None else _narrow(self.distance_m))

    def distances_m(self, places: Sequence[Place]) -> Matrix | None:  # noqa: ARG002 - the rows are the places
        """Metres between all places, or None when only times were given."""
        return self.distance_m

    def travels_s(self, places: Sequence[Place]) -> Matrix:  # noqa: ARG002 - the rows are the places
        """Seconds between all places, an int32 array of shape (places, places)."""
        return self.travel_s

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TravelMatrix):
            return NotImplemented
        if (self.distance_m is None) != (other.distance_m is None):
            return False
        same = np.array_equal(self.travel_s, other.travel_s)
        if self.distance_m is None or other.distance_m is None:
            return same
        return same and np.array_equal(self.distance_m, other.distance_m)

    __hash__ = None  # type: ignore[assignment]


def _narrow(matrix: Matrix) -> Narrow:
    fits = not matrix.size or (matrix.min() >= 0 and matrix.max() <= np.iinfo(np.uint16).max)
    return matrix.astype(np.uint16) if fits else matrix


def _received(travel_s: Any, distance_m: Any) -> TravelMatrix:
    return TravelMatrix(travel_s=travel_s, distance_m=distance_m)
