from __future__ import annotations

import numpy as np
import pytest
from geopy.distance import great_circle

from dispatch.great_circle import GreatCircleTravel, InvalidDetourFactor, straight_m, unit_vectors
from dispatch.rules.datum import Coordinate, Datum, convert
from dispatch.settings import Settings
from dispatch.speed_profile import InvalidSpeedProfile, SpeedProfile
from dispatch.travel import build_travel_model
from optimizer import travel_model

PLACES = [
    Coordinate(47.1660, 9.5035, Datum.WGS84),
    Coordinate(47.1661, 9.5035, Datum.WGS84),
    Coordinate(42.5063, 1.5218, Datum.WGS84),
    Coordinate(-33.8688, 151.2093, Datum.WGS84),
    Coordinate(-47.1660, -170.4965, Datum.WGS84),
]
STEADY = GreatCircleTravel(detour_factor=1.0, speeds=SpeedProfile((36.0,) * 24))


def test_distances_are_those_of_geopys_great_circle() -> None:
    """geopy takes 6371.009 km for the radius, we 6371.0088: 0.03 ppm apart."""
    vectors = unit_vectors(PLACES)
    ours = straight_m(vectors, vectors)
    for row, origin in enumerate(PLACES):
        for column, place in enumerate(PLACES):
            theirs = great_circle((origin.lat, origin.lon), (place.lat, place.lon)).m
            assert ours[row, column] == pytest.approx(theirs, rel=1e-6, abs=1e-3)


def test_antipodes_are_half_the_globe_apart() -> None:
    vectors = unit_vectors([PLACES[0], PLACES[4]])
    assert straight_m(vectors, vectors)[0, 1] == pytest.approx(np.pi * 6_371_008.8)


def test_a_matrix_is_int32_square_symmetric_and_zero_on_the_diagonal() -> None:
    matrix = GreatCircleTravel().matrix(PLACES)
    for cells in (matrix.travel_s, matrix.distance_m):
        assert cells.dtype == np.int32
        assert cells.shape == (5, 5)
        assert not cells.diagonal().any()
        assert (cells == cells.T).all()
    assert (matrix.fallback_cells, matrix.fault) == (0, None)


def test_travel_takes_the_detour_at_free_flow_speed_rounded_up() -> None:
    straight = STEADY.matrix(PLACES[:2])
    bent = GreatCircleTravel(2.0, STEADY.speeds).matrix(PLACES[:2])
    assert straight.distance_m[0, 1] == 11
    assert straight.travel_s[0, 1] == 2  # 11.1 m at 10 m/s
    assert bent.distance_m[0, 1] == 22
    assert bent.travel_s[0, 1] == 3


def test_no_place_and_one_place_have_a_matrix_too() -> None:
    assert GreatCircleTravel().matrix([]).travel_s.shape == (0, 0)
    assert GreatCircleTravel().matrix(PLACES[:1]).travel_s.tolist() == [[0]]


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = GreatCircleTravel().matrix(PLACES)
    monkeypatch.setattr(travel_model, "_BLOCK_CELLS", 11)
    parts = GreatCircleTravel().matrix(PLACES)
    assert (whole.travel_s == parts.travel_s).all()
    assert (whole.distance_m == parts.distance_m).all()


def test_one_place_told_in_three_datums_is_one_place() -> None:
    place = Coordinate(32.0415, 118.7674, Datum.WGS84)
    same = [place, convert(place, Datum.GCJ02), convert(place, Datum.BD09)]
    assert not GreatCircleTravel().matrix(same).distance_m.any()


def test_a_datum_forgotten_would_cost_hundreds_of_metres() -> None:
    place = Coordinate(32.0415, 118.7674, Datum.WGS84)
    mistaken = convert(place, Datum.BD09)
    wrong = Coordinate(mistaken.lat, mistaken.lon, Datum.WGS84)
    assert STEADY.matrix([place, wrong]).distance_m[0, 1] > 800


@pytest.mark.parametrize("factor", [0.99, 0.0, float("nan"), 11.0])
def test_a_detour_factor_below_one_is_refused(factor: float) -> None:
    with pytest.raises(InvalidDetourFactor):
        GreatCircleTravel(factor)


def test_the_fastest_hour_is_free_flow_and_has_factor_one() -> None:
    profile = SpeedProfile((50.0,) * 8 + (25.0,) + (40.0,) * 15)
    factors = profile.factors_by_hour()
    assert profile.free_flow_kmh == 50.0
    assert factors.shape == (24,)
    assert factors[[0, 8, 9]].tolist() == [1.0, 2.0, 1.25]


def test_the_default_profile_is_slow_at_rush_hours() -> None:
    factors = GreatCircleTravel().factors_by_hour()
    assert factors.min() == 1.0
    assert factors[8] > factors[12] > factors[3]
    assert factors[17] > factors[12]


@pytest.mark.parametrize("kmh", [(), (40.0,) * 23, (40.0,) * 23 + (0.0,), (40.0,) * 23 + (float("nan"),)])
def test_a_profile_is_twenty_four_possible_speeds(kmh: tuple[float, ...]) -> None:
    with pytest.raises(InvalidSpeedProfile):
        SpeedProfile(kmh)


def test_days_off_have_their_own_hours_and_free_flow_is_the_fastest_of_both() -> None:
    profile = SpeedProfile((40.0,) * 8 + (25.0,) + (40.0,) * 15, (50.0,) * 23 + (40.0,))
    assert profile.free_flow_kmh == 50.0
    assert profile.factors_by_hour()[[0, 8]].tolist() == [1.25, 2.0]
    assert profile.factors_by_hour(working_day=False)[[0, 23]].tolist() == [1.0, 1.25]


def test_who_states_the_speeds_of_working_days_only_means_every_day() -> None:
    model = build_travel_model(Settings(osrm_url=None, speed_kmh=(30.0,) * 12 + (60.0,) * 12))
    assert (model.factors_by_hour(working_day=False) == model.factors_by_hour()).all()
    assert model.factors_by_hour()[0] == 2.0


def test_nobody_commutes_on_a_day_off() -> None:
    model = build_travel_model(Settings(osrm_url=None))
    working, off = model.factors_by_hour(), model.factors_by_hour(working_day=False)
    assert off[8] < working[8]
    assert off[17] < working[17]
    assert off.min() == working.min() == 1.0


def test_an_hour_ten_times_slower_than_another_is_refused() -> None:
    """The optimizer takes no factor above ten."""
    assert SpeedProfile((50.0,) * 23 + (5.0,)).factors_by_hour().max() == 10.0
    with pytest.raises(InvalidSpeedProfile):
        SpeedProfile((50.0,) * 24, (50.0,) * 23 + (4.9,))
