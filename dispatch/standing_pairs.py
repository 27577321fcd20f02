"""Two visits of one order asked together of the arrays that are kept of their days (R02)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from dispatch.models import Visit
from dispatch.standing_quotes import Asker, Quote, Span, quote_of, standing_of
from dispatch.travel import TravelModel


@dataclass(frozen=True)
class Wish:
    """A located visit that has not begun, and the windows (in order) that it may have."""

    visit: Visit
    windows: Sequence[Span]


@dataclass(frozen=True)
class Pair:
    """A window for each of two visits, which can both be kept.

    They are found by whoever looks for places one after the other, in this `order`.
    """

    quotes: tuple[Quote, Quote]
    order: tuple[int, ...] = (0, 1)


def standing_pairs(
    session: Session, first: Wish, second: Wish, days: Sequence[date], *, now: datetime, travel: TravelModel
) -> list[Pair]:
    """The windows that the first visit could have on these days (in order), each with one for the second visit.

    That begins when the first is over, on the same day if both can be kept there, else on the
    next day that has room; on that day it is the cheapest. The session must see one moment,
    and what it sees must be committed. May raise PlacesUnknown.
    """
    territories = {one.visit.territory_id for one in (first, second)}
    standing = {one: standing_of(session, one, days, now=now, travel=travel) for one in territories}
    one, two = (
        Asker.of(session, wish.visit, days, wish.windows, standing[wish.visit.territory_id], now=now)
        for wish in (first, second)
    )
    pairing = _Pairing(one, two, two.quotes())
    found = [pairing.beside(quote) for quote in sorted(one.quotes(), key=lambda quote: quote.from_at)]
    return [pair for pair in found if pair is not None]


@dataclass(frozen=True)
class _Pairing:
    """Finds a partner for a window of the first visit, among what the second could have by itself, cheapest first."""

    first: Asker
    second: Asker
    partners: Sequence[Quote]

    def beside(self, quote: Quote) -> Pair | None:
        """The window with its partner, if it has one."""
        later = [one for one in self.partners if one.from_at >= quote.until_at]
        for day in sorted({_day(one, self.second) for one in later}):
            that_day = [one for one in later if _day(one, self.second) == day]
            pair = self._on(day, quote, that_day)
            if pair is not None:
                return pair
        return None

    def _on(self, day: date, quote: Quote, partners: Sequence[Quote]) -> Pair | None:
        """With the cheapest partner of a day: if both want the same routes, beside each other."""
        is_same = self.first.visit.territory_id == self.second.visit.territory_id
        if is_same and day == _day(quote, self.first):
            return self._together(day, quote, partners)
        return Pair((quote, partners[0]))

    def _together(self, on: date, quote: Quote, partners: Sequence[Quote]) -> Pair | None:
        day, routes = next(standing for standing in self.first.standing if standing[0].day == on)
        one, firsts = self.first.asked(day, [_span(quote)])
        two, seconds = self.second.asked(day, [_span(partner) for partner in partners])
        together = day.quote_together([one, two], routes)
        found = () if together is None else together.offers
        placed = [offer for offer in found if offer is not None]
        if together is None or len(placed) < len(found):
            return None
        (shift_1, offer_1), (shift_2, offer_2) = placed
        quotes = quote_of(offer_1, firsts[offer_1.window], shift_1), quote_of(offer_2, seconds[offer_2.window], shift_2)
        return Pair(quotes, together.order)


def _day(quote: Quote, asker: Asker) -> date:
    return quote.from_at.astimezone(asker.zone).date()


def _span(quote: Quote) -> Span:
    return quote.from_at, quote.until_at
