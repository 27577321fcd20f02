from __future__ import annotations

import math

import pytest

from dispatch.rules.datum import Coordinate, Datum, InvalidCoordinate, convert, is_shifted

#: WGS-84 lat, lon -> GCJ-02 lat, lon
LIBRARY_PAIRS = [
    (31.1774276, 121.5272106, 31.17530398364597, 121.531541859215),  # Shanghai
    (22.543847, 113.912316, 22.540796131694766, 113.9171764808363),  # Shenzhen
    (39.911954, 116.377817, 39.91334545536069, 116.38404722455657),  # Beijing
    (39.915, 116.404, 39.91640428150164, 116.41024449916938),  # Tiananmen
]

#: WGS-84, GCJ-02 and BD-09 of cities, lat and lon each
CITIES = {
    "Zhengzhou": (34.7478004, 113.6192856, 34.7466173, 113.6253334, 34.7528605, 113.6317519),
    "Haikou": (20.046109, 110.1939936, 20.0440074, 110.1983008, 20.049869, 110.2048302),
    "Changji": (44.0098727, 87.3051259, 44.0111892, 87.308234, 44.0169423, 87.3148362),
    "Wuxi": (31.493068, 120.3073106, 31.4911751, 120.3119179, 31.4968845, 120.3185032),
    "Xilinhot": (43.9312805, 116.0414035, 43.9334573, 116.0482308, 43.9397782, 116.0546232),
    "Nagqu": (31.4784436, 92.0499619, 31.4762063, 92.0512438, 31.4824421, 92.0576832),
    "Hangzhou": (30.2764043, 120.1503589, 30.274088, 120.1550722, 30.2799982, 120.1616149),
}


@pytest.mark.parametrize(("lat", "lon", "shifted_lat", "shifted_lon"), LIBRARY_PAIRS)
def test_wgs_to_gcj_gives_the_check_values_of_public_libraries(
    lat: float, lon: float, shifted_lat: float, shifted_lon: float
) -> None:
    """googollee/eviltransform go/transform_test.go (first three), wandergis/coordtransform test/app.js."""
    shifted = convert(Coordinate(lat, lon, Datum.WGS84), Datum.GCJ02)
    assert (shifted.lat, shifted.lon) == pytest.approx((shifted_lat, shifted_lon), abs=1e-12)


def test_gcj_to_bd_gives_the_check_value_of_a_public_library() -> None:
    """wandergis/coordtransform test/app.js."""
    shifted = convert(Coordinate(39.915, 116.404, Datum.GCJ02), Datum.BD09)
    assert (shifted.lat, shifted.lon) == pytest.approx((39.92133699351021, 116.41036949371029), abs=1e-12)


@pytest.mark.parametrize(
    ("given", "to", "expected"),
    [
        (Coordinate(45, 123, Datum.GCJ02), Datum.WGS84, (44.99804071, 122.99395597)),
        (Coordinate(45, 123, Datum.BD09), Datum.GCJ02, (44.99365430, 122.99363304)),
        (Coordinate(45, 123, Datum.BD09), Datum.WGS84, (44.99171540, 122.98762210)),
    ],
)
def test_inverses_give_the_check_values_of_a_public_library(
    given: Coordinate, to: Datum, expected: tuple[float, float]
) -> None:
    """hujiulong/gcoord test/unit/crs/{GCJ02,BD09}.spec.js, as close as that library asks of itself."""
    found = convert(given, to)
    assert (found.lat, found.lon) == pytest.approx(expected, abs=5e-6)


@pytest.mark.parametrize("city", CITIES)
def test_the_services_own_answers_for_cities_are_met_within_a_metre(city: str) -> None:
    """hujiulong/gcoord test/fixtures/china-cities.json; libraries there are allowed 5 m."""
    lat, lon, gcj_lat, gcj_lon, bd_lat, bd_lon = CITIES[city]
    gcj = convert(Coordinate(lat, lon, Datum.WGS84), Datum.GCJ02)
    bd = convert(Coordinate(lat, lon, Datum.WGS84), Datum.BD09)
    assert (gcj.lat, gcj.lon) == pytest.approx((gcj_lat, gcj_lon), abs=9e-6)
    assert (bd.lat, bd.lon) == pytest.approx((bd_lat, bd_lon), abs=9e-6)


@pytest.mark.parametrize("to", Datum)
@pytest.mark.parametrize("given", Datum)
def test_abroad_the_numbers_stay_and_only_the_datum_changes(given: Datum, to: Datum) -> None:
    assert convert(Coordinate(47.1660, 9.5035, given), to) == Coordinate(47.1660, 9.5035, to)


@pytest.mark.parametrize(
    ("lat", "lon"), [(22.3193, 114.1694), (22.1987, 113.5439), (25.0330, 121.5654), (37.5665, 126.9780)]
)
def test_the_box_covers_hong_kong_macau_taiwan_and_neighbours(lat: float, lon: float) -> None:
    """As Baidu documents for the first three; the module says what to do about it."""
    assert is_shifted(lat, lon)


@pytest.mark.parametrize("lat", [90.1, -90.1, math.nan, math.inf])
def test_a_latitude_out_of_range_is_refused(lat: float) -> None:
    with pytest.raises(InvalidCoordinate) as refused:
        Coordinate(lat, 9.5, Datum.WGS84)
    assert (refused.value.code, refused.value.field) == ("invalid_coordinate", "lat")


@pytest.mark.parametrize("lon", [180.1, -180.1, math.nan, -math.inf])
def test_a_longitude_out_of_range_is_refused(lon: float) -> None:
    with pytest.raises(InvalidCoordinate) as refused:
        Coordinate(47.1, lon, Datum.WGS84)
    assert refused.value.field == "lon"


@pytest.mark.parametrize(("lat", "lon"), [(90.0, 180.0), (-90.0, -180.0), (0, 0)])
def test_the_ends_of_the_range_are_coordinates(lat: float, lon: float) -> None:
    assert Coordinate(lat, lon, Datum.WGS84).lat == lat


def test_a_refused_coordinate_does_not_repeat_where_it_was() -> None:
    with pytest.raises(InvalidCoordinate) as refused:
        Coordinate(91.5, 9.520008, Datum.WGS84)
    assert "91.5" not in str(refused.value)
    assert "9.52" not in repr(refused.value)
