from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from dispatch.rules.datum import Coordinate, Datum, convert
from dispatch.rules.navigation import DatumUndocumented, NavigationApp, navigation_link, usable_apps

NANJING = Coordinate(32.0415, 118.7674, Datum.WGS84)
VADUZ = Coordinate(47.141, 9.5209, Datum.WGS84)


def _words(url: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}


def test_a_geo_link_is_wgs84_and_says_so() -> None:
    """RFC 5870, section 3.3: latitude first, then the reference system."""
    link = navigation_link(NANJING, NavigationApp.GEO)
    assert (link.url, link.datum) == ("geo:32.041500,118.767400;crs=wgs84", Datum.WGS84)


def test_a_geo_link_of_a_gcj_coordinate_is_converted() -> None:
    gcj = convert(NANJING, Datum.GCJ02)
    assert navigation_link(gcj, NavigationApp.GEO) == navigation_link(NANJING, NavigationApp.GEO)


def test_an_amap_link_is_gcj02_longitude_first_and_says_so() -> None:
    """https://lbs.amap.com/api/uri-api/guide/travel/route."""
    gcj = convert(NANJING, Datum.GCJ02)
    link = navigation_link(NANJING, NavigationApp.AMAP)
    assert link.datum is Datum.GCJ02
    assert link.url.startswith("https://uri.amap.com/navigation?")
    assert _words(link.url)["to"] == f"{gcj.lon:.6f},{gcj.lat:.6f}"
    assert _words(link.url)["coordinate"] == "gaode"


def test_a_baidu_link_is_bd09_latitude_first_and_says_so() -> None:
    """https://lbsyun.baidu.com/index.php?title=uri/api/web."""
    bd = convert(NANJING, Datum.BD09)
    link = navigation_link(NANJING, NavigationApp.BAIDU)
    assert link.datum is Datum.BD09
    assert _words(link.url)["location"] == f"{bd.lat:.6f},{bd.lon:.6f}"
    assert _words(link.url)["coord_type"] == "bd09ll"


def test_a_baidu_link_abroad_is_wgs84_and_says_so() -> None:
    link = navigation_link(VADUZ, NavigationApp.BAIDU)
    assert link.datum is Datum.WGS84
    assert _words(link.url)["coord_type"] == "wgs84"


@pytest.mark.parametrize("app", [NavigationApp.APPLE, NavigationApp.GOOGLE])
def test_apps_that_document_no_datum_are_refused_where_datums_differ(app: NavigationApp) -> None:
    with pytest.raises(DatumUndocumented) as refused:
        navigation_link(NANJING, app)
    assert refused.value.values == {"app": app.value}
    assert app not in usable_apps(NANJING)


@pytest.mark.parametrize(("app", "word"), [(NavigationApp.APPLE, "daddr"), (NavigationApp.GOOGLE, "destination")])
def test_apple_and_google_work_abroad(app: NavigationApp, word: str) -> None:
    link = navigation_link(VADUZ, app)
    assert _words(link.url)[word] == "47.141000,9.520900"
    assert link.datum is Datum.WGS84


@pytest.mark.parametrize("app", NavigationApp)
def test_a_hostile_label_stays_inside_its_word(app: NavigationApp) -> None:
    label = "V 7&coord_type=wgs84#<b>\"'\u5ba2\u6237, A"
    url = navigation_link(VADUZ, app, label).url
    assert url.isascii()
    assert not set("<>\"' #") & set(url)
    assert _words(url).get("coord_type") in {None, "wgs84"}
    assert _words(url).get("title", label) == label


def test_a_comma_in_a_label_does_not_break_amaps_list() -> None:
    to = _words(navigation_link(VADUZ, NavigationApp.AMAP, "V7, back door").url)["to"]
    assert to == "9.520900,47.141000,V7  back door"


def test_tiny_and_negative_degrees_are_written_plainly() -> None:
    link = navigation_link(Coordinate(-0.0000001, -0.00002, Datum.WGS84), NavigationApp.GEO)
    assert link.url == "geo:0.000000,-0.000020;crs=wgs84"
