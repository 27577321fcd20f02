from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dispatch.great_circle import GreatCircleTravel, straight_m, unit_vectors
from dispatch.road_times import OsrmTravel
from dispatch.rules.datum import Coordinate, Datum
from dispatch.settings import Settings
from dispatch.travel import RoadFault, build_travel_model
from tests.osrm_server import OsrmTools, serve_roads

#: no car of OSRM's profile drives faster
TOP_SPEED_M_PER_S = 140 / 3.6
#: how far an address may lie from the road it is matched to, at both ends
MATCHED_M = 400.0

pytestmark = pytest.mark.shared

STRAIGHT = GreatCircleTravel()


def _roads(url: str, max_table_size: int = 1000) -> OsrmTravel:
    return OsrmTravel(url, timeout_s=10.0, fallback=STRAIGHT, max_table_size=max_table_size)


def test_every_real_address_is_reached_by_road(liechtenstein_roads: str, order_places: list[Coordinate]) -> None:
    matrix = _roads(liechtenstein_roads).matrix(order_places)
    assert len(order_places) > 300
    assert (matrix.fallback_cells, matrix.fault) == (0, None)
    assert matrix.travel_s.dtype == matrix.distance_m.dtype == np.int32
    assert not matrix.travel_s.diagonal().any()
    assert not matrix.distance_m.diagonal().any()
    assert (matrix.distance_m >= 0).all()


def test_no_road_is_shorter_than_the_straight_line_nor_driven_faster_than_any_car(
    liechtenstein_roads: str, order_places: list[Coordinate]
) -> None:
    matrix = _roads(liechtenstein_roads).matrix(order_places)
    vectors = unit_vectors(order_places)
    least_m = straight_m(vectors, vectors) - MATCHED_M
    assert (matrix.distance_m >= least_m).all()
    assert (matrix.travel_s >= least_m / TOP_SPEED_M_PER_S).all()


def test_roads_are_longer_one_way_than_the_other(liechtenstein_roads: str, order_places: list[Coordinate]) -> None:
    matrix = _roads(liechtenstein_roads).matrix(order_places)
    assert (matrix.travel_s != matrix.travel_s.T).any()


@pytest.mark.parametrize("max_table_size", [2, 7, 30])
def test_a_matrix_asked_for_in_parts_is_the_matrix_asked_for_whole(
    liechtenstein_roads: str, order_places: list[Coordinate], max_table_size: int
) -> None:
    places = order_places[:31] if max_table_size > 2 else order_places[:9]
    whole = _roads(liechtenstein_roads).matrix(places)
    parts = _roads(liechtenstein_roads, max_table_size).matrix(places)
    assert (whole.travel_s == parts.travel_s).all()
    assert (whole.distance_m == parts.distance_m).all()
    assert parts.fallback_cells == 0


def test_parts_keep_to_the_size_that_the_server_allows(
    osrm_tools: OsrmTools, liechtenstein_base: Path, order_places: list[Coordinate]
) -> None:
    with serve_roads(osrm_tools, liechtenstein_base, max_table_size=20) as url:
        assert _roads(url, 20).matrix(order_places[:55]).fault is None


def test_a_table_larger_than_the_server_allows_is_refused_once_and_estimated(
    osrm_tools: OsrmTools, liechtenstein_base: Path, order_places: list[Coordinate]
) -> None:
    with serve_roads(osrm_tools, liechtenstein_base, max_table_size=20) as url:
        matrix = _roads(url, 1000).matrix(order_places[:55])
    assert matrix.fault is RoadFault.REFUSED
    assert matrix.fallback_cells == 55 * 54
    assert (matrix.travel_s == STRAIGHT.matrix(order_places[:55]).travel_s).all()


def test_cells_without_a_way_are_estimated_and_counted(islands_roads: str) -> None:
    """OSRM answers null for them; both islands' own cells stay by road."""
    places = [Coordinate(lat, lon, Datum.WGS84) for lat in (47.1001, 47.1019) for lon in (9.5000, 9.5130)]
    matrix = _roads(islands_roads).matrix(places)
    estimate = STRAIGHT.matrix(places)
    apart = np.array([[False, True] * 2, [True, False] * 2] * 2)
    assert (matrix.fallback_cells, matrix.fault) == (8, None)
    assert (matrix.travel_s[apart] == estimate.travel_s[apart]).all()
    assert (matrix.travel_s[~apart] != estimate.travel_s[~apart]).any()


def test_a_place_off_the_map_is_estimated_not_moved_to_the_nearest_road(
    liechtenstein_roads: str, order_places: list[Coordinate]
) -> None:
    """OSRM would match Andorra la Vella to a road in Liechtenstein and answer as if it stood there."""
    places = [*order_places[:3], Coordinate(42.5063, 1.5218, Datum.WGS84)]
    matrix = _roads(liechtenstein_roads).matrix(places)
    assert (matrix.fallback_cells, matrix.fault) == (6, None)
    assert (matrix.distance_m[3, :3] > 700_000).all()
    assert (matrix.distance_m[:3, 3] > 700_000).all()


def test_another_map_is_another_country(andorra_roads: str) -> None:
    places = [Coordinate(42.5063, 1.5218, Datum.WGS84), Coordinate(42.5675, 1.5986, Datum.WGS84)]
    matrix = _roads(andorra_roads).matrix(places)
    assert matrix.fallback_cells == 0
    assert 8_000 < matrix.distance_m[0, 1] < 25_000
    assert 500 < matrix.travel_s[0, 1] < 2_500


def test_settings_choose_road_times(liechtenstein_roads: str, order_places: list[Coordinate]) -> None:
    settings = Settings(osrm_url=liechtenstein_roads, osrm_max_table_size=1000, detour_factor=1.2)
    model = build_travel_model(settings)
    matrix = model.matrix(order_places[:3])
    assert matrix.fault is None
    assert (matrix.travel_s != STRAIGHT.matrix(order_places[:3]).travel_s).any()
    assert (model.factors_by_hour() == STRAIGHT.factors_by_hour()).all()
