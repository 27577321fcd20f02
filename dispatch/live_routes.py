"""Where would one more visit fit the routes as they are? Answered from arrays, never from a solver."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from dispatch.db import ONE_MOMENT
from dispatch.models import Visit
from dispatch.queries.keeping_promises import keeping_promises, with_unlocated_stops
from dispatch.queries.planning_snapshot import Snapshot, planning_snapshot
from dispatch.queries.rebased_plan import Fingerprint, fingerprint_of
from dispatch.rules.begun_stops import MOVABLE
from dispatch.rules.lifecycles import OrderStatus
from dispatch.standing_quotes import Quote, Span, standing_quotes
from dispatch.travel import TravelModel
from optimizer.explain import obstacles
from optimizer.obstacles import CostsMoreThanItIsWorth, NoRoomInRoutes
from optimizer.problem import Window
from optimizer.quote import Offer, Quoter


class PlaceMovedOn(Exception):
    """The route that a place was found on has no room any more; nobody sees this, it is looked again."""


@dataclass(frozen=True)
class Seat(Quote):
    """A window that can be kept with the route that keeps it, ready to be written."""

    offer: Offer
    snapshot: Snapshot


@dataclass(frozen=True)
class Place:
    """A place found while nothing was locked, and everything that must be so still when it is taken.

    That is the route concerned: its version, its shift, and what the customers on it have been
    told. What happens to other routes meanwhile may make another place cheaper, but takes
    nothing from this one.
    """

    seat: Seat
    around: Snapshot
    fingerprint: Fingerprint

    @classmethod
    def found(cls, session: Session, seat: Seat, visit_id: int) -> Place:
        """The place as found in this session, which sees one moment."""
        around = seat.snapshot.only([int(seat.offer.technician)], [visit_id])
        return cls(seat, around, fingerprint_of(session, around))

    @property
    def shift_id(self) -> int:
        """Whose route is concerned."""
        return self.seat.shift_id

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


@dataclass(frozen=True)
class _Question:
    """A visit, the days and the windows it is asked for, and the moment of it."""

    session: Session
    visit: Visit
    days: Sequence[date]
    windows: Sequence[Span]
    now: datetime
    travel: TravelModel

    def hindrance(self) -> str | None:
        """Why nothing can be quoted, whatever the routes are."""
        if self.visit.premises.lat is None:
            return "not_located"
        if self.visit.order.status is not OrderStatus.OPEN:
            return "over"
        return None if self.days and self.windows else "no_window_ahead"

    def from_arrays(self) -> list[Quote] | None:
        """From what is kept of the territory; None amid changes, and for what has begun."""
        if ONE_MOMENT not in self.session.info or self.visit.status not in MOVABLE:
            return None
        return standing_quotes(self.session, self.visit, self.days, self.windows, now=self.now, travel=self.travel)

    def seats(self, only_shifts: Collection[int] | None) -> tuple[list[Seat], tuple[str, ...]]:
        """From the routes as they are read now, with what is in the way if there are none."""
        free, quoter = self._asked(only_shifts)
        job = str(self.visit.id)
        wanted = [Window(start_s=free.seconds(a), end_s=free.seconds(b)) for a, b in self.windows]
        seats = [_seat(offer, free) for offer in quoter.quote(job, wanted)]
        return seats, () if seats else _obstacles(quoter, job)

    def _asked(self, only_shifts: Collection[int] | None) -> tuple[Snapshot, Quoter]:
        """The routes without the visit, and who of them may still take something on."""
        snapshot = planning_snapshot(
            self.session,
            self.visit.territory_id,
            self.days,
            now=self.now,
            travel=self.travel,
            asking={self.visit.id: (self.windows[0][0], max(b for _, b in self.windows))},
            only_on_routes=True,
            only_shifts=only_shifts,
        ).without(self.visit.id)
        quoter = Quoter(keeping_promises(snapshot.problem))
        for technician, shift in {*quoter.incomplete, *with_unlocated_stops(self.session, snapshot)}:
            quoter.shut(technician, shift)
        return snapshot, quoter


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
    order that is over, or before `now`. A session that sees one moment is answered from the
    arrays kept of it, others from the routes read anew.
    """
    question = _question(session, visit, days, windows, now, travel)
    hindrance = question.hindrance()
    if hindrance is not None:
        return Answer(reasons=(hindrance,))
    kept = question.from_arrays() if only_shifts is None else None
    if kept:
        return Answer(tuple(kept))
    seats, reasons = question.seats(only_shifts)
    return Answer(tuple(seats), reasons)


def seat_visit(
    session: Session,
    visit: Visit,
    day: date,
    window: Span,
    *,
    now: datetime,
    travel: TravelModel,
    only_shifts: Collection[int] | None = None,
) -> Seat | None:
    """The cheapest way to keep one window, ready to be written; None if nobody can (see `quote_visit`)."""
    question = _question(session, visit, [day], [window], now, travel)
    if question.hindrance() is not None:
        return None
    kept = question.from_arrays() if only_shifts is None else None
    if kept is not None:
        only_shifts = [quote.shift_id for quote in kept]
    seats, _ = question.seats(only_shifts) if only_shifts != [] else ([], ())
    return seats[0] if seats else None


def _question(
    session: Session, visit: Visit, days: Sequence[date], windows: Sequence[Span], now: datetime, travel: TravelModel
) -> _Question:
    ahead = sorted(window for window in windows if window[1] > now)
    return _Question(session, visit, sorted(set(days)), ahead, now, travel)


def _seat(offer: Offer, free: Snapshot) -> Seat:
    return Seat(
        from_at=free.at(offer.window.start_s),
        until_at=free.at(offer.window.end_s),
        cost_s=-(-offer.cost_ms // 1000),
        shift_id=free.shift_ids[offer.technician, offer.shift],
        offer=offer,
        snapshot=free,
    )


def _obstacles(quoter: Quoter, job: str) -> tuple[str, ...]:
    arrays = quoter.arrays
    found = obstacles(arrays, arrays.tables.job_index[job])
    codes = dict.fromkeys(one.code for one in found if not isinstance(one, CostsMoreThanItIsWorth))
    return tuple(codes) or (NoRoomInRoutes.code,)
