"""A refusal explains itself: every obstacle, and every term against the next best technician."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimizer.comparison import compare_technicians
from optimizer.obstacles import (
    AllForbidden,
    CostsMoreThanItIsWorth,
    ExpiredSkill,
    MissingPart,
    MissingSkill,
    NobodyWorks,
    NoRoomInRoutes,
    NoShiftCovers,
    NoTechnicianHasAll,
    Obstacle,
)
from optimizer.problem import Pin, Problem, Skill, SkillNeed, Window
from optimizer.solution import Cost
from tests.unit.optimizer.one_street import HOUR, fibre, job, plan, shift, street, technician

FIBRE, COPPER = SkillNeed(code="fibre", level=2), SkillNeed(code="copper")
NIGHT = Window(start_s=20 * HOUR, end_s=22 * HOUR)


def why(problem: Problem, name: str = "j") -> tuple[Obstacle, ...]:
    return next(one.obstacles for one in plan(problem).unassigned if one.job == name)


def test_a_day_on_which_nobody_works() -> None:
    """Whatever the job asks for: with nobody at all, and with somebody who has no shift."""
    wish = job("j", skills=(FIBRE,), windows=(NIGHT,))
    assert why(street([wish], [])) == why(street([wish], [replace(technician(), shifts=())])) == (NobodyWorks(),)


def test_a_skill_that_nobody_has() -> None:
    """Fibre at level 1 is not fibre at level 2."""
    assert why(street([job("j", skills=(FIBRE,))], [technician(skills=fibre(1))])) == (MissingSkill("fibre", 2),)


def test_a_skill_that_has_expired() -> None:
    """Somebody had it."""
    people = [technician(skills=fibre(2, expires_s=60))]
    assert why(street([job("j", skills=(FIBRE,))], people)) == (ExpiredSkill("fibre", 2),)


def test_skills_that_no_one_person_has() -> None:
    """One has fibre, the other copper."""
    people = [technician("A", skills=fibre(2)), technician("B", skills=(Skill(code="copper"),))]
    assert why(street([job("j", skills=(FIBRE, COPPER))], people)) == (NoTechnicianHasAll(("fibre", "copper")),)


def test_everyone_with_the_skill_is_forbidden() -> None:
    """Both are."""
    people = [technician("A"), technician("B")]
    assert why(street([job("j", forbidden_technicians=("A", "B"))], people)) == (AllForbidden(("A", "B")),)


def test_a_part_that_no_van_carries() -> None:
    """Two are asked, one is carried."""
    people = [technician("A", shift(parts={"router": 1}))]
    assert why(street([job("j", parts={"router": 2})], people)) == (MissingPart("router", 2),)


def test_a_window_that_no_shift_covers() -> None:
    """At night."""
    assert why(street([job("j", windows=(NIGHT,))])) == (NoShiftCovers(NIGHT),)


def test_all_obstacles_are_named_not_only_the_first() -> None:
    """A skill nobody has, a part nobody carries, a window nobody works in."""
    wish = job("j", skills=(FIBRE,), parts={"router": 1}, windows=(NIGHT,))
    assert why(street([wish])) == (MissingSkill("fibre", 2), MissingPart("router", 1), NoShiftCovers(NIGHT))


def test_a_full_day_is_no_missing_shift() -> None:
    """Two jobs of equal value, room for one."""
    people = [technician("A", shift(end_s=3000)), technician("B", shift(end_s=100))]
    assert why(street([job("big", value=99), job("j")], people)) == (NoRoomInRoutes(("A",)),)


def test_a_job_not_worth_its_way_says_what_it_would_cost() -> None:
    """20 minutes of travel for ten minutes of value."""
    assert why(street([job("j", value=1)])) == (CostsMoreThanItIsWorth("A", 1_200_000, 600_000),)


def test_obstacles_read_as_words() -> None:
    """For a log or a terminal; the console has its own sentences."""
    assert str(MissingSkill("fibre", 2)) == "missing skill (skill fibre, level 2)"


def test_an_assignment_is_compared_with_the_next_best() -> None:
    """Next door against 1400 there and back, and a preference."""
    people = [technician("near", shift(at=600)), technician("far", shift(at=1300))]
    problem = street([job("j", preferred_technicians=("near",))], people)
    found = compare_technicians(problem, plan(problem), "j")
    assert (found.technician, found.runner_up) == ("near", "far")
    assert (found.cost, found.runner_up_cost) == (Cost(), Cost(travel_ms=1_400_000, preference_ms=900_000))


def test_nobody_else_could_go() -> None:
    """The job is pinned."""
    people = [technician("A"), technician("B")]
    problem = street([job("j", pin=Pin(technician="A"))], people)
    assert compare_technicians(problem, plan(problem), "j").runner_up is None


def test_a_job_in_no_route_has_nothing_to_compare() -> None:
    """It was left out."""
    problem = street([job("j", value=1)])
    with pytest.raises(KeyError):
        compare_technicians(problem, plan(problem), "j")
