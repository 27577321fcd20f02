"""Why does service start then? What binds it, and what a minute would cost."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from optimizer.explanation import WhyNot, WhySo, explain
from optimizer.obstacles import MissingSkill
from optimizer.problem import BaseRoute, BaseStop, Break, Pin, Problem, SkillNeed, Window
from optimizer.remedies.changes import MoreOvertime, OneSkill
from optimizer.solution import Route, Solution
from optimizer.solution_json import solution_from_json
from optimizer.start_reasons import start_reasons
from tests.unit.optimizer.one_street import HOUR, job, shift, street, technician


def in_order(problem: Problem, *jobs: str) -> Solution:
    """The plan in which A does these jobs in this order."""
    routes = [{"technician": "A", "shift": 0, "jobs": list(jobs)}] if jobs else []
    return solution_from_json({"format": "punctual-solution/1", "routes": routes}, problem)


def bound_by(problem: Problem, *jobs: str) -> tuple[str, ...]:
    """What binds the last of these jobs."""
    return start_reasons(problem, in_order(problem, *jobs), jobs[-1]).bound_by


def test_the_first_stop_is_bound_by_the_shift_and_the_next_by_the_way() -> None:
    problem = street([job("a"), job("b", at=1200)])
    assert bound_by(problem, "a") == ("shift_starts",)
    assert bound_by(problem, "a", "b") == ("arrival",)


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        ({"windows": (Window(start_s=2 * HOUR, end_s=3 * HOUR),)}, ("window_opens",)),
        ({"release_s": 2 * HOUR}, ("release",)),
        ({"pin": Pin(technician="A", start_s=2 * HOUR)}, ("pin",)),
        ({"target_s": 2 * HOUR}, ("target",)),
    ],
)
def test_what_the_job_itself_wants(more: dict[str, Any], reasons: tuple[str, ...]) -> None:
    assert bound_by(street([job("a", **more)]), "a") == reasons


def test_a_break_may_be_what_is_waited_for() -> None:
    """Lunch at the door: there is no room for the job before it."""
    lunch = Break(duration_s=1800, earliest_start_s=900, latest_start_s=1200)
    problem = street([job("a")], [technician("A", shift(breaks=(lunch,)))])
    assert bound_by(problem, "a") == ("break",)


def test_a_freeze_and_now_bind_too_and_what_has_begun_is_a_fact() -> None:
    begun = BaseRoute(technician="A", stops=(BaseStop(job="a", start_s=600, begun=True),))
    running = street([job("a"), job("b", at=600)], base_routes=(begun,), now_s=2 * HOUR)
    found = start_reasons(running, in_order(running, "a", "b"), "a")
    assert (found.bound_by, found.earlier_ms, found.later_ms) == (("begun",), None, None)
    assert bound_by(running, "a", "b") == ("now",)
    frozen = replace(running, base_routes=(replace(begun, freeze_before_s=4 * HOUR),))
    assert bound_by(frozen, "a", "b") == ("freeze",)


def test_another_start_costs_what_it_costs() -> None:
    """A minute from the agreed time is half a minute of travel; the next job's window makes later impossible."""
    tight = Window(start_s=2 * HOUR, end_s=2 * HOUR + 2460)
    problem = street([job("a", target_s=2 * HOUR), job("b", at=1200, windows=(tight,))])
    found = start_reasons(problem, in_order(problem, "a", "b"), "a")
    assert (found.earlier_ms, found.later_ms) == (30_000, 30_000)
    later = replace(problem, jobs=(problem.jobs[0], replace(problem.jobs[1], windows=(Window(start_s=0, end_s=9600),))))
    assert start_reasons(later, in_order(later, "a", "b"), "a").later_ms is None


def test_a_job_in_no_route_has_no_start() -> None:
    problem = street([job("a")])
    with pytest.raises(KeyError):
        start_reasons(problem, in_order(problem), "a")


def test_an_explanation_is_of_what_is_or_of_what_is_not() -> None:
    """One is served; the other lacks a skill and, since the day is full, time."""
    people = [technician("A", shift(end_s=3000))]
    problem = street([job("a"), job("b", skills=(SkillNeed(code="fibre"),))], people)
    plan = in_order(problem, "a")
    plan = replace(plan, unassigned=(replace(plan.unassigned[0], obstacles=(MissingSkill("fibre", 1),)),))
    why_so, why_not = explain(problem, plan, "a"), explain(problem, plan, "b")
    assert isinstance(why_so, WhySo)
    assert (why_so.technician.technician, why_so.start.bound_by) == ("A", ("shift_starts",))
    assert isinstance(why_not, WhyNot)
    assert why_not.obstacles == (MissingSkill("fibre", 1),)
    (help_,) = why_not.remedies
    assert help_.changes == (OneSkill("A", "fibre", 1), MoreOvertime("A", 0, 30))
    route: Route = help_.route
    assert sorted(route.jobs) == ["a", "b"]
