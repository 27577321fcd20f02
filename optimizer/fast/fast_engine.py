"""The fast engine: searches side by side in compiled code, their routes recombined by CP-SAT now and then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from optimizer.fast.anneal import construct
from optimizer.fast.build_layout import layout_of
from optimizer.fast.chain import BEST, Chain, best_orders, new_chain, routes_of, stand_at
from optimizer.fast.course import LAPS, MENDING, Course, Given, Lap, Search
from optimizer.fast.crossing import can_be_crossed, crossed
from optimizer.fast.divided import DividedSearch, is_divided
from optimizer.fast.layout import UNFAIRNESS_PRICE, Layout
from optimizer.fast.recombine import Order
from optimizer.fast.ruin import Settings
from optimizer.watch import Watch

#: a plan that serves this share of the jobs is mended
MOST_SERVED = 0.8
#: what sharing work out fairly asks for is seldom the cheapest place
FAIR_BLINK = 0.1
#: the share of the budget after which it is known how many steps it allows
COUNTED_AT = 0.02
#: how many of the best plans of earlier laps are crossed
ELITE = 4
#: what no plan costs
NO_PLAN_MS = int(np.iinfo(np.int64).max)


def search(
    watch: Watch, seed: int, cores: int = 1, changed: Mapping[str, float] | None = None, course: Course | None = None
) -> None:
    """Improve the watch's best plan until its budget is spent, with one search for each core.

    A first plan is made however little there is to spend: the first search of a process has code to load. `changed`
    names settings that are to be others than those of the problem.
    """
    tables = watch.evaluator.tables
    if tables.problem.jobs and tables.duties and watch.is_wanted():
        layout = layout_of(tables)
        settings = settings_of(layout)._replace(**(changed or {}))
        if course is None:
            is_standing = watch.so_far().served >= MOST_SERVED * len(tables.problem.jobs)
            course = MENDING if is_standing else Course()
        kind = DividedSearch if is_divided(layout, course, cores) else WholeSearch
        with ThreadPoolExecutor(cores, thread_name_prefix="search") as threads:
            kind(Given(watch, layout, settings, course, threads, seed, cores)).run()


def settings_of(layout: Layout) -> Settings:
    """How to search a problem: how often places are overlooked depends on it."""
    return Settings(blink=FAIR_BLINK) if layout.clock.numbers[UNFAIRNESS_PRICE] > 0 else Settings()


class WholeSearch(Search):
    """One chain for each core, each at a plan of its own.

    In one lap they meet at the marks of the course. Where there is time for several, each
    chain makes a plan of its own in each, of two of the best plans of the laps before.
    """

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        orders, first = given.watch.orders, given.seed * given.cores
        self._chains = [new_chain(given.layout, orders, first + number) for number in range(given.cores)]
        self._random = np.random.default_rng(given.seed)
        self._ahead: list[Lap] = []
        self._may_go_round = can_be_crossed(given.layout)
        self._elite: list[tuple[int, dict[int, Order]]] = []

    def begin(self) -> None:
        """Place what is left out, in every chain."""
        self.each(lambda layout, chain: construct(layout, chain, self.settings))

    def chains(self) -> Sequence[tuple[Layout, Chain]]:
        """The chain of each core, all in one layout."""
        return [(self.layout, chain) for chain in self._chains]

    def turn(self, *, meet: bool) -> None:
        """Recombine what all chains have collected; begin the next lap when it is time."""
        if meet:
            self._meet()
        share = self.watch.share()
        if self._may_go_round and share >= COUNTED_AT:
            self._may_go_round = False
            self._count_laps(share)
        while self._ahead and share >= self.lap.end:
            self.go_round(self._ahead.pop(0))
            self._begin_lap()

    def _count_laps(self, share: float) -> None:
        """Go round several times if the steps so far say that there is time for it."""
        steps_a_job = self.watch.iterations / share / len(self._chains) / len(self.layout.clock.jobs)
        if steps_a_job >= self.course.laps_from:
            self.go_round(LAPS[0])
            self._ahead = list(LAPS[1:])

    def best(self) -> tuple[int, dict[int, Order]]:
        """The best plan of all chains and laps."""
        chain = self._best_chain()
        best_ms = int(chain.numbers[BEST])
        if self._elite and self._elite[0][0] <= best_ms:
            return self._elite[0]
        return best_ms, best_orders(chain)

    def _best_chain(self) -> Chain:
        return min(self._chains, key=lambda chain: int(chain.numbers[BEST]))

    def _meet(self) -> None:
        """Stand at the best plan that all routes make; of a single lap, so does the worse half of the chains."""
        best = self._best_chain()
        turns = 1.0 if self.lap.is_all else len(LAPS) / len(self.course.recombined_at)
        plan = self.recombined(self.layout, self._chains, best, cores=len(self._chains), turns=turns)
        self._stand(best, plan, int(best.numbers[BEST]))
        if self.lap.is_all:
            ranked = sorted(self._chains, key=lambda chain: int(chain.numbers[BEST]))
            for chain in ranked[(len(ranked) + 1) // 2 :]:
                self._stand(chain, plan, int(chain.numbers[BEST]))

    def _begin_lap(self) -> None:
        """Remember what the lap that ends has found, and let every chain begin another plan.

        Of plans that cost the same one is remembered: a plan crossed with itself is no other.
        """
        found = {int(chain.numbers[BEST]): best_orders(chain) for chain in self._chains}
        self._elite = sorted((dict(self._elite) | found).items(), key=lambda one: one[0])[:ELITE]
        for chain in self._chains:
            plan: dict[int, Order] = {}
            if self.lap.is_crossed:
                one, other = self._random.choice(len(self._elite), 2, replace=len(self._elite) == 1)
                plan = crossed(self.layout, chain, self._elite[one][1], self._elite[other][1], self._random)
            self._stand(chain, plan, NO_PLAN_MS)
        self.begin()

    def _stand(self, chain: Chain, plan: dict[int, Order], best_ms: int) -> None:
        """Let a chain go on from a plan, the best it has if it costs less than `best_ms`."""
        nodes, size = routes_of(self.layout, plan, chain.nodes.shape[2])
        stand_at(self.layout, chain, nodes, size, best_ms)
