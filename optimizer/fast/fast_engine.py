"""The fast engine: searches side by side in compiled code, their routes recombined by CP-SAT now and then."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from optimizer.fast.anneal import construct
from optimizer.fast.build_layout import layout_of
from optimizer.fast.chain import BEST, Chain, best_orders, new_chain, routes_of, stand_at
from optimizer.fast.course import MENDING, Course, Given, Search
from optimizer.fast.divided import DividedSearch, is_divided
from optimizer.fast.layout import UNFAIRNESS_PRICE, Layout
from optimizer.fast.recombine import Order
from optimizer.fast.ruin import Settings
from optimizer.watch import Watch

#: a plan that serves this share of the jobs is mended
MOST_SERVED = 0.8
#: what sharing work out fairly asks for is seldom the cheapest place
FAIR_BLINK = 0.1


def search(
    watch: Watch, seed: int, cores: int = 1, settings: Settings | None = None, course: Course | None = None
) -> None:
    """Improve the watch's best plan until its budget is spent, with one search for each core.

    A first plan is made however little there is to spend: the first search of a process has code to load.
    """
    tables = watch.evaluator.tables
    if tables.problem.jobs and tables.duties and watch.is_wanted():
        layout = layout_of(tables)
        if settings is None:
            is_fair = layout.clock.numbers[UNFAIRNESS_PRICE] > 0
            settings = Settings(blink=FAIR_BLINK) if is_fair else Settings()
        if course is None:
            is_standing = watch.so_far().served >= MOST_SERVED * len(tables.problem.jobs)
            course = MENDING if is_standing else Course()
        kind = DividedSearch if is_divided(layout, course, cores) else WholeSearch
        with ThreadPoolExecutor(cores, thread_name_prefix="search") as threads:
            kind(Given(watch, layout, settings, course, threads, seed, cores)).run()


class WholeSearch(Search):
    """One chain for each core, each at a plan of its own; they meet at the marks of the course."""

    def __init__(self, given: Given) -> None:
        super().__init__(given)
        orders, first = given.watch.orders, given.seed * given.cores
        self._chains = [new_chain(given.layout, orders, first + number) for number in range(given.cores)]

    def begin(self) -> None:
        """Place what is left out, in every chain."""
        self.each(lambda layout, chain: construct(layout, chain, self.settings))

    def chains(self) -> Sequence[tuple[Layout, Chain]]:
        """The chain of each core, all in one layout."""
        return [(self.layout, chain) for chain in self._chains]

    def turn(self, *, meet: bool) -> None:
        """Recombine what all chains have collected; the worse half of them goes on from the best plan."""
        if not meet:
            return
        best = self._best_chain()
        plan = self.recombined(self.layout, self._chains, best, cores=len(self._chains))
        self._stand(best, plan)
        ranked = sorted(self._chains, key=lambda chain: int(chain.numbers[BEST]))
        for chain in ranked[(len(ranked) + 1) // 2 :]:
            self._stand(chain, plan)

    def best(self) -> tuple[int, dict[int, Order]]:
        """The best plan of all chains."""
        best = self._best_chain()
        return int(best.numbers[BEST]), best_orders(best)

    def _best_chain(self) -> Chain:
        return min(self._chains, key=lambda chain: int(chain.numbers[BEST]))

    def _stand(self, chain: Chain, plan: dict[int, Order]) -> None:
        """Let a chain go on from a plan."""
        nodes, size = routes_of(self.layout, plan, chain.nodes.shape[2])
        stand_at(self.layout, chain, nodes, size, chain.numbers[BEST])
