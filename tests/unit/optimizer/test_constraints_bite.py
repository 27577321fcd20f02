"""Every hard constraint has two tests: it bites, and it does not bite when it should not."""

from __future__ import annotations

import pytest

from optimizer.check import check
from optimizer.problem import BaseRoute, BaseStop, Break, Pin, Problem, SkillNeed, TravelPeriod, Window
from optimizer.solution import Solution
from optimizer.solve import ENGINES
from tests.unit.optimizer.one_street import (
    DAY,
    HOUR,
    fibre,
    job,
    left_out,
    orders,
    plan,
    route_of,
    shift,
    stop_of,
    street,
    technician,
)

FIBRE = (SkillNeed(code="fibre", level=2),)


def passed(problem: Problem) -> Solution:
    solution = plan(problem)
    assert check(problem, solution).violations == ()
    return solution


class TestSkills:
    def test_nobody_without_the_skill_is_sent(self) -> None:
        """The only technician has fibre at level 1; the job asks for level 2."""
        assert left_out(passed(street([job("j", skills=FIBRE)], [technician(skills=fibre(1))]))) == {"j"}

    def test_a_higher_level_serves_a_lower_need(self) -> None:
        """Level 3 is more than enough for level 2."""
        assert not left_out(passed(street([job("j", skills=FIBRE)], [technician(skills=fibre(3))])))

    def test_a_certificate_that_ends_before_the_shift_does_not_count(self) -> None:
        """It expires an hour before the shift ends."""
        people = [technician(skills=fibre(2, expires_s=7 * HOUR))]
        assert left_out(passed(street([job("j", skills=FIBRE)], people))) == {"j"}

    def test_a_certificate_good_until_the_shift_ends_counts(self) -> None:
        """It expires with the shift."""
        people = [technician(skills=fibre(2, expires_s=8 * HOUR))]
        assert not left_out(passed(street([job("j", skills=FIBRE)], people)))

    def test_an_expired_certificate_still_counts_on_an_earlier_shift(self) -> None:
        """It expires overnight, so the job is done on the first day, not the second."""
        days = (shift(end_s=4 * HOUR), shift(start_s=DAY, end_s=DAY + 4 * HOUR))
        people = [technician("A", *days, skills=fibre(2, expires_s=DAY))]
        assert route_of(passed(street([job("j", skills=FIBRE)], people)), "j").shift == 0


class TestWindows:
    def test_service_waits_for_the_window_to_open(self) -> None:
        """Arrived at ten minutes past, served at two hours past."""
        solution = passed(street([job("j", windows=(Window(start_s=7200, end_s=9000),))]))
        assert stop_of(solution, "j").start_s == 7200

    def test_service_may_end_after_the_window_closes(self) -> None:
        """It must start inside, no more: the window is shorter than the service."""
        solution = passed(street([job("j", windows=(Window(start_s=600, end_s=600),))]))
        assert stop_of(solution, "j").finish_s == 2400

    def test_a_window_that_cannot_be_reached_leaves_the_job_out(self) -> None:
        """It closes a second before anybody can be there."""
        assert left_out(passed(street([job("j", windows=(Window(start_s=0, end_s=599),))]))) == {"j"}

    def test_the_second_of_two_windows_serves(self) -> None:
        """The first is taken up by a job that cannot move."""
        windows = (Window(start_s=600, end_s=1200), Window(start_s=10_000, end_s=10_600))
        first = job("first", windows=(Window(start_s=600, end_s=600),))
        assert stop_of(passed(street([first, job("j", windows=windows)])), "j").start_s == 10_000

    def test_between_two_windows_nobody_starts(self) -> None:
        """Free in between, the technician waits."""
        windows = (Window(start_s=0, end_s=500), Window(start_s=5000, end_s=5500))
        assert stop_of(passed(street([job("j", windows=windows)])), "j").start_s == 5000


class TestReleaseAndDeadline:
    def test_nothing_starts_before_its_release(self) -> None:
        """Released at two hours, though the technician is free."""
        assert stop_of(passed(street([job("j", release_s=7200)])), "j").start_s == 7200

    def test_a_release_that_has_passed_changes_nothing(self) -> None:
        """Released before the shift."""
        assert stop_of(passed(street([job("j", release_s=-100)])), "j").start_s == 600

    def test_service_is_finished_by_the_deadline(self) -> None:
        """Done at 2400 at the earliest; the deadline is a second before."""
        assert left_out(passed(street([job("j", deadline_s=2399)]))) == {"j"}

    def test_a_deadline_met_to_the_second_is_met(self) -> None:
        """Done at 2400, deadline 2400."""
        assert not left_out(passed(street([job("j", deadline_s=2400)])))

    def test_who_takes_longer_cannot_meet_a_deadline_that_another_can(self) -> None:
        """The slow technician stands nearer, but would finish too late."""
        people = [technician("slow", shift(at=600), duration_percent=200), technician("quick")]
        assert orders(passed(street([job("j", deadline_s=2400)], people))) == {"quick": ("j",)}


