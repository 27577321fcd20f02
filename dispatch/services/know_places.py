"""Asking for travel times before a day is locked, so that no lock waits for a road server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from dispatch.db import Database
from dispatch.queries.day_places import day_places
from dispatch.travel import TravelModel
from dispatch.travel_memory import PlacesUnknown, RememberedTravel

T = TypeVar("T")
#: how often new places may turn up on the routes between asking and answering
TRIES = 5


def with_places_known(
    database: Database,
    visit_ids: Sequence[int],
    days: Sequence[date],
    travel: RememberedTravel,
    work: Callable[[TravelModel], T],
) -> T:
    """Do `work`, which may lock, with travel that answers from memory alone.

    What the memory lacks for these visits on these days is asked for first, while no
    transaction is open; if a new place has come onto the routes meanwhile, again.
    """
    for last in [False] * (TRIES - 1) + [True]:
        with database.read_session() as session:
            places = [day_places(session, visit_id, days) for visit_id in visit_ids]
        for one in places:
            travel.learn(one)
        try:
            return work(travel.recalled)
        except PlacesUnknown:
            if last:
                raise
    raise AssertionError(visit_ids)
