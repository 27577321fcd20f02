"""Several jobs quoted at once: two visits of one order, or a batch to be booked anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from optimizer.problem import Job, Place, Window
from optimizer.quoting.offer import Offer
from optimizer.quoting.standing_routes import RowName, SavedDay, StandingRoutes
from optimizer.solution import Route

#: of so many jobs every order is tried
FEW = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A job that is in no route, the windows it may have (None: its own), and its place if that is not known yet."""

    job: Job
    windows: tuple[Window, ...] | None = None
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Offers that can all be kept at once, for each job in the order they were asked; None: no room beside the others.

    Each offer's `cost_ms` is what it adds after those that were placed before it, `cost_ms`
    what all of them add; `routes` are the routes they change, with all of them in.
    """

    offers: tuple[Offer | None, ...]
    cost_ms: int
    routes: tuple[Route, ...]


def quote_together(standing: StandingRoutes, wanted: Sequence[Wanted]) -> Together:
    """As many of the jobs as can be served, as cheaply as they go one after the other in the best order found.

    Of up to FEW jobs every order is tried, of more that of the fewest windows first. The
    routes are as they were when this returns.
    """
    orders = permutations(range(len(wanted))) if len(wanted) <= FEW else [_scarcest_first(standing, wanted)]
    tried = [_one_by_one(standing, wanted, order) for order in orders]
    return min(tried, key=lambda one: (one.offers.count(None), one.cost_ms))


def _scarcest_first(standing: StandingRoutes, wanted: Sequence[Wanted]) -> tuple[int, ...]:
    counts = [len(standing.quote(one.job, one.windows, one.place)) for one in wanted]
    return tuple(sorted(range(len(wanted)), key=counts.__getitem__))


def _one_by_one(standing: StandingRoutes, wanted: Sequence[Wanted], order: Sequence[int]) -> Together:
    """Each job at its cheapest beside those before it; what was changed is put back."""
    offers: list[Offer | None] = [None] * len(wanted)
    before: dict[RowName, SavedDay] = {}
    try:
        for index in order:
            one = wanted[index]
            found = standing.quote(one.job, one.windows, one.place)
            if found:
                offers[index] = found[0]
                row = found[0].technician, found[0].shift
                before.setdefault(row, standing.saved(*row))
                carry_out(standing, one, found[0])
        routes = [standing.route_of(*row) for row in sorted(before)]
    finally:
        for saved in before.values():
            standing.restore(saved)
    return Together(
        offers=tuple(offers),
        cost_ms=sum(one.cost_ms for one in offers if one is not None),
        routes=tuple(route for route in routes if route is not None),
    )


def carry_out(standing: StandingRoutes, wanted: Wanted, offer: Offer) -> None:
    """Put the job where it was offered; from now on it keeps that window."""
    jobs = standing.jobs_of(offer.technician, offer.shift)
    job = wanted.job
    own = job.windows or (offer.window,)
    both = [
        Window(start_s=max(one.start_s, offer.window.start_s), end_s=min(one.end_s, offer.window.end_s)) for one in own
    ]
    kept = replace(job, windows=tuple(one for one in both if one.start_s <= one.end_s))
    standing.put(
        offer.technician,
        offer.shift,
        (*jobs[: offer.position], kept, *jobs[offer.position :]),
        () if wanted.place is None else (wanted.place,),
    )
