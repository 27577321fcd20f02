from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dispatch.rules.datum import EAST, NORTH, SOUTH, WEST, Coordinate, Datum, convert

#: the shift never exceeds this, and so close to the box's edge there and back may differ
MARGIN = 0.02

inside = st.builds(
    Coordinate,
    st.floats(SOUTH + MARGIN, NORTH - MARGIN),
    st.floats(WEST + MARGIN, EAST - MARGIN),
    st.sampled_from(Datum),
)
anywhere = st.builds(Coordinate, st.floats(-90, 90), st.floats(-180, 180), st.sampled_from(Datum))
datums = st.sampled_from(Datum)


@given(inside, datums)
def test_there_and_back_agrees_within_a_tenth_of_a_millimetre(place: Coordinate, to: Datum) -> None:
    back = convert(convert(place, to), place.datum)
    assert abs(back.lat - place.lat) < 1e-9
    assert abs(back.lon - place.lon) < 1e-9


@given(inside, datums, datums)
def test_a_way_over_a_third_datum_is_the_direct_way(place: Coordinate, over: Datum, to: Datum) -> None:
    direct, around = convert(place, to), convert(convert(place, over), to)
    assert abs(direct.lat - around.lat) < 1e-9
    assert abs(direct.lon - around.lon) < 1e-9


@given(anywhere, datums)
def test_any_coordinate_converts_into_a_coordinate_nearby(place: Coordinate, to: Datum) -> None:
    """So that no import fails for a point on the edge of the box or of the world."""
    other = convert(place, to)
    assert other.datum is to
    assert abs(other.lat - place.lat) < MARGIN
    assert abs(other.lon - place.lon) < MARGIN


@given(anywhere)
def test_the_same_datum_is_the_same_coordinate(place: Coordinate) -> None:
    assert convert(place, place.datum) is place
