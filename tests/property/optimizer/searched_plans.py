"""What the fast engine plans along a course of its own."""

from __future__ import annotations

from optimizer.assembly import assemble
from optimizer.budget import Iterations
from optimizer.evaluation import Evaluator
from optimizer.fast.course import Course
from optimizer.fast.fast_engine import search
from optimizer.problem import Problem
from optimizer.solution import Solution
from optimizer.solve import FAST
from optimizer.tables import Tables
from optimizer.watch import Watch


def planned(problem: Problem, seed: int, cores: int, course: Course, steps: int) -> Solution:
    """The plan after so many steps."""
    evaluator = Evaluator(Tables(problem))
    watch = Watch(evaluator, Iterations(steps))
    search(watch, seed, cores, course=course)
    return assemble(evaluator, watch.orders, FAST)
