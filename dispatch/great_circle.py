"""How long is the way when no road map is at hand?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dispatch.errors import InvalidInput
from dispatch.rules.datum import Coordinate, Datum, convert
from dispatch.speed_profile import TOWN, SpeedProfile
from dispatch.travel_matrix import TravelMatrix
from optimizer.problem import Place
from optimizer.travel_model import EARTH_RADIUS_M, SpeedModel

#: road distance over straight distance: 1.42 for car trips (Boscoe, Henry and Zdeb 2012,
#: The Professional Geographer 64)
DETOUR_FACTOR = 1.4

FloatArray = NDArray[np.float64]


class InvalidDetourFactor(InvalidInput):
    """A road cannot be shorter than the straight line."""


@dataclass(frozen=True, slots=True)
class GreatCircleTravel:
    """Travel along great circles, lengthened by `detour_factor`, at `speeds`' free flow.

    Symmetric; distance is rounded to the nearest metre, the travel it takes up to the second.
    Raises `InvalidDetourFactor` for a factor below 1.
    """

    detour_factor: float = DETOUR_FACTOR
    speeds: SpeedProfile = TOWN

    def __post_init__(self) -> None:
        if not 1.0 <= self.detour_factor <= 10.0:
            raise InvalidDetourFactor("detour_factor")

    @property
    def formula(self) -> SpeedModel:
        """See `TravelModel`: the optimizer's own, so that the times are the same wherever they are worked out."""
        return SpeedModel(speed_km_per_h=self.speeds.free_flow_kmh, detour_factor=self.detour_factor)

    def matrix(self, coordinates: Sequence[Coordinate]) -> TravelMatrix:
        """Free-flow travel between all pairs, [n, n]; see `TravelMatrix`."""
        points = [convert(coordinate, Datum.WGS84) for coordinate in coordinates]
        places = [Place(id="", lat=point.lat, lon=point.lon) for point in points]
        return TravelMatrix(self.formula.travels_s(places), self.formula.distances_m(places))

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
