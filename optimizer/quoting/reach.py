"""How far is it from one place to all others? Known at once, or bounded now and worked out where it matters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled, lean
from optimizer.problem import Place
from optimizer.travel_model import EARTH_RADIUS_M, SpeedModel

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


class Globe(NamedTuple):
    """P places: latitude and longitude in radians, and the same as points of the unit sphere."""

    lat: Floats
    lon: Floats
    cos_lat: Floats
    x: Floats
    y: Floats
    z: Floats


class Reach(NamedTuple):
    """Seconds at the usual speed to and from each of P places; no more than that where not `is_known`.

    With a speed model both are one array, and what is not known is worked out from `globe`
    and the `origin` (lat, lon, cos lat, x, y, z); `model` is (detour factor, metres an hour).
    """

    to_s: Ints
    from_s: Ints
    is_known: NDArray[np.bool_]
    globe: Globe
    origin: Floats
    model: Floats


def globe_of(places: Sequence[Place]) -> Globe:
    """The places in radians; those without coordinates are at 0, 0."""
    lat, lon = (np.radians([getattr(place, name) or 0.0 for place in places]) for name in ("lat", "lon"))
    cos_lat = np.cos(lat)
    return Globe(lat, lon, cos_lat, cos_lat * np.cos(lon), cos_lat * np.sin(lon), np.sin(lat))


def known_reach(to_s: Ints, from_s: Ints) -> Reach:
    """Travel times read off a matrix."""
    nowhere = globe_of([])
    everywhere = np.ones(len(to_s), dtype=np.bool_)
    to_s, from_s = np.array(to_s, dtype=np.int32), np.array(from_s, dtype=np.int32)
    return Reach(to_s, from_s, everywhere, nowhere, np.zeros(6), np.ones(2))


def bounded_reach(model: SpeedModel, globe: Globe, place: Place) -> Reach:
    """Travel times from below, a second short of the straight line through the Earth."""
    origin = np.array([one[0] for one in globe_of([place])])
    speed = np.array([model.detour_factor, float(round(model.speed_km_per_h * 1000))])
    least_s = _least_s(globe, origin, speed)
    return Reach(least_s, least_s, np.zeros(len(least_s), dtype=np.bool_), globe, origin, speed)


@compiled
def _least_s(globe: Globe, origin: Floats, speed: Floats) -> Ints:
    least = np.empty(len(globe.x), dtype=np.int32)
    per_chord_s = EARTH_RADIUS_M * speed[0] * 3600 / speed[1]
    for place in range(len(globe.x)):
        dx, dy, dz = globe.x[place] - origin[3], globe.y[place] - origin[4], globe.z[place] - origin[5]
        least[place] = max(0, int(per_chord_s * math.sqrt(dx * dx + dy * dy + dz * dz)) - 1)
    return least


@lean
def work_out(reach: Reach, place: int) -> None:
    """Make the travel times of one place known, to the formula of SpeedModel."""
    if reach.is_known[place]:
        return
    globe, origin = reach.globe, reach.origin
    half = math.sin((globe.lat[place] - origin[0]) / 2) ** 2
    half += globe.cos_lat[place] * origin[2] * math.sin((globe.lon[place] - origin[1]) / 2) ** 2
    circle = 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, max(0.0, half))))
    metres = np.rint(circle * reach.model[0])
    reach.to_s[place] = math.ceil(metres * 3600 / reach.model[1])
    reach.from_s[place] = reach.to_s[place]
    reach.is_known[place] = True