class TestShifts:
    def test_a_route_is_back_by_the_end_of_the_shift(self) -> None:
        """Out 600, served 1800, back 600: 2999 s are too few."""
        assert left_out(passed(street([job("j")], [technician("A", shift(end_s=2999))]))) == {"j"}

    def test_a_route_may_end_with_its_shift(self) -> None:
        """3000 s are enough."""
        assert not left_out(passed(street([job("j")], [technician("A", shift(end_s=3000))])))

    def test_with_no_end_place_the_way_back_does_not_count(self) -> None:
        """The day ends at the job, after 2400 s."""
        assert not left_out(passed(street([job("j")], [technician("A", shift(end_s=2400, end_place=None))])))

    def test_overtime_stops_at_its_limit(self) -> None:
        """599 s of overtime are allowed, 600 are needed."""
        people = [technician("A", shift(end_s=2400, overtime_limit_s=599))]
        assert left_out(passed(street([job("j")], people))) == {"j"}

    def test_overtime_inside_its_limit_is_worked(self) -> None:
        """600 s are allowed and needed."""
        people = [technician("A", shift(end_s=2400, overtime_limit_s=600))]
        assert not left_out(passed(street([job("j")], people)))

    def test_a_second_day_takes_what_the_first_has_no_room_for(self) -> None:
        """Each day has room for one job."""
        days = (shift(end_s=3000), shift(start_s=DAY, end_s=DAY + 3000))
        solution = passed(street([job("a"), job("b")], [technician("A", *days)]))
        assert sorted(route.shift for route in solution.routes) == [0, 1]

    def test_each_day_starts_and_ends_where_it_says(self) -> None:
        """The second day starts next door."""
        days = (shift(at=0), shift(at=600, start_s=DAY, end_s=DAY + 8 * HOUR))
        route = route_of(passed(street([job("j")], [technician("A", *days)])), "j")
        assert (route.shift, route.travel_s) == (1, 0)


class TestBreaks:
    NOON = Break(duration_s=1800, earliest_start_s=3600, latest_start_s=5400)

    def test_a_break_that_service_leaves_no_room_for_keeps_the_job_out(self) -> None:
        """Service fills the whole time in which the break could start."""
        people = [technician("A", shift(breaks=(self.NOON,)))]
        fixed = job("j", duration_s=2400, windows=(Window(start_s=3300, end_s=3500),))
        assert left_out(passed(street([fixed], people))) == {"j"}

    def test_a_break_moves_inside_its_time_to_make_room(self) -> None:
        """The same job a quarter of an hour shorter: lunch is at the last moment."""
        people = [technician("A", shift(breaks=(self.NOON,)))]
        fixed = job("j", duration_s=2100, windows=(Window(start_s=3300, end_s=3300),))
        (pause,) = passed(street([fixed], people)).routes[0].pauses
        assert pause.start_s == 5400

    def test_a_break_may_interrupt_travel(self) -> None:
        """Two hours of driving cannot be done before or after lunch, only around it."""
        people = [technician("A", shift(breaks=(self.NOON,)))]
        solution = passed(street([job("j", at=7200, value=99, windows=(Window(start_s=9000, end_s=9000),))], people))
        stop, (pause,) = stop_of(solution, "j"), route_of(solution, "j").pauses
        assert stop.leave_s < pause.start_s < stop.arrive_s == 9000

    def test_each_of_two_breaks_needs_its_own_room(self) -> None:
        """Service runs from before the second break's time to after it, or ends just in time."""
        tea = Break(duration_s=600, earliest_start_s=7200, latest_start_s=9000)
        people = [technician("A", shift(breaks=(self.NOON, tea)))]
        at_seven_thousand = (Window(start_s=7000, end_s=7000),)
        assert left_out(passed(street([job("j", duration_s=2100, windows=at_seven_thousand)], people))) == {"j"}
        solution = passed(street([job("j", duration_s=1900, windows=at_seven_thousand)], people))
        assert [pause.end_s - pause.start_s for pause in solution.routes[0].pauses] == [1800, 600]

    def test_a_break_that_is_history_is_not_taken_again(self) -> None:
        """Lunch is done: the job that left no room for it is served."""
        people = [technician("A", shift(breaks=(self.NOON,)))]
        fixed = job("j", duration_s=2400, windows=(Window(start_s=3300, end_s=3500),))
        base = (BaseRoute(technician="A", breaks_done=1),)
        solution = passed(street([fixed], people, base_routes=base))
        assert route_of(solution, "j").pauses == ()

    @pytest.mark.parametrize("engine", sorted(ENGINES))
    @pytest.mark.parametrize(("now_s", "expected"), [(5400, set()), (5401, {"j"})])
    def test_a_break_whose_time_is_past_leaves_nothing_to_be_done(
        self, engine: str, now_s: int, expected: set[str]
    ) -> None:
        """Nobody has taken lunch; at its last moment there is time for it, a second later there is not."""
        problem = street([job("j")], [technician("A", shift(breaks=(self.NOON,)))], now_s=now_s)
        solution = plan(problem, engine=engine)
        assert (left_out(solution), check(problem, solution).violations) == (expected, ())


