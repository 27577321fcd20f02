"""The fast engine: searches side by side in compiled code, their routes recombined by CP-SAT now and then."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from optimizer.budget import is_timed
from optimizer.fast.anneal import anneal, construct
from optimizer.fast.build_layout import layout_of
from optimizer.fast.chain import BEST, TOP, Chain, best_orders, new_chain, routes_of, stand_at
from optimizer.fast.layout import TYPICAL_LEG_S, UNFAIRNESS_PRICE, Layout
from optimizer.fast.recombine import Order, recombine
from optimizer.fast.route_cost import route_cost
from optimizer.fast.ruin import Settings
from optimizer.watch import Watch


class Course(NamedTuple):
    """How a search spends its budget: temperatures in typical legs, and when routes are recombined."""

    warm: float = 8.0
    cool: float = 0.1
    ease: float = 0.03  # of the price of leaving jobs out, at first
    full_at: float = 0.7  # the share of the budget from which all of it counts
    recombined_at: tuple[float, ...] = (0.5, 0.7, 0.85, 0.96)
    effort: float = 2.0  # CP-SAT's deterministic time, about seconds
    share: float = 0.02  # of the budget, at most, for one recombination


#: from a plan that serves most already: keep what is good, whatever time there is
MENDING = Course(warm=0.5, cool=0.05, ease=1.0)
MOST_SERVED = 0.8
#: what sharing work out fairly asks for is seldom the cheapest place
FAIR_BLINK = 0.1
#: steps between two looks at the budget: few enough to be stopped soon, and a small share of the budget
FIRST_STEPS, MOST_STEPS, SHARE_OF_STEPS = 8, 256, 0.004
OFFER_EVERY_S = 1.0


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
        with ThreadPoolExecutor(cores, thread_name_prefix="search") as threads:
            _Search(watch, layout, seed, threads, cores, settings, course).run()


class _Search:
    """Chains that search apart and meet at the marks of the course."""

    def __init__(
        self,
        watch: Watch,
        layout: Layout,
        seed: int,
        threads: ThreadPoolExecutor,
        cores: int,
        settings: Settings,
        course: Course,
    ) -> None:
        self.watch, self.layout, self.settings, self.course = watch, layout, settings, course
        self.threads = threads
        self.chains = [new_chain(layout, watch.orders, seed * cores + number) for number in range(cores)]
        self._marks = list(course.recombined_at)
        self._offered_ms: int | None = None
        self._offered_at = time.monotonic()

    def run(self) -> None:
        """Search until the budget is spent; what was found is offered, whatever ends it."""
        try:
            self._each(lambda chain: construct(self.layout, chain, self.settings))
            self._offer()
            self._anneal()
        finally:
            self._offer()

    def _anneal(self) -> None:
        steps, share = FIRST_STEPS, self.watch.share()
        while not self.watch.over():
            ahead = min(1.0, share + SHARE_OF_STEPS)
            warm, cool, ease = self._heat(share), self._heat(ahead), self._ease(share)
            self._each(lambda chain: anneal(self.layout, chain, self.settings, steps, warm, cool, ease))  # noqa: B023
            self.watch.count(steps * len(self.chains))
            before, share = share, self.watch.share()
            a_step = max(share - before, 1e-12) / steps
            steps = int(max(1, min(MOST_STEPS, SHARE_OF_STEPS / a_step, (1.0 - share) / a_step)))
            if self._marks and share >= self._marks[0]:
                self._marks = [mark for mark in self._marks if mark > share]
                self._meet()
            if time.monotonic() - self._offered_at > OFFER_EVERY_S:
                self._offer()

    def _heat(self, share: float) -> float:
        """The temperature, in ms, after this share of the budget."""
        leg_ms = 1000.0 * float(self.layout.clock.numbers[TYPICAL_LEG_S])
        return leg_ms * self.course.warm * float((self.course.cool / self.course.warm) ** share)

    def _ease(self, share: float) -> float:
        """The share of the price of leaving jobs out that counts: it rises to all of it, so that routes form first."""
        least, full_at = self.course.ease, self.course.full_at
        return 1.0 if share >= full_at else float(least ** (1.0 - share / full_at))

    def _each(self, work: Callable[[Chain], None]) -> None:
        """Let every chain do the same, at the same time; compiled code lets go of the interpreter."""
        for done in [self.threads.submit(work, chain) for chain in self.chains]:
            done.result()

    def _meet(self) -> None:
        """Recombine what all chains have collected; the worse half of them goes on from the best plan."""
        best = min(self.chains, key=lambda chain: int(chain.numbers[BEST]))
        so_far = self.watch.so_far()
        plan = recombine(
            self.layout,
            [chain.pool for chain in self.chains],
            best_orders(best),
            self._costs_ms(best),
            effort=self.course.effort,
            cores=len(self.chains),
            seconds=self.course.share * so_far.elapsed_s / max(self.watch.share(), 1e-6)
            if is_timed(self.watch.budget)
            else None,
        )
        self._stand(best, plan)
        ranked = sorted(self.chains, key=lambda chain: int(chain.numbers[BEST]))
        for chain in ranked[(len(ranked) + 1) // 2 :]:
            self._stand(chain, plan)

    def _stand(self, chain: Chain, plan: dict[int, Order]) -> None:
        """Let a chain go on from a plan."""
        nodes, size = routes_of(self.layout, plan, chain.nodes.shape[2])
        stand_at(self.layout, chain, nodes, size, chain.numbers[BEST])

    def _costs_ms(self, chain: Chain) -> dict[int, int]:
        clock = self.layout.clock
        rows, sizes = chain.nodes[TOP], chain.size[TOP]
        return {
            duty: int(route_cost(clock, duty, rows[duty], int(sizes[duty]), chain.work)) for duty in range(len(sizes))
        }

    def _offer(self) -> None:
        """Show the best plan to the watch, which times and prices it exactly."""
        self._offered_at = time.monotonic()
        best = min(self.chains, key=lambda chain: int(chain.numbers[BEST]))
        if self._offered_ms is None or int(best.numbers[BEST]) < self._offered_ms:
            self._offered_ms = int(best.numbers[BEST])
            self.watch.offer(best_orders(best))
