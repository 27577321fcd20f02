"""What is sent to whoever solves says the same there as here, in few bytes."""

from __future__ import annotations

import pickle
from random import Random

import numpy as np
import pytest

from dispatch.great_circle import GreatCircleTravel
from dispatch.queries.planning_travel import PlanningTravel, planning_travel
from dispatch.rules.datum import Coordinate, Datum
from dispatch.travel import TravelModel
from dispatch.travel_memory import RememberedTravel
from optimizer.travel_model import TravelMatrix

STRAIGHT = GreatCircleTravel()


def places(count: int) -> list[Coordinate]:
    """Places around a city, in every datum."""
    random = Random(7)
    return [
        Coordinate(random.uniform(31.9, 32.2), random.uniform(118.6, 119.0), random.choice(list(Datum)))
        for _ in range(count)
    ]


def received(sent: PlanningTravel) -> PlanningTravel:
    """On the other side."""
    there: PlanningTravel = pickle.loads(pickle.dumps(sent))
    return there


@pytest.mark.parametrize("travel", [STRAIGHT, RememberedTravel(STRAIGHT)])
def test_the_times_there_are_those_of_the_matrix_here(travel: TravelModel) -> None:
    coordinates = places(150)
    there = received(planning_travel(travel, coordinates))
    assert [place.id for place in there.places] == [str(number) for number in range(150)]
    travel_s = there.travel.travels_s(there.places)
    assert travel_s.dtype == np.int32
    assert (travel_s == travel.matrix(coordinates).travel_s).all()


@pytest.mark.parametrize(("travel", "limit"), [(STRAIGHT, 40), (RememberedTravel(STRAIGHT), 2 * 800 + 40)])
def test_a_place_takes_few_bytes_and_a_pair_of_places_two(travel: TravelModel, limit: int) -> None:
    assert len(pickle.dumps(planning_travel(travel, places(800)))) < 800 * limit


@pytest.mark.parametrize("far", [-1, 65_535, 65_536, 2**31 - 1])
def test_a_matrix_arrives_as_it_was_sent(far: int) -> None:
    sent = TravelMatrix(travel_s=np.array([[0, far], [1, 0]]), distance_m=np.array([[0, 70_000], [3, 0]]))
    there: TravelMatrix = pickle.loads(pickle.dumps(sent))
    assert there == sent
    assert there.travel_s.dtype == np.int32
    assert not there.travel_s.flags.writeable


def test_no_places_are_no_question() -> None:
    assert received(planning_travel(RememberedTravel(STRAIGHT), [])).travel.travels_s([]).shape == (0, 0)
    assert received(planning_travel(STRAIGHT, [])).travel.travels_s([]).shape == (0, 0)
