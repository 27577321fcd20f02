"""How long is the way when no road map is at hand?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.errors import InvalidInput
from dispatch.rules.datum import Coordinate, Datum, convert
from dispatch.speed_profile import TOWN, SpeedProfile
from dispatch.travel_matrix import IntMatrix, TravelMatrix

#: mean radius of the Earth, R1 of GRS 80 (Moritz 2000, Journal of Geodesy 74)
EARTH_RADIUS_M = 6_371_008.8
#: road distance over straight distance: 1.42 for car trips (Boscoe, Henry and Zdeb 2012,
#: The Professional Geographer 64)
DETOUR_FACTOR = 1.4
#: cells computed at a time, so that temporary arrays stay near 8 MB each
_BLOCK_CELLS = 1_000_000

FloatArray = NDArray[np.float64]


class InvalidDetourFactor(InvalidInput):
    """A road cannot be shorter than the straight line."""


@dataclass(frozen=True, slots=True)
class GreatCircleTravel:
    """Travel along great circles, lengthened by `detour_factor`, at `speeds`' free flow.

    Symmetric; travel is rounded up to the second, distance to the nearest metre. Raises
    `InvalidDetourFactor` for a factor below 1.
    """

    detour_factor: float = DETOUR_FACTOR
    speeds: SpeedProfile = TOWN

    def __post_init__(self) -> None:
        if not 1.0 <= self.detour_factor <= 10.0:
            raise InvalidDetourFactor("detour_factor")

    def matrix(self, coordinates: Sequence[Coordinate]) -> TravelMatrix:
        """Free-flow travel between all pairs, [n, n]; see `TravelMatrix`."""
        points = unit_vectors(coordinates)
        count = len(points)
        travel_s = np.empty((count, count), dtype=np.int32)
        distance_m = np.empty((count, count), dtype=np.int32)
        rows = max(1, _BLOCK_CELLS // max(1, count))
        for start in range(0, count, rows):
            block = slice(start, start + rows)
            travel_s[block], distance_m[block] = self.between(points[block], points)
        return TravelMatrix(travel_s, distance_m)

    def between(self, origins: FloatArray, destinations: FloatArray) -> tuple[IntMatrix, IntMatrix]:
        """Free-flow travel_s and distance_m, int32 [len(origins), len(destinations)], of unit vectors."""
        road_m = straight_m(origins, destinations) * self.detour_factor
        travel_s = np.ceil(road_m * (3.6 / self.speeds.free_flow_kmh))
        return travel_s.astype(np.int32), np.rint(road_m).astype(np.int32)

    def factors_by_hour(self, *, working_day: bool = True) -> FloatArray:
        """See `TravelModel`."""
        return self.speeds.factors_by_hour(working_day=working_day)


def unit_vectors(coordinates: Sequence[Coordinate]) -> FloatArray:
    """The coordinates, converted to WGS-84, as points of the unit sphere: [n, 3]."""
    points = [convert(coordinate, Datum.WGS84) for coordinate in coordinates]
    lat = np.radians(np.array([point.lat for point in points], dtype=np.float64))
    lon = np.radians(np.array([point.lon for point in points], dtype=np.float64))
    return np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))


def straight_m(origins: FloatArray, destinations: FloatArray) -> FloatArray:
    """Great-circle distances in metres between unit vectors, [len(origins), len(destinations)].

    The haversine formula (Sinnott 1984, Sky and Telescope 68), whose haversine is a
    quarter of the squared chord: exact for near points, and no trigonometry per cell but
    one arcsine. A sphere misses the ellipsoid by 0.6 % at most.
    """
    squared_chord = np.zeros((len(origins), len(destinations)))
    for axis in range(3):
        difference = np.subtract.outer(origins[:, axis], destinations[:, axis])
        squared_chord += np.square(difference, out=difference)
    half_chord = np.sqrt(squared_chord, out=squared_chord) / 2.0
    distances: FloatArray = 2.0 * EARTH_RADIUS_M * np.arcsin(np.minimum(half_chord, 1.0))
    return distances
