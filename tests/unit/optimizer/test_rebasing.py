"""A plan brought up to date with routes that have moved on since it was made."""

from __future__ import annotations

from optimizer.check import check
from optimizer.problem import Announcement, BaseRoute, BaseStop, Job, Pin, Problem, SkillNeed, Weights, Window
from optimizer.rebase import as_they_stand, rebase
from optimizer.solution import Solution
from tests.unit.optimizer.one_street import HOUR, fibre, job, left_out, orders, shift, stop_of, street, technician

Wanted = dict[tuple[str, int], list[str]]


def standing(*names: str, technician: str = "A", begun: int = 0) -> BaseRoute:
    """A route as it stands, an hour apart, of which the first `begun` have begun."""
    stops = tuple(BaseStop(job=name, start_s=600 + n * HOUR, begun=n < begun) for n, name in enumerate(names))
    return BaseRoute(technician=technician, stops=stops)


def full(name: str, **more: object) -> Job:
    """Half a shift of work."""
    return job(name, duration_s=4 * HOUR - 1200, **more)  # type: ignore[arg-type]


def rebased(problem: Problem, wanted: Wanted) -> Solution:
    """What comes of it, which passes the checker whatever was asked."""
    solution = rebase(problem, wanted)
    assert [one for one in check(problem, solution).violations if one.code != "mandatory_unassigned"] == []
    return solution


def test_a_plan_that_still_fits_is_carried_out_as_it_is() -> None:
    problem = street([job("x"), job("y"), job("z")], [technician("A"), technician("B")])
    solution = rebased(problem, {("A", 0): ["z", "x"], ("B", 0): ["y"]})
    assert orders(solution) == {"A": ("z", "x"), "B": ("y",)}


def test_what_the_problem_no_longer_knows_is_left_out() -> None:
    """Cancelled since."""
    assert orders(rebased(street([job("x")]), {("A", 0): ["gone", "x"], ("C", 0): ["x"]})) == {"A": ("x",)}


def test_what_has_begun_stays_where_it_is() -> None:
    """The plan wanted it with B, and later."""
    problem = street(
        [job("x"), job("y")], [technician("A"), technician("B")], base_routes=(standing("x", "y", begun=1),)
    )
    solution = rebased(problem, {("A", 0): ["y"], ("B", 0): ["x"]})
    assert orders(solution) == {"A": ("x", "y")}
    assert stop_of(solution, "x").start_s == 600


def test_what_is_pinned_stays_with_its_technician() -> None:
    pinned = job("x", pin=Pin(technician="A", shift=0, start_s=2 * HOUR))
    problem = street([pinned, job("y")], [technician("A"), technician("B")], base_routes=(standing("x"),))
    solution = rebased(problem, {("B", 0): ["y", "x"]})
    assert orders(solution) == {"A": ("x",), "B": ("y",)}
    assert stop_of(solution, "x").start_s == 2 * HOUR


def test_what_was_booked_since_is_inserted() -> None:
    """The plan knows nothing of `new`."""
    window = Window(start_s=2 * HOUR, end_s=3 * HOUR)
    new = job("new", windows=(window,), mandatory=True)
    problem = street([job("x"), job("y"), new], base_routes=(standing("new"),))
    solution = rebased(problem, {("A", 0): ["x", "y"]})
    assert left_out(solution) == set()
    assert window.start_s <= stop_of(solution, "new").start_s <= window.end_s


def test_a_visit_wanted_twice_is_made_once() -> None:
    problem = street([job("x")], [technician("A"), technician("B")])
    assert rebased(problem, {("A", 0): ["x"], ("B", 0): ["x"]}).served == 1


def test_a_visit_that_may_not_go_where_it_was_wanted_goes_elsewhere_and_takes_nobody_with_it() -> None:
    """The certificate of A was withdrawn since; the others on that route stay in their order."""
    jobs = [job("x", value=1), job("needs", skills=(SkillNeed(code="fibre"),), value=99), job("y", value=1)]
    problem = street(jobs, [technician("A"), technician("B", shift(at=50), skills=fibre())])
    solution = rebased(problem, {("A", 0): ["y", "needs", "x"]})
    assert orders(solution) == {"A": ("y", "x"), "B": ("needs",)}


