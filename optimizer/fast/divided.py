"""A large problem searched in districts, side by side; they are cut anew again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from optimizer.budget import is_timed
from optimizer.fast.anneal import construct
from optimizer.fast.chain import BEST, Chain, best_orders, new_chain, routes_of, stand_at
from optimizer.fast.course import Course, Given, Search, standing_orders
from optimizer.fast.districts import Indexes, cut, district_of
from optimizer.fast.layout import UNFAIRNESS_PRICE, Layout
from optimizer.fast.recombine import Order

#: with several cores, districts may be as small as this
LEAST = 150
#: how many times districts are cut; in a timed search only so often that it takes a tenth of the time
TURNS, MOST_CUTTING = 40, 0.1


def is_divided(layout: Layout, course: Course, cores: int) -> bool:
    """Whether a problem is better searched in districts; sharing work out fairly concerns all of them at once."""
    jobs, own = len(layout.clock.jobs), course.district
    is_large = jobs >= 2 * own or (cores > 1 and jobs >= cores * min(own, LEAST))
    return own > 0 and is_large and layout.clock.numbers[UNFAIRNESS_PRICE] == 0


class District(NamedTuple):
    """A part of the plan with a search of its own; its jobs and duties are numbers of the whole problem."""

    layout: Layout
    chain: Chain
    jobs: Indexes
    duties: Indexes

    def whole(self, orders: Mapping[int, Order]) -> dict[int, Order]:
        """Routes of the district as routes of the whole problem."""
        return {int(self.duties[duty]): tuple(int(self.jobs[job]) for job in order) for duty, order in orders.items()}


class DividedSearch(Search):
    """A chain for each district; after every turn they are cut anew where the plan stands."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        self._random = np.random.default_rng(given.seed)
        rounds = max(1, round(len(given.layout.clock.jobs) / given.course.district / given.cores))
        self._count = given.cores * rounds
        self._districts: list[District] = []
        self._turn_at = 0.0
        self._best = int(np.iinfo(np.int64).max), dict(given.watch.orders)

    def begin(self) -> None:
        """Place what is left out, all districts together, then cut."""
        chain = new_chain(self.layout, self.watch.orders, int(self._random.integers(1 << 32)))
        construct(self.layout, chain, self.settings)
        self._best = int(chain.numbers[BEST]), best_orders(chain)
        self._divide(standing_orders(chain))

    def chains(self) -> Sequence[tuple[Layout, Chain]]:
        """The chain of each district in its own layout."""
        return [(district.layout, district.chain) for district in self._districts]

    def turn(self, *, meet: bool) -> None:
        """Recombine in each district what its chain has collected; cut anew when it is time."""
        if meet:
            self.each(self._recombine)
        if meet or self.watch.share() >= self._turn_at:
            self._best = self.best()
            self._divide(self._joined(standing_orders))

    def best(self) -> tuple[int, dict[int, Order]]:
        """The best routes of every district together, or those of an earlier turn."""
        found = sum(int(district.chain.numbers[BEST]) for district in self._districts)
        return (found, self._joined(best_orders)) if self._districts and found < self._best[0] else self._best

    def _joined(self, routes: Callable[[Chain], dict[int, Order]]) -> dict[int, Order]:
        joined: dict[int, Order] = {}
        for district in self._districts:
            joined |= district.whole(routes(district.chain))
        return joined

    def _recombine(self, layout: Layout, chain: Chain) -> None:
        plan = self.recombined(layout, [chain], chain, turns=len(self._districts) / self.cores)
        nodes, size = routes_of(layout, plan, chain.nodes.shape[2])
        stand_at(layout, chain, nodes, size, chain.numbers[BEST])

    def _divide(self, orders: dict[int, Order]) -> None:
        """Cut districts around these routes."""
        before, share = self.watch.so_far().elapsed_s, self.watch.share()
        cuts = cut(self.layout, orders, self._count, self._random)
        seeds = self._random.integers(1 << 32, size=len(cuts))
        self._districts = list(self.threads.map(self._district, cuts, [orders] * len(cuts), seeds))
        took_s = self.watch.so_far().elapsed_s - before
        least = took_s / MOST_CUTTING * share / max(before, 1e-9) if is_timed(self.watch.budget) else 0.0
        self._turn_at = share + max(1.0 / TURNS, least)

    def _district(self, own: tuple[Indexes, Indexes], orders: Mapping[int, Order], seed: int) -> District:
        jobs, duties = own
        layout = district_of(self.layout, jobs, duties)
        number = {int(job): index for index, job in enumerate(jobs)}
        rows = {index: tuple(number[job] for job in orders.get(int(duty), ())) for index, duty in enumerate(duties)}
        return District(layout, new_chain(layout, rows, int(seed)), jobs, duties)
