"""Runs engines on instances, one after the other, each run in a process of its own on as many cores as it is given."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from optimizer.benchmarks.engines import ENGINES, Answer, Clock, Routes, Terms
from optimizer.benchmarks.instances import Instance, VrptwInstance
from optimizer.benchmarks.judge import Judged, judge


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """One run to be made."""

    instance: Instance
    terms: Terms


@dataclass(frozen=True, eq=False, kw_only=True)
class Finished:
    """A run as it went: `fault` says why there is no answer (`judged` is None), or what is wrong with it.

    A plan that serves nobody, or of a VRPTW not everybody, is no answer.
    """

    run: Run
    elapsed_s: float = 0.0
    points: tuple[tuple[float, float], ...] = ()
    judged: Judged | None = None
    routes: Routes | None = None
    fault: str | None = None
    crashed: bool = False

    @property
    def cost(self) -> int | None:
        """What the answer costs, if it is one and breaks nothing."""
        if self.judged is None or self.judged.violations:
            return None
        return self.judged.cost(self.run.terms.exchange_s)

    @property
    def is_wrong(self) -> bool:
        """Whether the run crashed or its answer breaks something."""
        return self.crashed or (self.judged is not None and bool(self.judged.violations))


def runs_of(
    instances: Sequence[Instance],
    engines: Sequence[str],
    seconds: Sequence[float],
    seeds: int,
    cores: int,
    exchange_s: int,
) -> list[Run]:
    """Every run of a comparison; engines that take no seed run once."""
    return [
        Run(
            instance=instance,
            terms=Terms(engine=engine, seconds=limit, seed=seed, cores=cores, exchange_s=exchange_s),
        )
        for instance in instances
        for limit in seconds
        for engine in engines
        for seed in range(1, 1 + (seeds if ENGINES[engine].takes_seed else 1))
    ]


def carry_out(run: Run) -> Finished:
    """Make one run in a fresh process and judge its answer; a crash of the process is a fault, not an error."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        future = pool.submit(_answer, run)
        error = future.exception()
        if error is not None:
            return Finished(run=run, fault=f"crashed: {type(error).__name__}: {error}", crashed=True)
        answer = future.result()
    return _finished(run, answer)


def _answer(run: Run) -> Answer:
    """What the fresh process does: import, prepare, and only then start the clock."""
    terms = run.terms
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-terms.cores :])
    engine = ENGINES[terms.engine].load()
    prepare = getattr(engine, "prepare", None)
    if prepare is not None:
        prepare(terms)
    clock = Clock(terms.seconds)
    if isinstance(run.instance, VrptwInstance):
        return engine.vrptw(run.instance, terms, clock)
    return engine.technicians(run.instance, terms, clock)


def _finished(run: Run, answer: Answer) -> Finished:
    judged = judge(run.instance, answer.routes or {})
    missing = run.instance.size - judged.served if isinstance(run.instance, VrptwInstance) else 0
    if answer.routes is None or not judged.served or 0 < missing == len(judged.violations):
        fault = "no plan in the time" + (f": {missing} customers are not served" if missing else "")
        return Finished(run=run, elapsed_s=answer.elapsed_s, fault=fault)
    last = (answer.elapsed_s, float(judged.cost(run.terms.exchange_s)))
    return Finished(
        run=run,
        elapsed_s=answer.elapsed_s,
        points=(*answer.points, last),
        judged=judged,
        routes=answer.routes,
        fault="; ".join(judged.violations) or None,
    )


def write_answer(finished: Finished, folder: Path) -> None:
    """Write an answer as `<instance>.<engine>.<seconds>.<seed>.json`; a run without one writes nothing."""
    if finished.routes is None:
        return
    terms = finished.run.terms
    routes = {str(who): list(jobs) for who, jobs in sorted(finished.routes.items()) if jobs}
    is_vrptw = isinstance(finished.run.instance, VrptwInstance)
    document = {"routes": list(routes.values()) if is_vrptw else routes}
    name = f"{finished.run.instance.name}.{terms.engine}.{terms.seconds:g}.{terms.seed}.json"
    (folder / name).write_text(json.dumps(document) + "\n", encoding="utf-8")