def test_what_is_merely_wanted_makes_room_for_what_must_stay() -> None:
    """The plan filled the day with two others; since then the third has been booked."""
    booked = full("booked", mandatory=True)
    problem = street([full("x", value=10), full("y", value=20), booked], base_routes=(standing("booked"),))
    solution = rebased(problem, {("A", 0): ["x", "y"]})
    assert left_out(solution) == {"x"}


def test_what_is_merely_wanted_takes_nobodys_window_away() -> None:
    """B is gone; the only room for the job that it had is before somebody who was told when we come."""
    told = job("told", announced=Announcement(window=Window(start_s=2 * HOUR, end_s=3 * HOUR)))
    people = [technician("A", shift(end_s=6 * HOUR))]
    dear = Weights(window_missed_price_s=1_000_000)
    problem = street([told, job("new", duration_s=4 * HOUR)], people, base_routes=(standing("told"),), weights=dear)
    wanted: Wanted = {("A", 0): ["told"], ("B", 0): ["new"]}
    assert left_out(rebased(problem, wanted)) == {"new"}
    shorter = street([told, job("new", duration_s=HOUR)], people, base_routes=(standing("told"),), weights=dear)
    assert left_out(rebased(shorter, wanted)) == set()


def test_what_must_stay_stays_at_any_price() -> None:
    """Booked since, and it fits before the told one only."""
    told = job("told", announced=Announcement(window=Window(start_s=2 * HOUR, end_s=3 * HOUR)))
    booked = job("booked", duration_s=4 * HOUR, mandatory=True)
    weights = Weights(window_missed_price_s=1_000_000, mandatory_price_s=10)
    people = [technician("A", shift(end_s=6 * HOUR))]
    problem = street([told, booked], people, base_routes=(standing("told"),), weights=weights)
    assert left_out(rebased(problem, {("A", 0): ["told"]})) == set()


def test_what_has_begun_elsewhere_is_in_one_route_only() -> None:
    """The plan moves x to B; A has begun it since."""
    problem = street([job("x"), job("y")], [technician("A"), technician("B")], base_routes=(standing("x", begun=1),))
    assert orders(rebased(problem, {("B", 0): ["x", "y"]})) == {"A": ("x",), "B": ("y",)}


def test_a_route_that_is_in_the_way_of_nothing_better_stays_as_it_is() -> None:
    """The plan moves x to B, where a job that only B can do was booked since: x stays with A."""
    booked = full("booked", mandatory=True, skills=(SkillNeed(code="fibre"),))
    people = [technician("A", shift(end_s=4 * HOUR)), technician("B", shift(end_s=4 * HOUR), skills=fibre())]
    problem = street(
        [full("x"), full("new"), booked],
        people,
        base_routes=(standing("x"), standing("booked", technician="B")),
    )
    solution = rebased(problem, {("A", 0): ["new"], ("B", 0): ["x"]})
    assert orders(solution) == {"A": ("x",), "B": ("booked",)}


def test_where_not_all_that_must_stay_fits_the_dearest_stays() -> None:
    jobs = [full(name, mandatory=True, value=value) for name, value in (("a", 1), ("b", 3), ("c", 2))]
    problem = street(jobs, base_routes=(standing("a", "b"),))
    assert left_out(rebased(problem, {("A", 0): ["c"]})) == {"a"}


def test_routes_as_they_stand_leave_out_what_they_cannot_keep() -> None:
    """It is too late for the third of three half days."""
    jobs = [full(name, value=value) for name, value in (("a", 3), ("b", 2), ("c", 1))]
    problem = street(jobs, base_routes=(standing("a", "b", "c"),))
    assert [route.jobs for route in as_they_stand(problem)] == [("a", "b")]
