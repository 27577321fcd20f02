"""One more visit asked of the arrays that are kept of its territory's days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dispatch.models import Territory, Visit
from dispatch.queries.planning_rows import PlanningRows, VisitFacts
from dispatch.queries.planning_words import Words, seconds_between
from dispatch.queries.route_stamps import route_stamps
from dispatch.queries.travel_periods import rush_percents
from dispatch.rules.calendars import local_instant
from dispatch.rules.datum import Coordinate
from dispatch.standing_days import Asked, StandingDay, StandingRoute, standing_days
from dispatch.travel import TravelModel
from optimizer.problem import Job, Technician, Window
from optimizer.quoting.offer import Offer

Span = tuple[datetime, datetime]
#: days with their routes as a session sees them
Standing = Sequence[tuple[StandingDay, Mapping[int, StandingRoute]]]


@dataclass(frozen=True)
class Quote:
    """A window that can be kept on a shift's route; `cost_s` is in seconds of travel."""

    from_at: datetime
    until_at: datetime
    cost_s: int
    shift_id: int


def standing_quotes(
    session: Session, visit: Visit, days: Sequence[date], windows: Sequence[Span], *, now: datetime, travel: TravelModel
) -> list[Quote]:
    """The windows that a located visit, which has not begun, could have on these days (in order), cheapest first.

    The session must see one moment, and what it sees must be committed. May raise PlacesUnknown.
    """
    standing = standing_of(session, visit.territory_id, days, now=now, travel=travel)
    return Asker.of(session, visit, days, windows, standing, now=now).quotes()


def standing_of(
    session: Session, territory_id: int, days: Sequence[date], *, now: datetime, travel: TravelModel
) -> Standing:
    """A territory's days (in order) with their routes as the session sees them."""
    zone = session.get_one(Territory, territory_id).zone
    known = standing_days(session)
    percents = rush_percents(session, days, zone, local_instant(days[0], "00:00", zone), travel)
    found = []
    for day, stamps in route_stamps(session, territory_id, days, now).items():
        calendar = {one: percents[one] for one in (day, day + timedelta(days=1))}
        standing = known.day(territory_id, day, travel, calendar, now=now)
        found.append((standing, standing.routes(session, stamps, now=now)))
    return found


@dataclass(frozen=True)
class Asker:
    """A visit that wants one of some windows (in order), what is known of it, and the days it is asked for.

    `people` are those who work on them.
    """

    visit: Visit
    windows: Sequence[Span]
    standing: Standing
    facts: VisitFacts
    people: dict[str, Technician]
    zone: ZoneInfo
    now: datetime

    @classmethod
    def of(
        cls,
        session: Session,
        visit: Visit,
        days: Sequence[date],
        windows: Sequence[Span],
        standing: Standing,
        *,
        now: datetime,
    ) -> Asker:
        """The visit with what the session knows of it."""
        zone = session.get_one(Territory, visit.territory_id).zone
        facts = PlanningRows(session, visit.territory_id, tuple(days), zone, now).wishes_of([visit])
        people = [one.day.member[0] for _, routes in standing for one in routes.values() if one.day is not None]
        return cls(visit, windows, standing, facts, {person.id: person for person in people}, zone, now)

    def quotes(self) -> list[Quote]:
        """The windows that it could have, cheapest first."""
        cheapest: dict[Span, tuple[int, Quote]] = {}
        for day, routes in self.standing:
            for cost_ms, quote in self._ask(day, routes):
                span = quote.from_at, quote.until_at
                if span not in cheapest or cost_ms < cheapest[span][0]:
                    cheapest[span] = cost_ms, quote
        by_cost = sorted(cheapest.values(), key=lambda one: (one[0], one[1].from_at, one[1].until_at))
        return [quote for _, quote in by_cost]

    def asked(self, day: StandingDay, windows: Iterable[Span]) -> tuple[Asked, dict[Window, Span]]:
        """The visit as it is asked of a day, for some of its windows, and which those are."""
        start_at = local_instant(day.day, "00:00", self.zone)
        wanted = {
            Window(start_s=seconds_between(start_at, a), end_s=seconds_between(start_at, b)): (a, b) for a, b in windows
        }
        premises = self.visit.premises
        at = Coordinate(premises.lat or 0.0, premises.lon or 0.0, premises.datum)
        return Asked(self._job(start_at), list(wanted), at), wanted

    def _ask(self, day: StandingDay, routes: Mapping[int, StandingRoute]) -> Iterator[tuple[int, Quote]]:
        """What one day has to offer, each with its cost in ms."""
        duties = [one.day.duty for one in routes.values() if one.day is not None]
        opens_s = min((duty.shift.start_s for duty in duties), default=0)
        closes_s = max((duty.limit_s for duty in duties), default=-1)
        asked, spans = self.asked(day, self.windows)
        during = [window for window in asked.windows if window.end_s >= opens_s and window.start_s <= closes_s]
        if not during:
            return
        for shift_id, offer in day.quote(replace(asked, windows=during), routes):
            yield offer.cost_ms, quote_of(offer, spans[offer.window], shift_id)

    def _job(self, start_at: datetime) -> Job:
        """The visit as if it had nothing yet, in seconds from the start of a day."""
        span = self.windows[0][0], max(until_at for _, until_at in self.windows)
        words = Words(
            start_at=start_at,
            end_at=start_at + timedelta(days=1),
            zone=self.zone,
            now=self.now,
            worked=(),
            asking={self.visit.id: span},
            people=self.people,
        )
        return replace(words.job(self.visit, self.facts, {}), pin=None, announced=None, promises=())


def quote_of(offer: Offer, span: Span, shift_id: int) -> Quote:
    """An offer in instants, its cost rounded up."""
    return Quote(*span, -(-offer.cost_ms // 1000), shift_id)
