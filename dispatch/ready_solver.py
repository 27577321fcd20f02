"""Whoever may have to answer within seconds does not begin by starting a process and loading compiled code."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from dispatch.errors import error_code
from dispatch.solving import Solver, SolverLost
from optimizer.budget import Iterations
from optimizer.risk.simulate import risks
from optimizer.warm_up import tiny_day

_log = structlog.get_logger(__name__)


def ready_solver(solver: Solver, is_over: Callable[[], bool] = lambda: False) -> None:
    """Have a tiny day solved, and forecast here, so that the next solve begins at once; ends early once it `is_over`.

    Where the solver cannot be had now the log says so; whoever needs it will be told.
    """

    def unless_over(_elapsed_s: float) -> None:
        if is_over():
            raise SolverLost("solver")

    day = tiny_day()
    try:
        plan = solver.solve(day, Iterations(400), 0, alive=unless_over)
    except SolverLost as lost:
        if not is_over():
            _log.warning("solver_not_ready", code=error_code(lost))
        return
    risks(day, plan, samples=10)
