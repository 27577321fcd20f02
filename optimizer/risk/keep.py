"""Plans that keep their windows not only on paper: room is made before the windows that are at risk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from optimizer.assembly import assemble, orders_of
from optimizer.budget import Budget, PartOf
from optimizer.evaluation import Evaluator
from optimizer.problem import Job, Problem, Promise
from optimizer.risk.simulate import SAMPLES, Simulated, StopRisk, quantile, simulate, told_window
from optimizer.risk.uncertainty import NO_HISTORY, Uncertainty
from optimizer.solution import Cost, Solution
from optimizer.solve import solve
from optimizer.tables import Tables

#: what a stop under the level is worth, in seconds of travel, and each second less of room in ms of travel
AT_RISK_PRICE_S, LESS_ROOM_MS_PER_S = 1_800, 500
#: the part of the budget that the first plan gets; the rounds share the rest
FIRST_SHARE = 0.5

Solving = Callable[[Problem, Budget, int, Solution | None], Solution]


@dataclass(frozen=True, slots=True)
class Confident:
    """A plan with its risks, the level asked for, and what the plan that asked for none costs."""

    solution: Solution
    risks: tuple[StopRisk, ...]
    level: float
    first: Solution
    first_risks: tuple[StopRisk, ...]

    @property
    def under_level(self) -> int:
        """Stops whose window is kept less surely than asked for."""
        return under_level(self.risks, self.level)

    @property
    def under_level_at_first(self) -> int:
        """The same in the plan that asked for no level."""
        return under_level(self.first_risks, self.level)


def under_level(risks: tuple[StopRisk, ...], level: float) -> int:
    """How many stops keep the window that the customer counts on with a lower probability."""
    return sum(one.kept_probability is not None and one.kept_probability < level for one in risks)


def solve_with_confidence(
    problem: Problem,
    budget: Budget,
    level: float,
    uncertainty: Uncertainty = NO_HISTORY,
    seed: int = 0,
    *,
    rounds: int = 3,
    samples: int = SAMPLES,
    price_s: int = AT_RISK_PRICE_S,
    solving: Solving | None = None,
) -> Confident:
    """A plan in which few stops keep their window with a probability under `level` (0.95: 95 %).

    First a plan as `solve` makes it. Then, in up to `rounds` rounds, every window gets a soft
    end as much earlier as its stop is late on a `level` day, at `price_s` once and LESS_ROOM_MS_PER_S
    for every second, and the search goes on from there. Of the plans met that leave out, miss
    and change nothing more than the first, the one with the fewest stops under the level is
    returned; of equal ones that which is least under it, then the cheapest. Times, costs and
    risks are those of `problem` itself. A level may be out of reach: look at `under_level`.
    Raises ValueError for a level not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError("a level lies between 0 and 1")
    search = solving or (lambda asked, given, number, start: solve(asked, given, number, start=start))
    first = search(problem, PartOf(budget, FIRST_SHARE), seed, None)
    seen = simulate(problem, first, uncertainty, samples, seed)
    best, best_risks = first, seen.risks()
    first_risks = best_risks
    soft_ends: dict[str, int] = {}
    for number in range(rounds):
        soft_ends |= _soft_ends(seen, level)
        part = PartOf(budget, (1 - FIRST_SHARE) / rounds)
        asked = search(_with_room(problem, best, soft_ends, price_s), part, seed + number + 1, best)
        seen = simulate(problem, _as_asked(problem, asked), uncertainty, samples, seed)
        risks = seen.risks()
        if _is_better(seen.solution, risks, best, best_risks, first, level):
            best, best_risks = seen.solution, risks
    return Confident(best, best_risks, level, first, first_risks)


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


def _is_better(
    solution: Solution,
    risks: tuple[StopRisk, ...],
    best: Solution,
    best_risks: tuple[StopRisk, ...],
    first: Solution,
    level: float,
) -> bool:
    if any(now > then for now, then in zip(_owed(solution.cost), _owed(first.cost), strict=True)):
        return False
    mine = (*_doubts(risks, level), solution.cost.total_ms)
    return mine < (*_doubts(best_risks, level), best.cost.total_ms)


def _doubts(risks: tuple[StopRisk, ...], level: float) -> tuple[int, float]:
    """How many stops are under the level, and how far all together, in windows."""
    missing = (level - one.kept_probability for one in risks if one.kept_probability is not None)
    return under_level(risks, level), round(sum(max(0.0, one) for one in missing), 1)


def _owed(cost: Cost) -> tuple[int, int, int]:
    return cost.unserved_ms, cost.lateness_ms, cost.changes_ms
