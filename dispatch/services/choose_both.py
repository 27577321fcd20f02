"""Both visits of a move get the windows that their customer has chosen, or neither does (R02, R16)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy.orm import Session

from dispatch.db import Database, run_use_case
from dispatch.errors import Refusal
from dispatch.live_routes import PlaceMovedOn
from dispatch.models import Territory, Visit
from dispatch.queries.move_visits import move_visits
from dispatch.rules.vocabulary import Channel
from dispatch.services.book_pair import are_booked, book_pair
from dispatch.services.choose_slot import OPTIMISTIC_TRIES
from dispatch.services.hold_slot import SlotTaken
from dispatch.services.know_places import with_places_known
from dispatch.services.offer_pairs import windows_of
from dispatch.services.offer_slots import as_offer
from dispatch.standing_pairs import Pair, Wish, standing_pairs
from dispatch.travel import TravelModel
from dispatch.travel_memory import RememberedTravel


class PairGone(Refusal):
    """The two windows cannot both be kept (any more), or never were on offer; `offer_pairs` knows others."""


def choose_both(
    database: Database,
    order_id: int,
    starts: tuple[datetime, datetime],
    days: Sequence[date],
    *,
    channel: Channel,
    now: datetime,
    machine_now: datetime,
    travel: RememberedTravel,
) -> None:
    """Book the windows of `days` with these starts, for the new place of a move and for its old one.

    Both are held and booked in one transaction, or neither; promises and messages come as if
    they had been chosen one after the other. Choosing twice is choosing once. Raises PairGone,
    AlreadyBooked if a visit got another window meanwhile, and NothingToBook.
    """
    with database.read_session() as session:
        visits = move_visits(session, order_id)
        if visits is None:
            raise PairGone("order")
        if are_booked(visits, starts):
            return
        visit_ids = [visit.id for visit in visits]
        wanted = {_day(session, visit, start_at) for visit, start_at in zip(visits, starts, strict=True)}
    choosing = _Choosing(database, order_id, visit_ids, starts, sorted(wanted & set(days)), channel, now, machine_now)
    try:
        with_places_known(database, visit_ids, choosing.days, travel, choosing.run)
    except SlotTaken:
        raise PairGone("order") from None


def _day(session: Session, visit: Visit, at: datetime) -> date:
    return at.astimezone(session.get_one(Territory, visit.territory_id).zone).date()


@dataclass(frozen=True)
class _Choosing:
    """Keeping the two windows that were chosen; the new place's comes first."""

    database: Database
    order_id: int
    visit_ids: Sequence[int]
    starts: Sequence[datetime]
    days: Sequence[date]
    channel: Channel
    now: datetime
    machine_now: datetime

    def run(self, travel: TravelModel) -> None:
        """Find both places and take them; in the end while the days are held still."""
        pair = self._find(travel)
        offer_ids = run_use_case(self.database, partial(self._show, pair=pair))
        book = partial(book_pair, offer_ids=offer_ids, now=self.now, machine_now=self.machine_now, travel=travel)
        for _ in range(OPTIMISTIC_TRIES):
            with suppress(PlaceMovedOn):
                return run_use_case(self.database, partial(book, pair=pair))
            pair = self._find(travel)
        return run_use_case(self.database, partial(book, pair=None))

    def _find(self, travel: TravelModel) -> Pair:
        with self.database.read_session() as session:
            set_up, recover = (
                self._wish(session, visit_id, start_at)
                for visit_id, start_at in zip(self.visit_ids, self.starts, strict=True)
            )
            found = standing_pairs(session, set_up, recover, self.days, now=self.now, travel=travel)
        if not found:
            raise PairGone("order")
        return found[0]

    def _wish(self, session: Session, visit_id: int, start_at: datetime) -> Wish:
        """The one window that the visit is to have, if that is a window; else PairGone."""
        visit = session.get_one(Visit, visit_id)
        windows = [span for span in windows_of(session, visit, self.days, self.now) if span[0] == start_at]
        if not windows:
            raise PairGone("order")
        return Wish(visit, windows)

    def _show(self, session: Session, *, pair: Pair) -> list[int]:
        """Offers of their own, there before anything is locked: who chooses at the same moment must wait for them."""
        offers = [
            as_offer(self.order_id, visit_id, quote, self.channel, self.now, self.machine_now)
            for visit_id, quote in zip(self.visit_ids, pair.quotes, strict=True)
        ]
        session.add_all(offers)
        session.flush()
        return [offer.id for offer in offers]
