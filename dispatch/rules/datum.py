"""Where is it, and in which datum? (R82)

A coordinate never travels without its datum, and is converted only at the edges. GCJ-02
and BD-09 have no official publication: the formulas are those in public use since 2010
(eviltransform, coordtransform, gcoord). They reproduce those libraries' check values
exactly and the services' own answers, as far as gcoord tabulates them, to within 1 m.

Hong Kong, Macau and Taiwan: Baidu documents BD-09 and GCJ-02 for "China, including Hong
Kong, Macau and Taiwan" and WGS-84 abroad, and the box below treats them so. Local map
providers and the international ones use WGS-84 there: say so in the datum, not in a
conversion. The box also covers neighbours (Korea, northern Vietnam, parts of Japan and
India) whose coordinates should simply stay in WGS-84.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dispatch.errors import InvalidInput

#: the box inside which the shifts apply, in degrees
SOUTH, NORTH = 0.8293, 55.8271
WEST, EAST = 72.004, 137.8347

#: ellipsoid of the shift: Krasovsky 1940, semi-major axis in metres and first eccentricity squared
_AXIS_M = 6_378_245.0
_ECCENTRICITY_2 = 0.00669342162296594323
#: origin of the polynomial of the shift, in degrees
_ORIGIN_LAT, _ORIGIN_LON = 35.0, 105.0
#: BD-09's constant displacement, in degrees, and the wave number of its ripple, per degree
_BD_LAT, _BD_LON = 0.006, 0.0065
_BD_WAVE = math.pi * 3000.0 / 180.0

#: an inverse is good when its image misses by less than this many degrees (0.1 mm)
_CLOSE_ENOUGH = 1e-9
_ITERATIONS = 30

_Pair = tuple[float, float]


class Datum(StrEnum):
    """What the numbers of a coordinate refer to."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


class UnknownDatum(InvalidInput):
    """A datum other than WGS84, GCJ02 and BD09."""


class InvalidCoordinate(InvalidInput):
    """A latitude or longitude that is not a finite number within its range."""


@dataclass(frozen=True, slots=True)
class Coordinate:
    """A point on the ground: degrees north, degrees east, and what they refer to.

    Raises `InvalidCoordinate` naming `lat` (-90 to 90) or `lon` (-180 to 180).
    """

    lat: float
    lon: float
    datum: Datum

    def __post_init__(self) -> None:
        for field, value, limit in (("lat", self.lat, 90.0), ("lon", self.lon, 180.0)):
            if not math.isfinite(value) or abs(value) > limit:
                raise InvalidCoordinate(field)


def read_datum(text: str, *, field: str = "datum") -> Datum:
    """The datum that is written here, with or without a hyphen; nothing means WGS-84. Raises `UnknownDatum`."""
    try:
        return Datum(text.strip().upper().replace("-", "") or Datum.WGS84)
    except ValueError:
        raise UnknownDatum(field) from None


def is_shifted(lat: float, lon: float) -> bool:
    """Whether GCJ-02 and BD-09 differ from WGS-84 here (degrees; see the module's note on the box)."""
    return SOUTH <= lat <= NORTH and WEST <= lon <= EAST


def convert(coordinate: Coordinate, to: Datum) -> Coordinate:
    """The same point in another datum; outside the box the numbers stay as they are.

    There and back agrees to 1e-9 degrees (0.1 mm), except within two kilometres of the
    box's own edge, which runs through sea and foreign land.
    """
    if coordinate.datum is to:
        return coordinate
    pair = (coordinate.lat, coordinate.lon)
    if is_shifted(*pair):
        for step in _STEPS[coordinate.datum, to]:
            pair = step(pair)
    return Coordinate(*pair, datum=to)


def _gcj_from_wgs(wgs: _Pair) -> _Pair:
    lat, lon = wgs
    radians = math.radians(lat)
    root = math.sqrt(1.0 - _ECCENTRICITY_2 * math.sin(radians) ** 2)
    meridian_m = _AXIS_M * (1.0 - _ECCENTRICITY_2) / root**3
    parallel_m = _AXIS_M / root * math.cos(radians)
    north_m, east_m = _shift_m(lat - _ORIGIN_LAT, lon - _ORIGIN_LON)
    return lat + math.degrees(north_m / meridian_m), lon + math.degrees(east_m / parallel_m)


def _shift_m(y: float, x: float) -> _Pair:
    """Metres north and east by which GCJ-02 moves a point, `y` and `x` degrees from its origin."""
    ripple = 20.0 * (math.sin(6.0 * math.pi * x) + math.sin(2.0 * math.pi * x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    north_waves = ripple + _waves(y, ((20.0, 1.0), (40.0, 3.0), (160.0, 12.0), (320.0, 30.0)))
    east_waves = ripple + _waves(x, ((20.0, 1.0), (40.0, 3.0), (150.0, 12.0), (300.0, 30.0)))
    return north + north_waves * 2.0 / 3.0, east + east_waves * 2.0 / 3.0


def _waves(angle: float, terms: tuple[_Pair, ...]) -> float:
    return sum(height * math.sin(angle * math.pi / length) for height, length in terms)


def _bd_from_gcj(gcj: _Pair) -> _Pair:
    lat, lon = gcj
    radius = math.hypot(lon, lat) + 2e-5 * math.sin(lat * _BD_WAVE)
    angle = math.atan2(lat, lon) + 3e-6 * math.cos(lon * _BD_WAVE)
    return radius * math.sin(angle) + _BD_LAT, radius * math.cos(angle) + _BD_LON


def _inverse(forward: Callable[[_Pair], _Pair]) -> Callable[[_Pair], _Pair]:
    """The inverse of a small smooth shift, by fixed-point iteration.

    Each round corrects the guess by the miss of its image; the shift changes by less than
    1 % per degree moved (5 % for BD-09), so every round gains more than a decimal.
    """

    def solve(target: _Pair) -> _Pair:
        lat, lon = target
        for _ in range(_ITERATIONS):
            image = forward((lat, lon))
            miss = target[0] - image[0], target[1] - image[1]
            lat, lon = lat + miss[0], lon + miss[1]
            if max(abs(miss[0]), abs(miss[1])) < _CLOSE_ENOUGH:
                break
        return lat, lon

    return solve


_wgs_from_gcj = _inverse(_gcj_from_wgs)
_gcj_from_bd = _inverse(_bd_from_gcj)

_STEPS: dict[tuple[Datum, Datum], tuple[Callable[[_Pair], _Pair], ...]] = {
    (Datum.WGS84, Datum.GCJ02): (_gcj_from_wgs,),
    (Datum.WGS84, Datum.BD09): (_gcj_from_wgs, _bd_from_gcj),
    (Datum.GCJ02, Datum.BD09): (_bd_from_gcj,),
    (Datum.GCJ02, Datum.WGS84): (_wgs_from_gcj,),
    (Datum.BD09, Datum.GCJ02): (_gcj_from_bd,),
    (Datum.BD09, Datum.WGS84): (_gcj_from_bd, _wgs_from_gcj),
}
