"""By how many minutes must one of a job's own limits in time move for somebody to come?"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from optimizer.problem import Job
from optimizer.remedies.changes import EarlierRelease, EarlierWindow, LaterDeadline, LaterWindow, MovedLimit
from optimizer.remedies.room import Mask, Room, Spot
from optimizer.tables import Duty

#: where two changes are weighed against each other, moves are tried from here, each twice the one before
FIRST_MOVE_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Family:
    """One limit that may move, by 1 to `most` minutes; beyond that nobody works anyway."""

    limit: MovedLimit
    most: int

    def by(self, minutes: int) -> MovedLimit:
        """The limit moved by so many minutes."""
        return replace(self.limit, minutes=minutes)


def limits_in_time(job: Job, duties: Iterable[Duty]) -> Iterator[Family]:
    """Each limit in time of the job that could move towards somebody's working hours."""
    duties = list(duties)
    first = min((duty.shift.start_s for duty in duties), default=0)
    last = max((duty.limit_s for duty in duties), default=0)
    found: list[tuple[MovedLimit, int]] = []
    for window in job.windows:
        found += [(EarlierWindow(0, window), window.start_s - first), (LaterWindow(0, window), last - window.end_s)]
    if job.release_s is not None:
        found.append((EarlierRelease(0, job.release_s), job.release_s - first))
    if job.deadline_s is not None:
        found.append((LaterDeadline(0, job.deadline_s), last - job.deadline_s))
    for limit, most_s in found:
        if most_s > 0:
            yield Family(limit, -(-most_s // 60))


def least_move(room: Room, job: Job, able: Mask, family: Family) -> tuple[MovedLimit, Spot] | None:
    """The least move with which any of those able could come, and the cheapest way then."""

    def looks_possible(minutes: int) -> bool:
        return len(room.rows(family.by(minutes).on(job), able)) > 0

    def spot(minutes: int) -> Spot | None:
        moved = family.by(minutes).on(job)
        return room.cheapest(moved, room.rows(moved, able))

    if not looks_possible(family.most):
        return None
    low = 1 + bisect_left(range(1, family.most), 1, key=looks_possible)
    minutes = low + bisect_left(range(low, family.most), 1, key=lambda m: spot(m) is not None)
    found = spot(minutes)
    return None if found is None else (family.by(minutes), found)


def cheapest_move(room: Room, job: Job, able: Mask, family: Family) -> tuple[MovedLimit, Spot] | None:
    """The move that, with what the job then adds to the route, costs least, of those tried; no longer than needed."""
    best: tuple[int, int, Spot] | None = None
    doublings = (FIRST_MOVE_MINUTES << doubled for doubled in range(family.most.bit_length()))
    for minutes in (*(one for one in doublings if one < family.most), family.most):
        change = family.by(minutes)
        moved = change.on(job)
        found = room.cheapest(moved, room.rows(moved, able))
        price_ms = 0 if found is None else found.increase_ms + change.price_ms(room.problem)
        if found is not None and (best is None or price_ms < best[0]):
            best = (price_ms, minutes, found)
    if best is None:
        return None
    _, most, spot = best

    def suffices(minutes: int) -> bool:
        return room.spot(family.by(minutes).on(job), spot.duty, spot.order) is not None

    least = family.by(1 + bisect_left(range(1, most), 1, key=suffices))
    tightened = room.spot(least.on(job), spot.duty, spot.order)
    return None if tightened is None else (least, tightened)
