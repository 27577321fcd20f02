"""The parts of our search that can be switched off one at a time, to see what each earns."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from optimizer.assembly import assemble
from optimizer.budget import Budget
from optimizer.evaluation import Evaluator
from optimizer.fast.course import Course
from optimizer.fast.fast_engine import search
from optimizer.problem import Problem
from optimizer.solution import Solution
from optimizer.solve import FAST
from optimizer.tables import Tables
from optimizer.watch import Progress, Watch


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the search in words, and the search without it: None is what it does of itself."""

    what: str
    changed: Mapping[str, float] | None = None
    course: Course | None = None


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "strings": Part("strings, not single stops", {"longest": 1.0}),
        "waiting": Part("ruins around jobs left out", {"waiting": 0.0}),
        "blink": Part("places overlooked", {"blink": 0.0}),
        "absence": Part("counts of how long jobs were left out", {"absence": 0.0}),
        "generous": Part("steps that may overpay for a job", {"generous": 0.0}),
        "annealing": Part("warm at first", course=Course(warm=Course().cool)),
        "ease": Part("leaving out is cheap at first", course=Course(ease=1.0)),
        "districts": Part("a large problem in districts", course=Course(district=0)),
        "laps": Part("several plans, and what two of them make", course=Course(laps_from=math.inf)),
        "recombination": Part("recombination by CP-SAT", {"collected": 0.0}, Course(recombined_at=())),
    }
)


def solve_without(
    part: str, problem: Problem, budget: Budget, seed: int, progress: Progress | None = None, *, cores: int = 1
) -> Solution:
    """What `solve` finds from nothing when a part of the fast engine is switched off; KeyError for an unknown part."""
    started = time.monotonic()
    without = PARTS[part]
    evaluator = Evaluator(Tables(problem))
    watch = Watch(evaluator, budget, progress, started)
    search(watch, seed, cores, without.changed, without.course)
    return assemble(evaluator, watch.orders, FAST)
