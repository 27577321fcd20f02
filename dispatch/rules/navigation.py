"""Which link opens a map app at this door, and in which datum does it speak? (R82)

Each app gets its own datum, and the link says so wherever the app has a word for it:

- `geo:` (RFC 5870) is WGS-84 by definition and by its `crs` parameter; Android.
- Amap's URI API takes GCJ-02, `coordinate=gaode`.
- Baidu's URI API takes BD-09, `coord_type=bd09ll`; a marker, because its direction page
  demands a starting point. Abroad Baidu documents WGS-84, so there it gets `wgs84`.
- Apple's and Google's links have no such word. They mean WGS-84 abroad and document
  nothing where datums differ, so there they are refused rather than guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode

from dispatch.errors import InvalidInput
from dispatch.rules.datum import Coordinate, Datum, convert, is_shifted

#: what Amap and Baidu ask of every caller: who sent the visitor (Baidu: webapp.company.app)
_SOURCE = "webapp.punctual.dispatch"


class NavigationApp(StrEnum):
    """A map application that opens links."""

    GEO = "geo"
    AMAP = "amap"
    BAIDU = "baidu"
    APPLE = "apple"
    GOOGLE = "google"


class DatumUndocumented(InvalidInput):
    """The app does not say which datum it means at this place; offer another app."""


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A link, escaped for use as an `href` after HTML escaping, and the datum of its numbers."""

    url: str
    datum: Datum


def usable_apps(coordinate: Coordinate) -> tuple[NavigationApp, ...]:
    """The apps whose datum is documented at this place, in the order of `NavigationApp`."""
    if not _differ_at(coordinate):
        return tuple(NavigationApp)
    return tuple(app for app in NavigationApp if app not in _UNDOCUMENTED)


def navigation_link(coordinate: Coordinate, app: NavigationApp, label: str = "") -> NavigationLink:
    """The link that opens `app` at `coordinate`, converted to the app's datum.

    `label` is shown on the map and seen by the app's maker: a visit number, never a name
    or an address. Raises `DatumUndocumented` for Apple and Google where datums differ.
    """
    if app not in usable_apps(coordinate):
        raise DatumUndocumented("app", app=app.value)
    spoken = _SPOKEN.get(app, Datum.WGS84)
    if spoken is Datum.BD09 and not _differ_at(coordinate):
        spoken = Datum.WGS84
    return NavigationLink(_LINKS[app](convert(coordinate, spoken), label.strip()), spoken)


_UNDOCUMENTED = frozenset({NavigationApp.APPLE, NavigationApp.GOOGLE})
_SPOKEN = {NavigationApp.AMAP: Datum.GCJ02, NavigationApp.BAIDU: Datum.BD09}
_BAIDU_WORDS = {Datum.BD09: "bd09ll", Datum.WGS84: "wgs84"}


def _differ_at(coordinate: Coordinate) -> bool:
    return is_shifted(coordinate.lat, coordinate.lon)


def _geo(point: Coordinate, label: str) -> str:  # noqa: ARG001  # RFC 5870 has no word for a label
    return f"geo:{_degrees(point.lat)},{_degrees(point.lon)};crs=wgs84"


def _amap(point: Coordinate, label: str) -> str:
    name = label.replace(",", " ")  # Amap splits its value at commas, escaped or not
    to = ",".join(filter(None, (_degrees(point.lon), _degrees(point.lat), name)))
    words = {"to": to, "mode": "car", "coordinate": "gaode", "callnative": "1", "src": _SOURCE}
    return _link("https://uri.amap.com/navigation", words)


def _baidu(point: Coordinate, label: str) -> str:
    at = f"{_degrees(point.lat)},{_degrees(point.lon)}"
    words = {"location": at, "title": label or at, "content": label or at, "output": "html"}
    return _link(
        "https://api.map.baidu.com/marker",
        {**words, "coord_type": _BAIDU_WORDS[point.datum], "src": _SOURCE},
    )


def _apple(point: Coordinate, label: str) -> str:
    words = {"daddr": f"{_degrees(point.lat)},{_degrees(point.lon)}", "dirflg": "d", "q": label}
    return _link("https://maps.apple.com/", words)


def _google(point: Coordinate, label: str) -> str:  # noqa: ARG001  # Google's link has no word for a label
    destination = f"{_degrees(point.lat)},{_degrees(point.lon)}"
    return _link("https://www.google.com/maps/dir/", {"api": "1", "destination": destination})


def _link(page: str, words: dict[str, str]) -> str:
    return f"{page}?{urlencode({key: word for key, word in words.items() if word}, quote_via=quote, safe=',')}"


def _degrees(value: float) -> str:
    """Degrees to six decimals (0.1 m), never in exponent notation and never minus zero."""
    return f"{round(value, 6) + 0.0:.6f}"


_LINKS: dict[NavigationApp, Callable[[Coordinate, str], str]] = {
    NavigationApp.GEO: _geo,
    NavigationApp.AMAP: _amap,
    NavigationApp.BAIDU: _baidu,
    NavigationApp.APPLE: _apple,
    NavigationApp.GOOGLE: _google,
}
