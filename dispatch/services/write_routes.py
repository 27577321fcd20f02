"""Writing planned routes down: stops, visits and facts in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import delete, insert, inspect, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import flag_modified, set_committed_value

from dispatch.models import Route, Shift, Stop
from dispatch.queries.planning_snapshot import Snapshot
from dispatch.services.schedule_visits import Placed, TakenOut, schedule_visits
from optimizer.solution import Route as PlannedRoute
from optimizer.solution import Stop as PlannedStop

#: a visit, its planned start unless it has begun, and how late it may be told to be
_Planned = tuple[int, datetime | None, int | None]
_STOP = tuple(column.key for column in inspect(Stop).column_attrs if column.key != "id")


@dataclass(frozen=True)
class Written:
    """How many routes were changed, and how many visits got, changed or lost their stop."""

    routes: int = 0
    added: int = 0
    moved: int = 0
    removed: int = 0


def write_routes(
    session: Session,
    snapshot: Snapshot,
    planned: Iterable[PlannedRoute],
    *,
    now: datetime,
    by: str,
    only: Collection[int] | None = None,
    tentative: Collection[int] = (),
    late_s: Mapping[int, int] | None = None,
) -> Written:
    """Make the planned routes the truth, in the caller's transaction, which holds the territory-days.

    Of the snapshot's shifts (or `only` these shift ids), routes that are not among `planned`
    are emptied; what has begun is the engine's to keep, so it is always among them, and its
    stop stays as it was planned. Visits on routes whose shift is gone lose their stop there.
    Every changed route gets a new version. Visits move to *scheduled* or back to *booked*,
    and the log says so; places held for visits in `tentative` are nobody's news yet. How late a
    stop may be told to be stays as it was, unless `late_s` says it anew, by visit.
    """
    writing = _Writing.read(session, snapshot, planned, only, late_s or {})
    changed = writing.changed()
    writing.forget(changed)
    rows = writing.routes(changed)
    placed = [made for shift_id, row in rows.items() for made in writing.stops_of(row, shift_id, tentative)]
    _insert(session, rows.values(), placed)
    added = [one for one in placed if one.is_new and not one.stop.is_tentative]
    moved = [one for one in placed if one.is_another and not one.stop.is_tentative]
    removed = writing.taken_out()
    schedule_visits(session, [*added, *moved], removed, zone=snapshot.zone, now=now, by=by)
    return Written(len(rows) + len(writing.elsewhere), len(added), len(moved), len(removed))


@dataclass(frozen=True)
class _Writing:
    """What is planned beside what there is: routes by shift id, stops by visit id.

    `elsewhere` are other routes that lose stops: of shifts that are gone.
    """

    session: Session
    snapshot: Snapshot
    scope: frozenset[int]
    planned: Mapping[int, PlannedRoute]
    existing: Mapping[int, Route]
    elsewhere: Mapping[int, Route]
    before: Mapping[int, Stop]
    after: Collection[int]
    late_s: Mapping[int, int]

    @classmethod
    def read(
        cls,
        session: Session,
        snapshot: Snapshot,
        planned: Iterable[PlannedRoute],
        only: Collection[int] | None,
        late_s: Mapping[int, int],
    ) -> _Writing:
        scope = frozenset(snapshot.shift_ids.values() if only is None else only)
        by_shift = {snapshot.shift_ids[route.technician, route.shift]: route for route in planned}
        by_shift = {shift_id: route for shift_id, route in by_shift.items() if shift_id in scope}
        after = {int(stop.job) for route in by_shift.values() for stop in route.stops}
        leaving = after | (set(snapshot.orphaned) if only is None else set())
        routes = _routes(session, scope, leaving)
        existing = {route.shift_id: route for route in routes if route.shift_id in scope}
        elsewhere = {route.shift_id: route for route in routes if route.shift_id not in scope}
        before = {stop.visit_id: stop for route in existing.values() for stop in route.stops}
        before |= {
            stop.visit_id: stop for route in elsewhere.values() for stop in route.stops if stop.visit_id in leaving
        }
        return cls(session, snapshot, scope, by_shift, existing, elsewhere, before, after, late_s)

    def changed(self) -> list[int]:
        """The shifts whose route is not as planned."""
        return [shift_id for shift_id in sorted(self.scope) if self._was(shift_id) != self._is_to_be(shift_id)]

    def _was(self, shift_id: int) -> list[_Planned]:
        row = self.existing.get(shift_id)
        stops = row.stops if row else ()
        return [(one.visit_id, self._unless_begun(one.visit_id, one.start_at), one.late_s) for one in stops]

    def _is_to_be(self, shift_id: int) -> list[_Planned]:
        route = self.planned.get(shift_id)
        stops = [(int(stop.job), self.snapshot.at(stop.start_s)) for stop in route.stops] if route else []
        return [(visit_id, self._unless_begun(visit_id, at), self._late_s(visit_id)) for visit_id, at in stops]

    def _late_s(self, visit_id: int) -> int | None:
        """How late its customer may be told that somebody is."""
        old = self.before.get(visit_id)
        return self.late_s.get(visit_id, None if old is None else old.late_s)

    def _unless_begun(self, visit_id: int, start_at: datetime) -> datetime | None:
        """The planned start, which is history once the visit has begun."""
        return None if visit_id in self.snapshot.begun else start_at

    def forget(self, changed: Collection[int]) -> None:
        """Delete the stops of the changed routes, and those elsewhere of visits that leave there."""
        rewritten = [self.existing[shift_id] for shift_id in changed if shift_id in self.existing]
        doomed = [stop for row in rewritten for stop in row.stops]
        doomed += [stop for row in self.elsewhere.values() for stop in row.stops if stop.visit_id in self.before]
        ids = {stop.id for stop in doomed}
        statement = delete(Stop).where(Stop.id.in_(ids)).execution_options(synchronize_session=False)
        self.session.execute(statement)
        for row in (*rewritten, *self.elsewhere.values()):
            set_committed_value(row, "stops", [stop for stop in row.stops if stop.id not in ids])
            flag_modified(row, "return_travel_s")  # every change is a new version
        for stop in doomed:
            self.session.expunge(stop)

    def routes(self, changed: Sequence[int]) -> dict[int, Route]:
        """The changed routes by shift, written with the way back and the meal break that is still to come."""
        made = self._new_routes([shift_id for shift_id in changed if shift_id not in self.existing])
        rows = {shift_id: self.existing.get(shift_id) or made[shift_id] for shift_id in changed}
        for shift_id, row in rows.items():
            route = self.planned.get(shift_id)
            row.return_travel_s = route.return_travel_s if route else 0
            row.break_start_at = self._meal_at(route) or row.break_start_at
        self.session.flush()
        return rows

    def _new_routes(self, shift_ids: Sequence[int]) -> dict[int, Route]:
        """An empty route for each of the shifts, which have none."""
        if not shift_ids:
            return {}
        shifts = select(Shift).where(Shift.id.in_(shift_ids)).execution_options(autoflush=False)
        made = {shift.id: _empty_route(shift) for shift in self.session.scalars(shifts)}
        self.session.add_all(made.values())
        return made

    def stops_of(self, row: Route, shift_id: int, tentative: Collection[int]) -> Iterator[Placed]:
        """The stops that are planned on the route; nothing is written yet."""
        route = self.planned.get(shift_id)
        for position, planned in enumerate(route.stops if route else (), 1):
            old = self.before.get(int(planned.job))
            stop = Stop(route_id=row.id, position=position, visit_id=int(planned.job), **self._times(planned, old))
            stop.late_s = self._late_s(stop.visit_id)
            stop.is_pinned = old is not None and old.is_pinned and old.route_id == row.id
            stop.is_tentative = stop.visit_id in tentative if old is None else old.is_tentative
            yield Placed(stop, row, old, None if old is None else self._technician_of(old))

    def taken_out(self) -> list[TakenOut]:
        """The stops that are no more, without those that were held only."""
        gone = [stop for visit_id, stop in self.before.items() if visit_id not in self.after and not stop.is_tentative]
        return [TakenOut(stop, self._technician_of(stop)) for stop in gone]

    @cached_property
    def _technicians(self) -> Mapping[int, int]:
        """Whose route it is, by route id."""
        return {route.id: route.technician_id for route in (*self.existing.values(), *self.elsewhere.values())}

    def _technician_of(self, stop: Stop) -> int:
        return self._technicians[stop.route_id]

    def _times(self, planned: PlannedStop, old: Stop | None) -> dict[str, Any]:
        """The planned times; of a visit that has begun, those that it was planned with."""
        if old is not None and old.visit_id in self.snapshot.begun:
            names = ("arrive_at", "start_at", "finish_at", "travel_s", "attendance")
            return {name: getattr(old, name) for name in names}
        return {
            "arrive_at": self.snapshot.at(planned.arrive_s),
            "start_at": self.snapshot.at(planned.start_s),
            "finish_at": self.snapshot.at(planned.finish_s),
            "travel_s": planned.travel_s,
            "attendance": 1 if old is None else old.attendance,
        }

    def _meal_at(self, route: PlannedRoute | None) -> datetime | None:
        """When the meal break starts, if it has not yet; other rests are absences."""
        if route is None:
            return None
        meal = self.snapshot.meals.get((route.technician, route.shift))
        for pause in route.pauses:
            if (
                meal is not None
                and meal.earliest_start_s <= pause.start_s <= meal.latest_start_s
                and pause.end_s - pause.start_s == meal.duration_s
            ):
                return self.snapshot.at(pause.start_s)
        return None


def _empty_route(shift: Shift) -> Route:
    """A route for a shift that has none."""
    about = {"technician_id": shift.technician_id, "territory_id": shift.territory_id, "day_on": shift.day_on}
    return Route(shift_id=shift.id, shift=shift, **about)


def _insert(session: Session, routes: Iterable[Route], placed: Iterable[Placed]) -> None:
    """Write the stops, some thousand with each statement, past the unit of work."""
    rows = [{name: getattr(one.stop, name) for name in _STOP} for one in placed]
    if rows:
        session.execute(insert(Stop).returning(Stop.id), rows)  # what returns ids is sent in batches
    for route in routes:
        session.expire(route, ["stops"])


def _routes(session: Session, shift_ids: Collection[int], visit_ids: Collection[int]) -> list[Route]:
    """The routes of these shifts and those with a stop of these visits, read anew with their stops."""
    of_visits = select(Stop.route_id).where(Stop.visit_id.in_(visit_ids))
    statement = (
        select(Route)
        .where(Route.shift_id.in_(shift_ids) | Route.id.in_(of_visits))
        .options(selectinload(Route.stops), joinedload(Route.shift, innerjoin=True))
        .order_by(Route.id)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(statement))