class TestWhoMayGo:
    def test_a_forbidden_technician_is_never_sent(self) -> None:
        """The only one there is forbidden."""
        assert left_out(passed(street([job("j", forbidden_technicians=("A",))]))) == {"j"}

    def test_another_technician_may_go(self) -> None:
        """B lives at the far end, but is not forbidden."""
        people = [technician("A"), technician("B", shift(at=2000))]
        assert orders(passed(street([job("j", forbidden_technicians=("A",))], people))) == {"B": ("j",)}

    def test_durations_by_technician_decide_what_fits(self) -> None:
        """Half as long again is too long; the override makes it short enough."""
        tight = [technician("A", shift(end_s=3000), duration_percent=150)]
        assert left_out(passed(street([job("j")], tight))) == {"j"}
        assert not left_out(passed(street([job("j", durations_s={"A": 1800})], tight)))


class TestParts:
    def test_the_van_runs_out_over_the_day(self) -> None:
        """One router on the van, two jobs that need one."""
        people = [technician("A", shift(parts={"router": 1}))]
        jobs = [job("a", parts={"router": 1}), job("b", parts={"router": 1})]
        assert len(left_out(passed(street(jobs, people)))) == 1

    def test_jobs_that_need_no_part_are_served_with_an_empty_van(self) -> None:
        """Two routers for two jobs, and a third job without."""
        people = [technician("A", shift(parts={"router": 2}))]
        jobs = [job("a", parts={"router": 1}), job("b", parts={"router": 1}), job("c")]
        assert not left_out(passed(street(jobs, people)))

    def test_a_new_day_starts_with_its_own_stock(self) -> None:
        """One router on each of two days."""
        days = (shift(parts={"router": 1}), shift(start_s=DAY, end_s=DAY + 8 * HOUR, parts={"router": 1}))
        jobs = [job("a", parts={"router": 1}), job("b", parts={"router": 1})]
        assert not left_out(passed(street(jobs, [technician("A", *days)])))


class TestPins:
    PEOPLE = (technician("near", shift(at=600)), technician("far", shift(at=5000)))

    def test_a_pinned_technician_goes_however_far(self) -> None:
        """The other lives next door."""
        problem = street([job("j", pin=Pin(technician="far"))], list(self.PEOPLE))
        assert orders(passed(problem)) == {"far": ("j",)}

    def test_without_a_pin_the_nearest_goes(self) -> None:
        """The same world, nothing fixed."""
        assert orders(passed(street([job("j")], list(self.PEOPLE)))) == {"near": ("j",)}

    def test_a_pinned_start_is_kept_to_the_second(self) -> None:
        """Not at the earliest, which would be 600."""
        assert stop_of(passed(street([job("j", pin=Pin(start_s=4321))])), "j").start_s == 4321

    def test_a_pinned_position_is_kept_though_it_costs_a_detour(self) -> None:
        """The far job first, on one's way back the near ones."""
        jobs = [job("far", at=2000, pin=Pin(position=1)), job("a", at=600), job("b", at=700)]
        ((_, order),) = orders(passed(street(jobs))).items()
        assert order[1] == "far"

    def test_a_pinned_shift_is_kept(self) -> None:
        """On the second day, though the first is free."""
        days = (shift(), shift(start_s=DAY, end_s=DAY + 8 * HOUR))
        problem = street([job("j", pin=Pin(technician="A", shift=1))], [technician("A", *days)])
        assert route_of(passed(problem), "j").shift == 1

    def test_a_pin_that_cannot_be_kept_is_reported(self) -> None:
        """Pinned jobs are mandatory: leaving one out is a violation."""
        problem = street([job("j", pin=Pin(start_s=10))])
        assert [one.code for one in check(problem, plan(problem)).violations] == ["mandatory_unassigned"]


