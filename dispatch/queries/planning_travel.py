"""Travel between the places of a snapshot, in the optimizer's words and in as few bytes as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.rules.datum import Coordinate, Datum, convert
from dispatch.travel import TravelModel
from optimizer.problem import Place
from optimizer.travel_model import SpeedModel
from optimizer.travel_model import TravelMatrix as Matrix


@dataclass(frozen=True, slots=True)
class PlanningTravel:
    """Places named by their number, and what says how long it takes between them.

    `fallback_cells` counts the pairs of places that wanted a road time and have an estimate.
    """

    places: tuple[Place, ...]
    travel: SpeedModel | Matrix
    fallback_cells: int = 0


def planning_travel(travel: TravelModel, coordinates: Sequence[Coordinate]) -> PlanningTravel:
    """Where a formula says it all, coordinates in WGS-84 degrees: whoever solves makes the matrix; else its seconds."""
    if travel.formula is not None:
        points = [convert(coordinate, Datum.WGS84) for coordinate in coordinates]
        places = tuple(Place(id=str(index), lat=point.lat, lon=point.lon) for index, point in enumerate(points))
        return PlanningTravel(places, travel.formula)
    places = tuple(Place(id=str(index)) for index in range(len(coordinates)))
    if not places:
        return PlanningTravel((), Matrix(travel_s=np.zeros((0, 0), dtype=np.int32)))
    matrix = travel.matrix(coordinates)
    return PlanningTravel(places, Matrix(travel_s=matrix.travel_s), matrix.fallback_cells)
