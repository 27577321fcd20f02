"""Several jobs quoted at once: two visits of one order, or a batch to be booked anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from optimizer.problem import Job, Window
from optimizer.quoting.lone_days import LoneDay, LoneDays
from optimizer.quoting.offer import Offer
from optimizer.quoting.reach import Reach

#: of so many jobs every order is tried
FEW = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A job that is on no day, the windows it may have, its place by number, and how far that is from all others."""

    job: Job
    windows: Sequence[Window]
    place: int
    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Offers that can all be kept at once, for each job in the order they were asked; None: no room beside the others.

    Each comes with the name of its day. Its `cost_ms` is what it adds after those that were
    placed before it, by `order`, and `cost_ms` what all of them add: whoever quotes them one by
    one in that order, and lets each have its offer, finds the same. `days` are those they
    change, by name, with all of them in.
    """

    offers: tuple[tuple[int, Offer] | None, ...]
    order: tuple[int, ...]
    cost_ms: int
    days: Mapping[int, LoneDay]


def quote_together(days: LoneDays, wanted: Sequence[Wanted], shut: Collection[int] = ()) -> Together:
    """As many of the jobs as can be served, as cheaply as they go one after the other in the best order found.

    Of up to FEW jobs every order is tried, of more that of the fewest windows first. Days
    named in `shut` take no more. The days are as they were when this returns.
    """
    orders = permutations(range(len(wanted))) if len(wanted) <= FEW else [_scarcest_first(days, wanted, shut)]
    tried = [_one_by_one(days, wanted, order, shut) for order in orders]
    return min(tried, key=lambda one: (one.offers.count(None), one.cost_ms))


def _scarcest_first(days: LoneDays, wanted: Sequence[Wanted], shut: Collection[int]) -> tuple[int, ...]:
    counts = [len(days.quote(one.job, one.windows, one.reach, shut)) for one in wanted]
    return tuple(sorted(range(len(wanted)), key=counts.__getitem__))


def _one_by_one(days: LoneDays, wanted: Sequence[Wanted], order: Sequence[int], shut: Collection[int]) -> Together:
    """Each job at its cheapest beside those before it; what was changed is put back."""
    offers: list[tuple[int, Offer] | None] = [None] * len(wanted)
    before: dict[int, LoneDay] = {}
    try:
        for index in order:
            one = wanted[index]
            found = days.quote(one.job, one.windows, one.reach, shut)
            if found:
                offers[index] = found[0]
                name, offer = found[0]
                before.setdefault(name, days.days[name])
                days.put(name, days.days[name].carrying(one.job, one.reach, one.place, offer))
        after = {name: days.days[name] for name in sorted(before)}
    finally:
        for name, day in before.items():
            days.put(name, day)
    cost_ms = sum(offer.cost_ms for _, offer in filter(None, offers))
    return Together(offers=tuple(offers), order=tuple(order), cost_ms=cost_ms, days=after)
