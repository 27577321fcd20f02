"""The checker names what is wrong: each violation from a plan tampered with in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from optimizer.check import check
from optimizer.problem import BaseRoute, BaseStop, Break, Pin, Problem, SkillNeed, Window
from optimizer.solution import Cost, Route, Solution, Stop, Unassigned
from tests.unit.optimizer.one_street import fibre, job, plan, shift, street, technician

NOON = Break(duration_s=600, earliest_start_s=4000, latest_start_s=6000)
JOBS = {
    "a": job("a", at=600, duration_s=600, windows=(Window(start_s=0, end_s=2000),)),
    "b": job("b", at=900, duration_s=600, release_s=2500, deadline_s=9000),
}


def world(**more: Any) -> Problem:
    people = [technician("A", shift(breaks=(NOON,), parts={"router": 1})), technician("B", shift(at=3000))]
    return street(list(JOBS.values()), people, **more)


def codes(problem: Problem, solution: Solution) -> set[str]:
    return {violation.code for violation in check(problem, solution).violations}


def with_route(solution: Solution, **fields: Any) -> Solution:
    return replace(solution, routes=(replace(solution.routes[0], **fields), *solution.routes[1:]))


def with_stop(solution: Solution, position: int, **fields: Any) -> Solution:
    stops = list(solution.routes[0].stops)
    stops[position] = replace(stops[position], **fields)
    return with_route(solution, stops=tuple(stops))


def moved(stop: Stop, by_s: int) -> dict[str, int]:
    return {"start_s": stop.start_s + by_s, "finish_s": stop.finish_s + by_s}


def test_the_plan_that_is_tampered_with_passes_before() -> None:
    """One route with both jobs and lunch."""
    assert codes(world(), plan(world())) == set()


TAMPERED: dict[str, Callable[[Solution, Route], Solution]] = {
    "outside_window": lambda s, r: with_stop(s, 0, **moved(r.stops[0], 2000)),
    "after_deadline": lambda s, r: with_stop(s, 1, **moved(r.stops[1], 8000)),
    "wrong_duration": lambda s, r: with_stop(s, 0, finish_s=r.stops[0].finish_s - 1),
    "wrong_travel": lambda s, r: with_stop(s, 1, travel_s=r.stops[1].travel_s - 1),
    "overlap": lambda s, r: with_stop(s, 1, **moved(r.stops[1], -1100)),
    "missing_break": lambda s, r: with_route(s, pauses=()),
    "unknown_break": lambda s, r: with_route(s, pauses=(*r.pauses, replace(r.pauses[0], start_s=9000, end_s=9600))),
    "break_interrupts_service": lambda s, r: with_stop(s, 1, **moved(r.stops[1], 1300)),
    "shift_overrun": lambda s, r: with_route(s, end_s=30_000),
    "job_lost": lambda s, r: with_route(s, stops=r.stops[:1]),
    "duplicate_job": lambda s, r: replace(s, unassigned=(Unassigned(job="a"),)),
    "duplicate_route": lambda s, r: replace(s, routes=(*s.routes, replace(r, stops=()))),
    "unknown_job": lambda s, r: replace(s, unassigned=(Unassigned(job="nobody knows"),)),
    "unknown_shift": lambda s, r: with_route(s, shift=7),
    "cost_mismatch": lambda s, r: replace(s, cost=s.cost + Cost(target_ms=1)),
}


@pytest.mark.parametrize("code", TAMPERED)
def test_what_is_tampered_with_is_named(code: str) -> None:
    """Each code, from the smallest change that deserves it."""
    solution = plan(world())
    assert code in codes(world(), TAMPERED[code](solution, solution.routes[0]))


STRICTER: dict[str, dict[str, Any]] = {
    "missing_skill": {"skills": (SkillNeed(code="fibre"),)},
    "forbidden_technician": {"forbidden_technicians": ("A",)},
    "before_release": {"release_s": 5000},
    "missing_part": {"parts": {"router": 2}},
    "pin_moved": {"pin": Pin(position=5)},
}


@pytest.mark.parametrize("code", STRICTER)
def test_a_plan_for_a_laxer_problem_is_named_in_a_stricter_one(code: str) -> None:
    """The plan stays, the problem asks for more."""
    before = world()
    jobs = tuple(replace(one, **STRICTER[code]) if one.id == "b" else one for one in before.jobs)
    assert code in codes(replace(before, jobs=jobs), plan(before))


def test_a_pin_names_what_moved() -> None:
    """Technician, start and position each on their own."""
    before = world()
    pin = Pin(technician="B", start_s=1, position=0)
    jobs = tuple(replace(one, pin=pin) if one.id == "b" else one for one in before.jobs)
    found = check(replace(before, jobs=jobs), plan(before)).violations
    assert {one.detail.split()[0] for one in found if one.code == "pin_moved"} == {"technician", "start_s", "position"}


def test_an_expired_certificate_is_not_a_missing_one() -> None:
    """The technician has the skill, but not any more when the shift ends."""
    need = job("j", skills=(SkillNeed(code="fibre"),))
    valid = street([need], [technician(skills=fibre(1))])
    expired = street([need], [technician(skills=fibre(1, expires_s=60))])
    assert codes(expired, plan(valid)) == {"expired_skill"}


def test_a_frozen_stop_that_moved_is_named() -> None:
    """The plan starts with the other job."""
    free = world()
    base = (BaseRoute(technician="A", stops=(BaseStop(job="b", start_s=900),), freeze_before_s=1000),)
    assert "frozen_changed" in codes(world(base_routes=base), plan(free))


def test_a_begun_stop_whose_fact_changed_is_named() -> None:
    """It began at 700, the plan says otherwise."""
    base = (BaseRoute(technician="A", stops=(BaseStop(job="a", start_s=700, begun=True),)),)
    problem = world(base_routes=base)
    assert "frozen_changed" in codes(problem, with_stop(plan(problem), 0, start_s=600, finish_s=1200, arrive_s=600))


def test_leaving_in_the_past_is_named() -> None:
    """The plan was made for the morning; it is noon."""
    assert "left_in_the_past" in codes(world(now_s=4000), plan(world()))


def test_a_violation_reads_as_a_sentence() -> None:
    """Code, where, and the figures."""
    problem = world()
    found = check(problem, with_route(plan(problem), pauses=()))
    assert str(found.violations[0]) == "missing_break: technician A shift 0 - 600 s, start between 4000 and 6000"
