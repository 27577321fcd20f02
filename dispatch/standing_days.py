"""The routes of a territory's day as arrays, kept in this process for as long as the database says the same."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dispatch.queries.keeping_promises import keeping_promises, with_unlocated_stops
from dispatch.queries.planning_snapshot import Snapshot, planning_snapshot
from dispatch.queries.planning_words import PLANNING_WEIGHTS, DutyName
from dispatch.queries.route_stamps import Stamp
from dispatch.queries.travel_periods import Percents
from dispatch.rules.datum import Coordinate
from dispatch.travel import TravelModel
from optimizer.problem import Job, Window
from optimizer.quoting.alone import day_alone
from optimizer.quoting.lone_days import LoneDay, LoneDays
from optimizer.quoting.offer import Offer
from optimizer.quoting.reach import Ints, Reach, known_reach
from optimizer.quoting.together import Together, Wanted, quote_together

#: days of territories kept at once: one of 90 technicians takes some MB
MOST_DAYS = 300
#: how long after it a day may still be asked about
OVER = timedelta(days=2)
#: places asked about together
BATCH = 100
#: places whose ways to all others are remembered, and places that nobody goes to any more
MOST_WAYS, MOST_LEFT = 64, 500
_UNKNOWN = -1
_NO_WAYS: Ints = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True)
class StandingRoute:
    """One shift's route as it was when the database said `stamp`; no `day` if nobody works then.

    Nothing more is promised on it where a stop `is_nowhere`, since nobody knows its place, nor
    where it cannot be driven as it stands.
    """

    stamp: Stamp
    day: LoneDay | None = None
    visits: frozenset[int] = frozenset()
    is_nowhere: bool = False


@dataclass(frozen=True)
class Asked:
    """A visit at a place that wants one of some windows of the day."""

    job: Job
    windows: Sequence[Window]
    at: Coordinate


class StandingDay:
    """One territory's day; safe between threads, each of which may see another moment of the database."""

    def __init__(self, territory_id: int, day: date, travel: TravelModel, calendar: Mapping[date, Percents]) -> None:
        self.territory_id, self.day = territory_id, day
        self.travel, self.calendar = travel, calendar
        self._lock, self._making = threading.Lock(), threading.Lock()
        self._kept: dict[int, StandingRoute] = {}
        self._places: dict[Coordinate, int] = {}
        self._ways: dict[Coordinate, tuple[Ints, Ints]] = {}
        self._board = LoneDays({}, PLANNING_WEIGHTS)

    @property
    def is_overgrown(self) -> bool:
        """Whether it remembers many places that nobody goes to any more."""
        with self._lock:
            going = sum(len(one.day.numbers) for one in self._kept.values() if one.day is not None)
            return len(self._places) > going + MOST_LEFT

    def routes(self, session: Session, stamps: Mapping[int, Stamp], *, now: datetime) -> dict[int, StandingRoute]:
        """The routes with these stamps, which the session has just read; those that have changed are made anew."""
        standing = self._alike(stamps)
        if len(standing) < len(stamps):
            with self._making:  # others who wait for the same route find it made; readers wait for nobody else
                standing = self._alike(stamps)
                changed = {shift_id: stamp for shift_id, stamp in stamps.items() if shift_id not in standing}
                standing |= self._made(session, changed, now) if changed else {}
        return {shift_id: standing[shift_id] for shift_id in stamps}

    def quote(self, asked: Asked, routes: Mapping[int, StandingRoute]) -> list[tuple[int, Offer]]:
        """Offers of these routes for a visit, cheapest first, each with its shift.

        Where the visit has a stop is free. May raise PlacesUnknown.
        """
        days, shut = _free(routes, [asked])
        if not days:
            return []
        reach = self._reach(asked.at, [day.numbers for day in days.values()])
        with self._lock:
            return self._showing(days).quote(asked.job, asked.windows, reach, shut)

    def quote_together(self, asked: Sequence[Asked], routes: Mapping[int, StandingRoute]) -> Together | None:
        """Offers of these routes that can all be kept (see `optimizer.quoting.together`); None if nobody works.

        Where the visits have stops is free. May raise PlacesUnknown.
        """
        days, shut = _free(routes, asked)
        if not days:
            return None
        own = self._numbers([one.at for one in asked])
        numbers = [own, *(day.numbers for day in days.values())]
        wanted = [
            Wanted(job=one.job, windows=one.windows, place=int(place), reach=self._reach(one.at, numbers))
            for one, place in zip(asked, own, strict=True)
        ]
        with self._lock:
            return quote_together(self._showing(days), wanted, shut)

    def _showing(self, days: Mapping[int, LoneDay]) -> LoneDays:
        """The board with these days; the caller has the lock."""
        if self._board.has_members_of(days):
            for shift_id, day in days.items():
                self._board.put(shift_id, day)
        else:
            self._board = LoneDays(days, PLANNING_WEIGHTS)
        return self._board

    def _alike(self, stamps: Mapping[int, Stamp]) -> dict[int, StandingRoute]:
        """The routes that are kept with just these stamps."""
        with self._lock:
            kept = [(shift_id, self._kept.get(shift_id)) for shift_id in stamps]
        return {shift_id: one for shift_id, one in kept if one is not None and one.stamp == stamps[shift_id]}

    def _made(self, session: Session, stamps: Mapping[int, Stamp], now: datetime) -> dict[int, StandingRoute]:
        """The routes of some shifts, read with everything that concerns them."""
        snapshot = planning_snapshot(
            session,
            self.territory_id,
            [self.day],
            now=now,
            travel=self.travel,
            only_on_routes=True,
            only_shifts=stamps.keys(),
        )
        nowhere = set(with_unlocated_stops(session, snapshot))
        whole = replace(snapshot, problem=keeping_promises(snapshot.problem))
        made = {shift_id: StandingRoute(stamp) for shift_id, stamp in stamps.items()}
        for duty, shift_id in snapshot.shift_ids.items():
            day = self._alone(whole, duty)
            visits = frozenset(int(job.id) for job in day.evaluator.tables.problem.jobs)
            made[shift_id] = StandingRoute(stamps[shift_id], day, visits, duty in nowhere)
        if not self._is_estimated(snapshot.coordinates):
            with self._lock:
                self._kept.update(made)
        return made

    def _is_estimated(self, places: Sequence[Coordinate]) -> bool:
        """Whether the ways between the places stand in for a server's answer, and may be others in a minute."""
        return len(places) > 0 and self.travel.matrix(places).fault is not None

    def _alone(self, whole: Snapshot, duty: DutyName) -> LoneDay:
        problem = whole.problem
        technician = problem.technicians_by_id[duty[0]]
        base = next((one for one in problem.base_routes if (one.technician, one.shift) == duty), None)
        jobs = [problem.jobs_by_id[stop.job] for stop in base.stops] if base is not None else []
        places = {place.id: place for place in problem.places}
        alone = day_alone(problem, places, {name: int(name) for name in places}, technician, base, jobs)
        numbers = self._numbers([whole.coordinates[int(place.id)] for place in alone.tables.problem.places])
        return LoneDay.of(alone, (technician, duty[1]), numbers)

    def _numbers(self, places: Sequence[Coordinate]) -> Ints:
        with self._lock:
            return np.array([self._places.setdefault(one, len(self._places)) for one in places], dtype=np.int32)

    def _reach(self, at: Coordinate, numbers: Sequence[Ints]) -> Reach:
        """How far it is between a place and others by their numbers; what is remembered is not asked again."""
        wanted = np.unique(np.concatenate(numbers))
        with self._lock:
            places = list(self._places)
            to_s, from_s = (_longer(one, len(places)) for one in self._ways.get(at, (_NO_WAYS, _NO_WAYS)))
        unknown = wanted[to_s[wanted] == _UNKNOWN]
        is_lasting = True
        for first in range(0, len(unknown), BATCH):
            batch = unknown[first : first + BATCH]
            matrix = self.travel.matrix([at, *(places[number] for number in batch)])
            to_s[batch], from_s[batch] = matrix.travel_s[1:, 0], matrix.travel_s[0, 1:]
            is_lasting = is_lasting and matrix.fault is None
        if len(unknown) and is_lasting:
            with self._lock:
                if len(self._ways) >= MOST_WAYS:
                    self._ways.clear()
                self._ways[at] = to_s, from_s
        return known_reach(to_s, from_s)


