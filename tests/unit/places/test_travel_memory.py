"""Remembered travel: nothing is asked twice, nothing is forgotten, a failed server is asked again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from dispatch import travel_memory
from dispatch.great_circle import GreatCircleTravel
from dispatch.rules.datum import Coordinate, Datum
from dispatch.travel import RoadFault, TravelMatrix
from dispatch.travel_memory import ASKED_AT_ONCE, ESTIMATES_STAND_S, PlacesUnknown, RememberedTravel


@dataclass
class Server:
    """Answers straight, notes what it was asked, and can be down."""

    is_down: bool = False
    asked: list[list[Coordinate]] = field(default_factory=list)
    formula: None = None

    def matrix(self, coordinates: Sequence[Coordinate]) -> TravelMatrix:
        """Great circles."""
        self.asked.append(list(coordinates))
        answer = GreatCircleTravel().matrix(coordinates)
        if not self.is_down:
            return answer
        cells = len(coordinates) * (len(coordinates) - 1)
        return TravelMatrix(answer.travel_s + 1, answer.distance_m, cells, RoadFault.UNREACHABLE)

    def factors_by_hour(self, *, working_day: bool = True) -> NDArray[np.float64]:
        """Flat."""
        return np.ones(24)


def places(*norths: int) -> list[Coordinate]:
    """Places so many thousandths of a degree to the north."""
    return [Coordinate(47.0 + north / 1000, 9.5, Datum.WGS84) for north in norths]


def right(answer: TravelMatrix, coordinates: Sequence[Coordinate]) -> bool:
    """Whether an answer is what the server would have said."""
    straight = GreatCircleTravel().matrix(coordinates)
    return bool((answer.travel_s == straight.travel_s).all() and (answer.distance_m == straight.distance_m).all())


def test_what_was_asked_is_not_asked_again() -> None:
    server = Server()
    travel = RememberedTravel(server)
    assert right(travel.matrix(places(1, 2, 3)), places(1, 2, 3))
    assert right(travel.matrix(places(3, 1)), places(3, 1))
    assert right(travel.matrix(places(2, 2)), places(2, 2))
    assert len(server.asked) == 1


def test_one_new_place_is_asked_about_beside_the_known_ones_that_matter() -> None:
    server = Server()
    travel = RememberedTravel(server)
    travel.learn(places(1, 2, 3, 4, 5))
    wanted = places(1, 2, 9)
    assert right(travel.matrix(wanted), wanted)
    assert server.asked[1:] == [wanted]


def test_a_new_place_among_many_known_ones_is_asked_about_in_parts() -> None:
    """Not everything with everything again."""
    server = Server()
    travel = RememberedTravel(server)
    travel.learn(places(*range(250)))
    wanted = places(*range(250), 999)
    assert right(travel.matrix(wanted), wanted)
    assert [len(question) for question in server.asked[1:]] == [ASKED_AT_ONCE, ASKED_AT_ONCE, 250 - 198 + 1]


def test_two_days_known_apart_are_asked_about_together_once() -> None:
    server = Server()
    travel = RememberedTravel(server)
    for wanted in (places(1, 2), places(3, 4), places(1, 2, 3, 4)):
        assert right(travel.matrix(wanted), wanted)
    assert len(server.asked) == 3
    travel.learn(places(4, 1))
    assert len(server.asked) == 3


def test_the_memory_alone_never_asks() -> None:
    server = Server()
    travel = RememberedTravel(server)
    with pytest.raises(PlacesUnknown):
        travel.recalled.matrix(places(1))
    travel.learn(places(1, 2))
    travel.learn(places(3))
    assert right(travel.recalled.matrix(places(2, 1)), places(2, 1))
    with pytest.raises(PlacesUnknown):
        travel.recalled.matrix(places(1, 3))
    assert travel.recalled.factors_by_hour().tolist() == [1.0] * 24


def test_nothing_is_asked_about_no_places() -> None:
    server = Server()
    RememberedTravel(server).learn([])
    assert server.asked == []


def test_estimates_of_a_failed_server_stand_for_a_minute_only() -> None:
    server, now = Server(is_down=True), [0.0]
    travel = RememberedTravel(server, clock=lambda: now[0])
    answer = travel.matrix(places(1, 2))
    assert (answer.fault, answer.fallback_cells) == (RoadFault.UNREACHABLE, 2)
    server.is_down = False
    now[0] = ESTIMATES_STAND_S - 1
    assert not right(travel.matrix(places(1, 2)), places(1, 2))
    now[0] = ESTIMATES_STAND_S
    answer = travel.matrix(places(1, 2))
    assert right(answer, places(1, 2))
    assert (answer.fault, answer.fallback_cells) == (None, 0)


def test_what_was_known_before_a_failure_stays_known() -> None:
    server, now = Server(), [0.0]
    travel = RememberedTravel(server, clock=lambda: now[0])
    travel.learn(places(1, 2))
    server.is_down = True
    travel.learn(places(7, 8))
    now[0] = ESTIMATES_STAND_S
    travel.learn([])
    assert right(travel.recalled.matrix(places(1, 2)), places(1, 2))
    with pytest.raises(PlacesUnknown):
        travel.recalled.matrix(places(7, 8))


def test_a_full_memory_begins_anew_with_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(travel_memory, "MOST_PLACES", 5)
    server = Server()
    travel = RememberedTravel(server)
    travel.learn(places(1, 2, 3))
    wanted = places(4, 5, 6)
    assert right(travel.matrix(wanted), wanted)
    with pytest.raises(PlacesUnknown):
        travel.recalled.matrix(places(1, 2))
    many = places(*range(10, 20))
    assert right(travel.matrix(many), many)
    assert right(travel.recalled.matrix(many), many)


def test_threads_that_learn_at_once_forget_nothing_of_each_other() -> None:
    travel = RememberedTravel(Server())
    ready = threading.Barrier(16)

    def learn(number: int) -> None:
        ready.wait(10)
        travel.learn(places(0, number))

    with ThreadPoolExecutor(max_workers=16) as pool:
        list(pool.map(learn, range(1, 17)))
    for number in range(1, 17):
        assert right(travel.recalled.matrix(places(number, 0)), places(number, 0))
