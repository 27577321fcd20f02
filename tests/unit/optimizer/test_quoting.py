"""Where one more job would fit, and what it costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimizer.check import check
from optimizer.problem import BaseRoute, BaseStop, Break, Pin, Problem, Promise, SkillNeed, Window
from optimizer.quote import Offer, Quoter, quote
from optimizer.solution import Cost, Solution
from optimizer.travel_model import TravelMatrix
from tests.unit.optimizer.one_street import HOUR, fibre, job, orders, plan, shift, street, technician

MORNING_START = Window(start_s=600, end_s=650)
MORNING, NOON, EVENING = (Window(start_s=h * HOUR, end_s=(h + 2) * HOUR) for h in (0, 3, 6))


def offers(problem: Problem, *windows: Window) -> list[Offer]:
    """Quotes for the job `new` on top of the base routes."""
    return quote(problem, None, "new", windows or None)


def base(*names: str, freeze_before_s: int | None = None) -> tuple[BaseRoute, ...]:
    stops = tuple(BaseStop(job=name, start_s=n * 3000) for n, name in enumerate(names))
    return (BaseRoute(technician="A", stops=stops, freeze_before_s=freeze_before_s),)


def test_every_window_that_can_be_kept_is_offered() -> None:
    """Three windows on an empty day, each at the price of the way."""
    found = offers(street([job("new")]), MORNING, NOON, EVENING)
    assert {one.window for one in found} == {MORNING, NOON, EVENING}
    assert {one.cost_ms for one in found} == {1_200_000}


def test_a_full_window_is_not_offered() -> None:
    """The morning is taken by one long job."""
    long = job("long", duration_s=2 * HOUR, windows=(Window(start_s=600, end_s=600),))
    found = offers(street([long, job("new")], base_routes=base("long")), MORNING, NOON)
    assert [one.window for one in found] == [NOON]


def test_where_nobody_works_nothing_is_offered() -> None:
    """A technician without a shift, and a window that nobody asks for."""
    idle = technician("A")
    assert offers(street([job("new")], [replace(idle, shifts=())]), MORNING) == []
    assert quote(street([job("new")], [idle]), None, "new", []) == []


def test_an_offer_shows_the_route_as_it_was_when_it_was_made() -> None:
    """However often the routes change until it is read."""
    quoter = Quoter(street([job("one"), job("two", at=300)]))
    (offer,) = quoter.quote("one")
    (other,) = quoter.quote("two")
    quoter.put(other.route)
    assert offer.route.jobs == ("one",)


def test_a_stop_that_is_late_already_is_not_made_later_unpriced() -> None:
    """What the detour behind it costs is the drive; before it, every second of its delay as well."""
    late = Promise(due_s=0, late_price_ms_per_s=1000)
    problem = street([job("x", at=600, promises=(late,)), job("new", at=600, duration_s=100)], base_routes=base("x"))
    behind, before = (
        quote(problem, None, "new", [one])[0] for one in (Window(start_s=2400, end_s=9000), MORNING_START)
    )
    assert (behind.position, behind.cost_ms) == (1, 0)
    assert (before.position, before.cost_ms) == (0, 100_000)


def test_a_way_round_that_is_quicker_is_worth_the_lateness_it_saves() -> None:
    """It shortens the drive of B by more, but A comes to a late stop sooner as well."""
    late = Promise(due_s=0, late_price_ms_per_s=1000)
    jobs = [job("x", at=1, promises=(late,)), job("y", at=3), job("new", at=4, duration_s=100)]
    routes = (
        BaseRoute(technician="A", stops=(BaseStop(job="x", start_s=1000),)),
        BaseRoute(technician="B", stops=(BaseStop(job="y", start_s=1000),)),
    )
    people = [technician("A", shift(at=0, end_place=None)), technician("B", shift(at=2, end_place=None))]
    problem = street(jobs, people, base_routes=routes)
    travel_s = np.full((5, 5), 1000)
    np.fill_diagonal(travel_s, 0)
    travel_s[0, 4] = travel_s[4, 1] = 100
    travel_s[2, 4] = travel_s[4, 3] = 50
    crooked = replace(problem, travel=TravelMatrix(travel_s=travel_s))
    (found,) = quote(crooked, None, "new")
    assert (found.technician, found.cost_ms) == ("A", 1000 * (200 - 1000) + 1000 * (300 - 1000))


def test_the_cheapest_technician_and_position_are_found() -> None:
    """On the way between two stops of B."""
    people = [technician("A"), technician("B", shift(at=4000))]
    jobs = [job("x", at=3000), job("y", at=2000), job("new", at=2500)]
    routes = plan(street(jobs[:2], people)).routes
    (found,) = quote(street(jobs, people), routes, "new")
    assert (found.technician, found.cost_ms) == ("B", 0)


def test_an_offer_respects_skills() -> None:
    """Only the far one has fibre."""
    people = [technician("near", shift(at=600)), technician("far", shift(at=3000), skills=fibre())]
    (found,) = offers(street([job("new", skills=(SkillNeed(code="fibre"),))], people))
    assert found.technician == "far"


def test_an_offer_respects_breaks() -> None:
    """Lunch fills the window."""
    people = [technician("A", shift(breaks=(Break(duration_s=3600, earliest_start_s=3600, latest_start_s=3600),)))]
    assert offers(street([job("new")], people), Window(start_s=2500, end_s=7000)) == []
    assert offers(street([job("new")], people), Window(start_s=2500, end_s=7200))


def test_an_offer_respects_parts() -> None:
    """The only router is spoken for."""
    people = [technician("A", shift(parts={"router": 1}))]
    jobs = [job("x", parts={"router": 1}), job("new", parts={"router": 1})]
    assert offers(street(jobs, people, base_routes=base("x"))) == []


def test_an_offer_moves_no_pinned_position() -> None:
    """The first place is pinned; the new job on the way there comes second."""
    jobs = [job("x", at=2000, pin=Pin(position=0)), job("new", at=1000)]
    assert [one.position for one in offers(street(jobs, base_routes=base("x")))] == [1]


def test_an_offer_stands_behind_frozen_stops() -> None:
    """Both are frozen."""
    jobs = [job("x", at=2000), job("y", at=3000), job("new", at=1000)]
    problem = street(jobs, base_routes=base("x", "y", freeze_before_s=4000))
    assert [one.position for one in offers(problem)] == [2]


def test_an_offer_carried_out_passes_the_checker() -> None:
    """And costs what was quoted."""
    problem = street([job("x", at=2000), job("new", at=1000)], base_routes=base("x"))
    (found,) = offers(problem)
    solution = Solution(routes=(found.route,), unassigned=(), cost=Cost(travel_ms=4_000_000), engine="quote")
    assert check(problem, solution).passed
    assert found.cost_ms == 0


def test_a_quoter_sees_a_route_that_changed() -> None:
    """After booking, the next quote comes on top."""
    window = Window(start_s=600, end_s=700)
    jobs = [job("one", duration_s=HOUR, windows=(window,)), job("two", duration_s=HOUR)]
    quoter = Quoter(street(jobs))
    (first,) = quoter.quote("one")
    quoter.put(first.route)
    assert quoter.quote("two", [window]) == []
    assert quoter.quote("two")


def test_a_job_already_in_a_route_is_not_quoted() -> None:
    """It would be planned twice."""
    problem = street([job("x")], base_routes=base("x"))
    with pytest.raises(KeyError):
        quote(problem, None, "x")


def test_quotes_agree_with_the_engine() -> None:
    """The plan with the job is the plan without it plus the cheapest offer."""
    jobs = [job("x", at=2000), job("y", at=300), job("new", at=1500)]
    without = plan(street(jobs[:2]))
    (found,) = quote(street(jobs), without.routes, "new")
    both = plan(street(jobs))
    assert both.cost.total_ms == without.cost.total_ms + found.cost_ms
    assert sorted(orders(both)["A"]) == sorted(found.route.jobs)
