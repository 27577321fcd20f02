"""The places that routes go to, by name and by number, and how far it is from another place to all of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from optimizer.problem import Place, Problem
from optimizer.quoting.alone import day_alone
from optimizer.quoting.lone_days import LoneDay, LoneDays
from optimizer.quoting.reach import Globe, Ints, Reach, bounded_reach, globe_of, known_reach
from optimizer.travel_model import TravelMatrix


class Atlas:
    """The places of a problem; with a speed model more may be added, with a matrix (KeyError) they may not."""

    def __init__(self, problem: Problem) -> None:
        self.travel = problem.travel
        self.places = {place.id: place for place in problem.places}
        self.index = {place.id: index for index, place in enumerate(problem.places)}
        self._globe = globe_of([] if isinstance(self.travel, TravelMatrix) else problem.places)

    def add(self, places: Iterable[Place]) -> None:
        """Learn places that are not known yet."""
        for place in places:
            if place.id in self.places:
                continue
            if isinstance(self.travel, TravelMatrix):
                raise KeyError(f"{place.id} is not in the travel matrix")
            number = len(self.places)
            if number == len(self._globe.x):
                self._globe = Globe(*(np.resize(array, 2 * number + 1) for array in self._globe))
            for array, value in zip(self._globe, globe_of([place]), strict=True):
                array[number] = value[0]
            self.places[place.id], self.index[place.id] = place, number

    def numbers(self, places: Iterable[Place]) -> Ints:
        """The numbers of places."""
        return np.array([self.index[place.id] for place in places], dtype=np.int32)

    def reach(self, place: Place) -> Reach:
        """How far it is between a place, which need not be known to a speed model, and all that are."""
        if isinstance(self.travel, TravelMatrix):
            number = self.index[place.id]
            return known_reach(self.travel.travel_s[:, number], self.travel.travel_s[number])
        known = Globe(*(array[: len(self.places)] for array in self._globe))
        return bounded_reach(self.travel, known, place)


def lone_days(problem: Problem, atlas: Atlas) -> LoneDays:
    """Every duty of a problem as a day of its own, as its base route stands, by its number.

    No travel matrix of the whole is made, so that there may be thousands.
    """
    base = {(route.technician, route.shift): route for route in problem.base_routes}
    days: dict[int, LoneDay] = {}
    for technician in problem.technicians:
        for shift in range(len(technician.shifts)):
            route = base.get((technician.id, shift))
            jobs = [problem.jobs_by_id[stop.job] for stop in route.stops] if route is not None else []
            alone = day_alone(problem, atlas.places, atlas.index, technician, route, jobs)
            numbers = atlas.numbers(alone.tables.problem.places)
            days[len(days)] = LoneDay.of(alone, (technician, shift), numbers)
    return LoneDays(days, problem.weights)