class StandingDays:
    """The days of one database that this process was asked about lately; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._days: OrderedDict[tuple[int, date], StandingDay] = OrderedDict()

    def day(
        self, territory_id: int, day: date, travel: TravelModel, calendar: Mapping[date, Percents], *, now: datetime
    ) -> StandingDay:
        """The territory's day, as it is driven with this travel and these rush hours; empty if that is new."""
        with self._lock:
            one = self._days.get((territory_id, day))
            if one is None or one.travel != travel or one.calendar != calendar or one.is_overgrown:
                one = self._days[territory_id, day] = StandingDay(territory_id, day, travel, calendar)
                self._forget((now - OVER).date())
            self._days.move_to_end((territory_id, day))
            return one

    def __len__(self) -> int:
        return len(self._days)

    def _forget(self, before: date) -> None:
        """Days that are over, and those that nobody has asked about for longest."""
        for name in [name for name in self._days if name[1] < before]:
            del self._days[name]
        while len(self._days) > MOST_DAYS:
            self._days.popitem(last=False)


_OF_ENGINE: WeakKeyDictionary[Engine, StandingDays] = WeakKeyDictionary()
_ENGINES = threading.Lock()


def standing_days(session: Session) -> StandingDays:
    """What this process keeps of the session's database."""
    with _ENGINES:
        return _OF_ENGINE.setdefault(session.connection().engine, StandingDays())


def _free(routes: Mapping[int, StandingRoute], asked: Sequence[Asked]) -> tuple[dict[int, LoneDay], list[int]]:
    """The days of those who work, without what is asked for, and the shifts that take no more."""
    days = {shift_id: _without(one.day, one, asked) for shift_id, one in routes.items() if one.day is not None}
    return days, [shift_id for shift_id, day in days.items() if routes[shift_id].is_nowhere or not day.is_whole]


def _without(day: LoneDay, route: StandingRoute, asked: Sequence[Asked]) -> LoneDay:
    for one in asked:
        day = day.without(one.job.id) if int(one.job.id) in route.visits else day
    return day


def _longer(ways: Ints, length: int) -> Ints:
    more = np.full(length, _UNKNOWN, dtype=np.int32)
    more[: len(ways)] = ways
    return more