class TestFreeze:
    BEGUN = BaseStop(job="begun", start_s=900, begun=True)

    def test_a_begun_stop_keeps_its_fact_though_it_breaks_its_window(self) -> None:
        """It began 300 s after its window; facts are never refused."""
        jobs = [job("begun", windows=(Window(start_s=0, end_s=600),)), job("other")]
        base = (BaseRoute(technician="A", stops=(self.BEGUN,)),)
        solution = passed(street(jobs, base_routes=base, now_s=1000))
        assert (orders(solution)["A"][0], stop_of(solution, "begun").start_s) == ("begun", 900)

    def test_frozen_stops_keep_their_order_though_another_is_shorter(self) -> None:
        """The far job is frozen first, then the near one."""
        jobs = [job("far", at=3000), job("near", at=300), job("new", at=200)]
        stops = (BaseStop(job="far", start_s=3000), BaseStop(job="near", start_s=7500))
        base = (BaseRoute(technician="A", stops=stops, freeze_before_s=8000),)
        assert orders(passed(street(jobs, base_routes=base)))["A"] == ("far", "near", "new")

    def test_what_starts_after_the_freeze_may_move(self) -> None:
        """Only the first is frozen: the new job slips in before the second."""
        jobs = [job("far", at=3000), job("near", at=300), job("new", at=2000)]
        stops = (BaseStop(job="far", start_s=3000), BaseStop(job="near", start_s=7500))
        base = (BaseRoute(technician="A", stops=stops, freeze_before_s=5000),)
        assert orders(passed(street(jobs, base_routes=base)))["A"] == ("far", "new", "near")

    def test_nothing_new_starts_before_the_freeze(self) -> None:
        """An idle technician's route is frozen until one hour."""
        base = (BaseRoute(technician="A", freeze_before_s=3600),)
        assert stop_of(passed(street([job("j")], base_routes=base)), "j").start_s == 3600

    def test_nobody_leaves_in_the_past(self) -> None:
        """It is half past; the way takes 600."""
        assert stop_of(passed(street([job("j")], now_s=1800)), "j").leave_s == 1800

    def test_a_job_that_runs_through_lunch_waives_it(self) -> None:
        """The begun stop ends after the last moment for the break."""
        noon = Break(duration_s=1800, earliest_start_s=3600, latest_start_s=5400)
        jobs = [job("begun", duration_s=6000), job("other")]
        base = (BaseRoute(technician="A", stops=(self.BEGUN,)),)
        solution = passed(street(jobs, [technician("A", shift(breaks=(noon,)))], base_routes=base, now_s=1000))
        assert orders(solution)["A"] == ("begun", "other")

    def test_frozen_stops_may_overrun_the_shift_but_nothing_follows_them(self) -> None:
        """The day is over when the begun stop is."""
        jobs = [job("begun", duration_s=9000), job("other")]
        base = (BaseRoute(technician="A", stops=(self.BEGUN,)),)
        solution = passed(street(jobs, [technician("A", shift(end_s=5000))], base_routes=base))
        assert (orders(solution)["A"], left_out(solution)) == (("begun",), {"other"})


class TestRushHours:
    RUSH = (TravelPeriod(start_s=0, end_s=1000, percent=200),)

    def test_travel_begun_in_the_rush_takes_longer(self) -> None:
        """Twice 600 s."""
        must = job("j", windows=(Window(start_s=0, end_s=1300),))
        solution = passed(street([must], travel_periods=self.RUSH))
        assert (stop_of(solution, "j").travel_s, stop_of(solution, "j").start_s) == (1200, 1200)

    def test_who_has_time_leaves_when_the_rush_is_over(self) -> None:
        """Nothing presses, and travel costs."""
        assert stop_of(passed(street([job("j")], travel_periods=self.RUSH)), "j").leave_s >= 1000

    def test_after_the_rush_travel_is_as_usual(self) -> None:
        """The shift starts later."""
        people = [technician("A", shift(start_s=1000))]
        assert route_of(passed(street([job("j")], people, travel_periods=self.RUSH)), "j").travel_s == 1200


class TestMandatory:
    JOBS = (job("cheap", value=1, mandatory=True), job("dear", value=500))

    def test_a_mandatory_job_comes_before_a_dearer_one(self) -> None:
        """There is room for one."""
        assert left_out(passed(street(list(self.JOBS), [technician("A", shift(end_s=3000))]))) == {"dear"}

    def test_with_room_for_both_nothing_is_left_out(self) -> None:
        """A longer day."""
        assert not left_out(passed(street(list(self.JOBS))))

    def test_a_mandatory_job_left_out_is_a_violation(self) -> None:
        """There is no room at all."""
        problem = street([self.JOBS[0]], [technician("A", shift(end_s=100))])
        assert [one.code for one in check(problem, plan(problem)).violations] == ["mandatory_unassigned"]


@pytest.mark.parametrize("jobs", [[], [job("j")]])
def test_an_empty_world_has_an_empty_plan(jobs: list[object]) -> None:
    """Nobody to send, or nothing to do."""
    problem = street(jobs, [])  # type: ignore[arg-type]
    assert passed(problem).routes == ()
