"""Where would one more visit fit the routes as they are? Answered from arrays, never from a solver."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import Route, Stop, Visit
from dispatch.queries.planning_snapshot import Snapshot, planning_snapshot
from dispatch.queries.rebased_plan import Fingerprint, fingerprint_of
from dispatch.rules.lifecycles import OrderStatus
from dispatch.travel import TravelModel
from optimizer.explain import obstacles
from optimizer.obstacles import CostsMoreThanItIsWorth, NoRoomInRoutes
from optimizer.problem import BaseStop, Job, Problem, Window
from optimizer.quote import Offer, Quoter

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Quote:
    """A window that can be kept, with what it takes; `cost_s` is in seconds of travel."""

    from_at: datetime
    until_at: datetime
    cost_s: int
    offer: Offer
    snapshot: Snapshot


class PlaceMovedOn(Exception):
    """The route that a place was found on has no room any more; nobody sees this, it is looked again."""


@dataclass(frozen=True)
class Place:
    """A place found while nothing was locked, and everything that must be so still when it is taken.

    That is the route concerned: its version, its shift, and what the customers on it have been
    told. What happens to other routes meanwhile may make another place cheaper, but takes
    nothing from this one.
    """

    quote: Quote
    around: Snapshot
    fingerprint: Fingerprint

    @classmethod
    def found(cls, session: Session, quote: Quote, visit_id: int) -> Place:
        """The place as quoted in this session, which sees one moment."""
        around = quote.snapshot.only([int(quote.offer.technician)], [visit_id])
        return cls(quote, around, fingerprint_of(session, around))

    @property
    def shift_id(self) -> int:
        """Whose route is concerned."""
        return self.around.shift_ids[self.quote.offer.technician, self.quote.offer.shift]

    def stands(self, session: Session) -> bool:
        """Whether the route concerned is as it was; the caller holds the day."""
        return fingerprint_of(session, self.around) == self.fingerprint


@dataclass(frozen=True)
class Answer:
    """The windows that can be kept, cheapest first; if there is none, the codes of everything in the way.

    The codes are those of `optimizer/obstacles.py`, and ours: `not_located` (nobody knows
    the place), `over` (the order is not open), `no_window_ahead`.
    """

    quotes: tuple[Quote, ...] = ()
    reasons: tuple[str, ...] = ()


def quote_visit(
    session: Session,
    visit: Visit,
    days: Sequence[date],
    windows: Sequence[Span],
    *,
    now: datetime,
    travel: TravelModel,
    only_shifts: Collection[int] | None = None,
) -> Answer:
    """The windows (service starts inside) that the visit could have on `days`, or on `only_shifts` of them.

    The visit's own stop, if it has one, counts as free. Whatever the others on the routes
    have been promised and would get as the routes stand, they still get: a window that
    takes it from them is not among the answers (R16), and a technician who is running too
    late for it gets nothing more. Nothing is quoted for premises without a place, for an
    order that is over, or before `now`.
    """
    if visit.premises.lat is None:
        return Answer(reasons=("not_located",))
    if visit.order.status is not OrderStatus.OPEN:
        return Answer(reasons=("over",))
    ahead = sorted(window for window in windows if window[1] > now)
    if not days or not ahead:
        return Answer(reasons=("no_window_ahead",))
    free, quoter = _ask(session, visit, days, ahead, now=now, travel=travel, only_shifts=only_shifts)
    wanted = [Window(start_s=free.seconds(a), end_s=free.seconds(b)) for a, b in ahead]
    offers = quoter.quote(str(visit.id), wanted)
    if not offers:
        return Answer(reasons=_obstacles(quoter, str(visit.id)))
    return Answer(tuple(_quote(offer, free) for offer in offers))


def _quote(offer: Offer, free: Snapshot) -> Quote:
    return Quote(free.at(offer.window.start_s), free.at(offer.window.end_s), -(-offer.cost_ms // 1000), offer, free)


def _obstacles(quoter: Quoter, job: str) -> tuple[str, ...]:
    arrays = quoter.arrays
    found = obstacles(arrays, arrays.tables.job_index[job])
    codes = dict.fromkeys(one.code for one in found if not isinstance(one, CostsMoreThanItIsWorth))
    return tuple(codes) or (NoRoomInRoutes.code,)


def _ask(
    session: Session,
    visit: Visit,
    days: Sequence[date],
    ahead: Sequence[Span],
    *,
    now: datetime,
    travel: TravelModel,
    only_shifts: Collection[int] | None,
) -> tuple[Snapshot, Quoter]:
    """The routes without the visit, and who of them may still take something on."""
    snapshot = planning_snapshot(
        session,
        visit.territory_id,
        sorted(set(days)),
        now=now,
        travel=travel,
        asking={visit.id: (ahead[0][0], max(b for _, b in ahead))},
        only_on_routes=True,
        only_shifts=only_shifts,
    ).without(visit.id)
    quoter = Quoter(_keeping_promises(snapshot.problem))
    for technician, shift in {*quoter.incomplete, *_with_unlocated_stops(session, snapshot)}:
        quoter.shut(technician, shift)
    return snapshot, quoter


def _with_unlocated_stops(session: Session, snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    """Routes with a stop that nobody knows the place of: what is written anew would lose it."""
    if not snapshot.unlocated:
        return
    statement = select(Route.shift_id).join(Stop, Stop.route_id == Route.id)
    shifts = set(session.scalars(statement.where(Stop.visit_id.in_(snapshot.unlocated))))
    yield from (duty for duty, shift_id in snapshot.shift_ids.items() if shift_id in shifts)


def _keeping_promises(problem: Problem) -> Problem:
    """The same, with what customers have been told and would get as a limit instead of a price."""
    standing = {stop.job: stop for route in problem.base_routes for stop in route.stops if not stop.begun}
    jobs = tuple(_keeping(job, standing[job.id]) if job.id in standing else job for job in problem.jobs)
    return replace(problem, jobs=jobs)


def _keeping(job: Job, stop: BaseStop) -> Job:
    told = job.announced.window if job.announced else None
    windows = job.windows
    if told is not None and told.start_s <= stop.start_s <= told.end_s:
        windows = tuple(_both(window, told) for window in windows or (told,) if _meet(window, told))
    finish_s = stop.start_s + job.duration_s
    dues = [due.due_s for due in job.promises if due.broken_price_s and finish_s <= due.due_s]
    deadlines = [*dues, *([] if job.deadline_s is None else [job.deadline_s])]
    return replace(job, windows=windows, deadline_s=min(deadlines, default=None))


def _meet(one: Window, other: Window) -> bool:
    return max(one.start_s, other.start_s) <= min(one.end_s, other.end_s)


def _both(one: Window, other: Window) -> Window:
    return Window(start_s=max(one.start_s, other.start_s), end_s=min(one.end_s, other.end_s))
