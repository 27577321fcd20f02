"""Plans that keep their windows not only on paper: room is made before the windows that are at risk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from optimizer.assembly import assemble, orders_of
from optimizer.budget import Budget, PartOf
from optimizer.evaluation import Evaluator
from optimizer.failure import Failure
from optimizer.problem import Job, Problem, Promise
from optimizer.risk.simulate import SAMPLES, Simulated, quantile, simulate, told_window
from optimizer.risk.uncertainty import NO_HISTORY, Uncertainty
from optimizer.solution import Cost, Solution
from optimizer.solve import PlanSearch
from optimizer.tables import Tables
from optimizer.watch import Progress

#: what a stop under the level is worth, in seconds of travel, and each second less of room in ms of travel
AT_RISK_PRICE_S, LESS_ROOM_MS_PER_S = 1_800, 500
#: the part of the budget that the first plan gets; the rounds share the rest
FIRST_SHARE = 0.5

Solving = Callable[[Problem, Budget, int, Solution | None], Solution]
#: the plan of one round, by its number, that goes on from a plan with soft ends for its jobs
RoomMaking = Callable[[int, Solution, Mapping[str, int]], Solution]
#: the problem once everybody in a plan has been told a window
Telling = Callable[[Problem, Solution], Problem]


def as_announced(problem: Problem, _solution: Solution) -> Problem:
    """Nobody is told more than the problem says."""
    return problem


@dataclass(frozen=True, slots=True)
class Confidence:
    """How surely the windows of a plan are to be kept: with at least `level` (0.95: 95 %).

    `uncertainty` is what is known of durations. `telling` gives the problem with the windows that
    customers count on once a plan stands; it goes to the solving process, so it can be pickled.
    Raises ValueError for a level not between 0 and 1.
    """

    level: float
    uncertainty: Uncertainty = NO_HISTORY
    telling: Telling = as_announced

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise ValueError("a level lies between 0 and 1")


def solve_as_asked(
    problem: Problem,
    budget: Budget,
    seed: int,
    confidence: Confidence | None = None,
    progress: Progress | None = None,
    *,
    engine: str | None = None,
) -> Solution:
    """The best plan found, one that keeps its windows as surely as asked for if somebody has asked.

    Who ends the search, as `solve` says, ends all of it.
    """
    stopped = False

    def solving(asked: Problem, given: Budget, number: int, start: Solution | None) -> Solution:
        nonlocal stopped
        search = PlanSearch(asked, given, progress, engine)
        plan = search.plan(number, start)
        stopped = stopped or search.was_stopped
        return plan

    if confidence is None:
        return solving(problem, budget, seed, None)
    return solve_with_confidence(problem, budget, confidence, seed, solving=solving, is_over=lambda: stopped)


def solve_with_confidence(
    problem: Problem,
    budget: Budget,
    confidence: Confidence,
    seed: int = 0,
    *,
    rounds: int = 3,
    samples: int = SAMPLES,
    price_s: int = AT_RISK_PRICE_S,
    solving: Solving,
    is_over: Callable[[], bool] = lambda: False,
) -> Solution:
    """A plan in which few stops keep their window with a lower probability than asked for.

    First a plan as `solving` makes it. Then, in up to `rounds` rounds, every window gets a soft
    end as much earlier as its stop is late on a day of that level, at `price_s` once and
    LESS_ROOM_MS_PER_S for every second, and the search goes on from there. Of the plans met that
    leave out, miss and change nothing more than the first, the one with the fewest stops under
    the level is returned; of equal ones that which is least under it, then the cheapest. Times
    and costs are those of `problem` itself. A level may be out of reach: ask `risks` of the plan.
    No round begins once it `is_over`, and Ctrl-C ends the last. An error after the first plan leaves
    the best so far, which names it (`level_failure`).
    """
    best = first = solving(problem, PartOf(budget, FIRST_SHARE), seed, None)

    def room_made(number: int, plan: Solution, soft_ends: Mapping[str, int]) -> Solution:
        part = PartOf(budget, (1 - FIRST_SHARE) / rounds)
        asked = _with_room(problem, plan, soft_ends, price_s)
        return _as_asked(problem, solving(asked, part, seed + number, plan))

    try:
        for surer in _surer_and_surer(first, _Look(problem, confidence, samples, seed), room_made, rounds, is_over):
            best = surer
    except KeyboardInterrupt:
        return best
    except Exception as error:  # noqa: BLE001 - a plan is as good without a level; whoever asked is told
        return replace(best, level_failure=Failure.of(error))
    return best


def _surer_and_surer(
    first: Solution, look: _Look, room_made: RoomMaking, rounds: int, is_over: Callable[[], bool]
) -> Iterator[Solution]:
    """Every plan that is better than those before it."""
    best = seen = look.at(first)
    soft_ends: dict[str, int] = {}
    for number in range(1, rounds + 1):
        if is_over():
            return
        soft_ends |= _soft_ends(seen, look.confidence.level)
        seen = look.at(room_made(number, best.solution, soft_ends))
        if _owes_no_more(seen.solution.cost, first.cost) and look.rank(seen) < look.rank(best):
            best = seen
            yield best.solution


@dataclass(frozen=True, slots=True)
class _Look:
    """Looks at plans of one problem, all on the same drawn days."""

    problem: Problem
    confidence: Confidence
    samples: int
    seed: int

    def at(self, plan: Solution) -> Simulated:
        """The plan on those days, with the windows that everybody would be told."""
        told = self.confidence.telling(self.problem, plan)
        return simulate(told, plan, self.confidence.uncertainty, self.samples, self.seed)

    def rank(self, seen: Simulated) -> tuple[int, float, int]:
        """How many stops are under the level, how far all together in windows, and the cost: less is better."""
        level = self.confidence.level
        missing = [level - one.kept_probability for one in seen.risks() if one.kept_probability is not None]
        doubts = [one for one in missing if one > 0]
        return len(doubts), round(sum(doubts), 1), seen.solution.cost.total_ms


def _soft_ends(seen: Simulated, level: float) -> dict[str, int]:
    """The latest planned start that would leave each stop as safe as asked for, as far as its route now tells."""
    found = {}
    starts = seen.starts_by_job()
    for route in seen.solution.routes:
        for stop in route.stops:
            window = told_window(seen.problem.jobs_by_id[stop.job], stop.start_s)
            if window is not None and stop.job not in seen.problem.frozen_jobs:
                late_s = max(0, quantile(starts[stop.job], level) - stop.start_s)
                found[stop.job] = max(window.start_s, window.end_s - late_s)
    return found


def _with_room(problem: Problem, plan: Solution, soft_ends: Mapping[str, int], price_s: int) -> Problem:
    """The same problem, with a due time of its own price for each soft end; nobody served is given up for it."""
    served = {job for route in plan.routes for job in route.jobs}

    def due(end_s: int) -> Promise:
        return Promise(due_s=end_s, measure="start", late_price_ms_per_s=LESS_ROOM_MS_PER_S, broken_price_s=price_s)

    def made_room(job: Job) -> Job:
        dues = (due(soft_ends[job.id]),) if job.id in soft_ends else ()
        return replace(job, promises=(*job.promises, *dues), mandatory=job.mandatory or job.id in served)

    return replace(problem, jobs=tuple(map(made_room, problem.jobs)))


def _as_asked(problem: Problem, solution: Solution) -> Solution:
    """The same routes in their cheapest times, priced as the problem says."""
    evaluator = Evaluator(Tables(problem))
    return assemble(evaluator, orders_of(evaluator, solution.routes), solution.engine)


def _owes_no_more(now: Cost, then: Cost) -> bool:
    """Whether a plan leaves out, misses and changes nothing more than another."""
    pairs = zip(_owed(now), _owed(then), strict=True)
    return all(one <= other for one, other in pairs)


def _owed(cost: Cost) -> tuple[int, int, int]:
    return cost.unserved_ms, cost.lateness_ms, cost.changes_ms
