"""How a search spends its budget, and the searches that follow it: steps that cool down until all of it is spent."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, wait
from typing import NamedTuple

from optimizer.budget import is_timed
from optimizer.fast.anneal import anneal
from optimizer.fast.chain import NOW, TOP, Chain, best_orders
from optimizer.fast.layout import TYPICAL_LEG_S, Layout
from optimizer.fast.recombine import Order, recombine
from optimizer.fast.route_cost import route_cost
from optimizer.fast.ruin import Settings
from optimizer.watch import Watch

#: steps between two looks at the budget: few enough to be stopped soon, and a small share of the budget
FIRST_STEPS, MOST_STEPS, SHARE_OF_STEPS = 8, 256, 0.004
OFFER_EVERY_S = 1.0


class Lap(NamedTuple):
    """One cooling down, between two shares of the budget: of a plan made anew, or of one that two plans make."""

    begin: float = 0.0
    end: float = 1.0
    is_crossed: bool = False

    @property
    def is_all(self) -> bool:
        """Whether it takes the whole budget."""
        return self.end - self.begin >= 1.0

    def part(self, share: float) -> float:
        """How much of the lap is over after this share of the budget."""
        return min(1.0, max(0.0, (share - self.begin) / (self.end - self.begin)))


#: how much of a lap is over when routes are recombined, where there are several
LATE = 0.8
#: two plans made anew, then four that two of the best before them make
LAPS = (Lap(0, 0.25), Lap(0.25, 0.5), *(Lap(0.5 + turn / 8, 0.625 + turn / 8, is_crossed=True) for turn in range(4)))


class Course(NamedTuple):
    """How a search spends its budget: temperatures in typical legs, and when routes are recombined."""

    warm: float = 12.0
    crossed: float = 1.5  # where a plan that two others make begins to cool down
    cool: float = 0.1
    ease: float = 0.06  # of the price of leaving jobs out, at first
    full_at: float = 0.7  # the share of the budget from which all of it counts
    recombined_at: tuple[float, ...] = (0.5, 0.7, 0.85, 0.96)
    effort: float = 2.0  # CP-SAT's deterministic time, about seconds
    share: float = 0.02  # of the budget, at most, for one recombination
    district: int = 500  # jobs of one, about, where a large problem is searched in districts; 0: it never is
    laps_from: float = 4_000.0  # steps a job; where the budget allows more, a search goes round several times

    def heat(self, lap: Lap, share: float) -> float:
        """The temperature, in typical legs, after this share of the budget."""
        warm = self.crossed if lap.is_crossed else self.warm
        return warm * float((self.cool / warm) ** lap.part(share))

    def counts(self, lap: Lap, share: float) -> float:
        """The share of the price of leaving jobs out that counts: it rises to all of it, so that routes form first."""
        part = lap.part(share)
        return 1.0 if lap.is_crossed or part >= self.full_at else float(self.ease ** (1.0 - part / self.full_at))


#: from a plan that serves most already: keep what is good, whatever time there is
MENDING = Course(warm=0.5, cool=0.05, ease=1.0, laps_from=math.inf)


class Given(NamedTuple):
    """What a search is given; as many `threads` as `cores`."""

    watch: Watch
    layout: Layout
    settings: Settings
    course: Course
    threads: Executor
    seed: int
    cores: int


class Search(ABC):
    """Chains that search side by side, each in its layout, along one course."""

    def __init__(self, given: Given) -> None:
        self.watch, self.layout, self.settings, self.course, self.threads, _seed, self.cores = given
        self._offered_ms: int | None = None
        self._offered_at = time.monotonic()
        self.lap = Lap()
        self._marks = list(self.course.recombined_at)

    @abstractmethod
    def begin(self) -> None:
        """Make a first plan."""

    @abstractmethod
    def chains(self) -> Sequence[tuple[Layout, Chain]]:
        """What searches at the moment."""

    @abstractmethod
    def turn(self, *, meet: bool) -> None:
        """What is to be done between steps; `meet`: recombine what was collected."""

    @abstractmethod
    def best(self) -> tuple[int, dict[int, Order]]:
        """What the best plan seen costs, in ms, and its routes by duty."""

    def run(self) -> None:
        """Search until the budget is spent; what was found is offered, whatever ends it."""
        try:
            self.begin()
            self._offer()
            self._anneal()
        finally:
            self._offer()

    def _anneal(self) -> None:
        leg_ms = 1000.0 * float(self.layout.clock.numbers[TYPICAL_LEG_S])
        steps, share = FIRST_STEPS, self.watch.share()
        while not self.watch.over():
            ahead = min(1.0, share + SHARE_OF_STEPS)
            warm, cool = leg_ms * self.course.heat(self.lap, share), leg_ms * self.course.heat(self.lap, ahead)
            ease = self.course.counts(self.lap, share)
            settings = self._settings_now()
            self.each(lambda layout, chain: anneal(layout, chain, settings, steps, warm, cool, ease))  # noqa: B023
            self.watch.count(steps * len(self.chains()))
            before, share = share, self.watch.share()
            a_step = max(share - before, 1e-12) / steps
            steps = int(max(1, min(MOST_STEPS, SHARE_OF_STEPS / a_step, (1.0 - share) / a_step)))
            part = self.lap.part(share)
            is_time = bool(self._marks) and part >= self._marks[0]
            self._marks = [mark for mark in self._marks if mark > part]
            self.turn(meet=is_time)
            if time.monotonic() - self._offered_at > OFFER_EVERY_S:
                self._offer()

    def _settings_now(self) -> Settings:
        """In a single lap nothing is insisted on: many jobs would drive farther for little (docs/benchmarks.md)."""
        return self.settings._replace(absence=0.0) if self.lap.is_all else self.settings

    def go_round(self, lap: Lap) -> None:
        """Begin a lap; where it is one of several, routes are recombined once, towards its end."""
        self.lap, self._marks = lap, [LATE] if self.course.recombined_at else []

    def each(self, work: Callable[[Layout, Chain], object]) -> None:
        """Let every chain do the same, at the same time; compiled code lets go of the interpreter.

        All of them have ended when it returns, Ctrl-C or not: a plan is read from chains that stand still.
        """
        at_work = [self.threads.submit(work, layout, chain) for layout, chain in self.chains()]
        try:
            for one in at_work:
                one.result()
        finally:
            wait(at_work)

    def recombined(
        self, layout: Layout, chains: Sequence[Chain], best: Chain, *, cores: int = 1, turns: float = 1.0
    ) -> dict[int, Order]:
        """The best plan that the routes which these chains have collected make with those of the best of them.

        So many `turns` share the time of one recombination.
        """
        so_far = self.watch.so_far()
        seconds = self.course.share * so_far.elapsed_s / max(self.watch.share(), 1e-6) / turns
        return recombine(
            layout,
            [chain.pool for chain in chains],
            best_orders(best),
            _costs_ms(layout, best),
            effort=self.course.effort / turns,
            cores=cores,
            seconds=seconds if is_timed(self.watch.budget) else None,
        )

    def _offer(self) -> None:
        """Show the best plan to the watch, which times and prices it exactly."""
        self._offered_at = time.monotonic()
        best_ms, orders = self.best()
        if self._offered_ms is None or best_ms < self._offered_ms:
            self._offered_ms = best_ms
            self.watch.offer(orders)


def standing_orders(chain: Chain) -> dict[int, Order]:
    """The routes that a chain stands at, by duty."""
    return {
        duty: tuple(int(job) for job in chain.nodes[NOW, duty, 1 : size + 1])
        for duty, size in enumerate(chain.size[NOW])
    }


def _costs_ms(layout: Layout, chain: Chain) -> dict[int, int]:
    rows, sizes = chain.nodes[TOP], chain.size[TOP]
    return {
        duty: int(route_cost(layout.clock, duty, rows[duty], int(sizes[duty]), chain.work))
        for duty in range(len(sizes))
    }
