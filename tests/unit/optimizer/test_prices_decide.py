"""Every price has two tests: it decides, and it does not where it should not."""

from __future__ import annotations

from optimizer.check import check
from optimizer.problem import Announcement, BaseRoute, BaseStop, Problem, Promise, Weights, Window
from optimizer.solution import Cost, Solution
from tests.unit.optimizer.one_street import HOUR, job, left_out, orders, plan, shift, stop_of, street, technician

TWO = (technician("near", shift(at=600)), technician("far", shift(at=1600)))


def counted(problem: Problem) -> Solution:
    solution = plan(problem)
    assert check(problem, solution).violations == ()
    return solution


class TestLeavingOut:
    def test_a_job_not_worth_its_way_is_left_out(self) -> None:
        """20 minutes of travel for a point worth 10."""
        assert left_out(counted(street([job("j", value=1)]))) == {"j"}

    def test_the_exchange_rate_decides_what_is_worth_its_way(self) -> None:
        """The same job where a point is worth half an hour."""
        assert not left_out(counted(street([job("j", value=1)], weights=Weights(travel_s_per_value=1800))))

    def test_where_not_all_fit_the_most_valuable_are_served(self) -> None:
        """Room for one of three."""
        jobs = [job("a", value=5), job("b", value=9), job("c", value=7)]
        assert left_out(counted(street(jobs, [technician("A", shift(end_s=3000))]))) == {"a", "c"}


class TestAgreedTimes:
    def test_the_agreed_time_is_aimed_at_inside_the_window(self) -> None:
        """Free all morning, served at two hours exactly."""
        asked = job("j", windows=(Window(start_s=0, end_s=9000),), target_s=7200)
        solution = counted(street([asked]))
        assert (stop_of(solution, "j").start_s, solution.cost.target_ms) == (7200, 0)

    def test_between_two_agreed_times_the_least_deviation_is_found(self) -> None:
        """Both want 3600, one place, half an hour each: 1800 s are shared."""
        jobs = [job("a", target_s=3600), job("b", target_s=3600)]
        assert counted(street(jobs)).cost.target_ms == 1800 * 500

    def test_an_agreed_time_never_moves_service_out_of_its_window(self) -> None:
        """The target lies beyond the window's end."""
        asked = job("j", windows=(Window(start_s=0, end_s=5000),), target_s=7200)
        assert stop_of(counted(street([asked])), "j").start_s == 5000


class TestPromises:
    def test_the_promise_due_first_is_served_first_though_it_is_farther(self) -> None:
        """The near job can wait, the far one's promise is about to break."""
        jobs = [job("near", at=300), job("far", at=1500, promises=(Promise(due_s=3400),))]
        assert orders(counted(street(jobs)))["A"] == ("far", "near")

    def test_a_promise_in_no_danger_changes_nothing(self) -> None:
        """Due in the evening: whatever the order, it costs nothing."""
        jobs = [job("near", at=300), job("far", at=1500, promises=(Promise(due_s=8 * HOUR),))]
        assert counted(street(jobs)).cost == Cost(travel_ms=3000 * 1000)

    def test_lateness_costs_once_and_by_the_second(self) -> None:
        """Done at 2400, due at 2300."""
        late = job("j", promises=(Promise(due_s=2300, late_price_ms_per_s=2000, broken_price_s=50),))
        assert counted(street([late])).cost.lateness_ms == 100 * 2000 + 50_000

    def test_a_promise_of_arrival_is_judged_by_the_start(self) -> None:
        """Started at 600, due at 700, done much later."""
        kept = job("j", promises=(Promise(due_s=700, measure="start"),))
        assert counted(street([kept])).cost.lateness_ms == 0

    def test_two_promises_of_one_job_are_both_priced(self) -> None:
        """Arrival 100 s late, completion 400 s late."""
        promises = (
            Promise(due_s=500, measure="start", late_price_ms_per_s=1000),
            Promise(due_s=2000, measure="finish", late_price_ms_per_s=1000),
        )
        assert counted(street([job("j", promises=promises)])).cost.lateness_ms == 500 * 1000


class TestOvertime:
    SHORT = shift(end_s=2700, overtime_limit_s=3600)

    def test_overtime_costs_by_the_second(self) -> None:
        """Back at 3000, the shift ends at 2700."""
        assert counted(street([job("j")], [technician("A", self.SHORT)])).cost.overtime_ms == 300 * 3000

    def test_a_longer_way_is_taken_rather_than_overtime(self) -> None:
        """Somebody 400 s farther away has a longer shift; 300 s of overtime cost more."""
        people = [technician("A", self.SHORT), technician("B", shift(at=1500))]
        assert orders(counted(street([job("j")], people))) == {"B": ("j",)}

    def test_without_overtime_nothing_is_paid(self) -> None:
        """A shift that ends a second later than needed."""
        assert counted(street([job("j")], [technician("A", shift(end_s=3001))])).cost.overtime_ms == 0


class TestWishes:
    def test_a_preferred_technician_is_worth_a_detour(self) -> None:
        """900 s for the preference against 1000 there and 1000 back is too dear; at 2100 it is not."""
        wish = job("j", preferred_technicians=("far",))
        assert orders(counted(street([wish], list(TWO)))) == {"near": ("j",)}
        dear = Weights(not_preferred_price_s=2100)
        assert orders(counted(street([wish], list(TWO), weights=dear))) == {"far": ("j",)}

    def test_the_regular_technician_is_worth_less(self) -> None:
        """300 s by default: only for a short detour."""
        wish = job("j", regular_technicians=("far",))
        close = [technician("near", shift(at=600)), technician("far", shift(at=700))]
        assert counted(street([wish], list(TWO))).cost.preference_ms == 300_000
        assert orders(counted(street([wish], close))) == {"far": ("j",)}

    def test_a_wish_that_is_granted_costs_nothing(self) -> None:
        """Both wishes name the one who lives there."""
        wish = job("j", regular_technicians=("near",), preferred_technicians=("near",))
        assert counted(street([wish], list(TWO))).cost == Cost()


class TestChangesThatCustomersNotice:
    def test_the_announced_technician_goes_though_another_is_nearer(self) -> None:
        """1800 s for the change; the detour is 1000."""
        people = [technician("near", shift(at=600)), technician("far", shift(at=1100))]
        told = job("j", announced=Announcement(technician="far"))
        assert orders(counted(street([told], people))) == {"far": ("j",)}

    def test_a_change_is_made_when_keeping_it_costs_more(self) -> None:
        """The detour is 2000."""
        told = job("j", announced=Announcement(technician="far"))
        assert counted(street([told], list(TWO))).cost.changes_ms == 1_800_000

    def test_the_announced_window_is_kept_by_waiting(self) -> None:
        """Free at 600, announced for 5000."""
        told = job("j", announced=Announcement(window=Window(start_s=5000, end_s=6000)))
        solution = counted(street([told]))
        assert (stop_of(solution, "j").start_s, solution.cost.changes_ms) == (5000, 0)

    def test_a_missed_window_costs_once_however_late(self) -> None:
        """Announced for the time before anybody can be there."""
        told = job("j", value=30, announced=Announcement(window=Window(start_s=0, end_s=100)))
        assert counted(street([told])).cost.changes_ms == 7_200_000

    def test_leaving_out_what_was_announced_misses_its_window(self) -> None:
        """It pays the window as well as its value."""
        told = job("j", announced=Announcement(window=Window(start_s=0, end_s=100)))
        problem = street([told], [technician("A", shift(end_s=10))])
        assert counted(problem).cost.unserved_ms == 6_000_000 + 7_200_000


class TestWhoHasItNow:
    HELD = (BaseRoute(technician="far", stops=(BaseStop(job="j", start_s=1800),)),)
    CLOSE = (technician("near", shift(at=600)), technician("far", shift(at=800)))

    def test_a_job_stays_with_whose_route_it_is_in(self) -> None:
        """Somebody else is 400 s nearer; to move it costs 600."""
        told = Weights(reassigned_price_s=600)
        kept = counted(street([job("j")], list(self.CLOSE), base_routes=self.HELD, weights=told))
        assert (orders(kept), kept.cost) == ({"far": ("j",)}, Cost(travel_ms=400_000))

    def test_it_is_moved_where_that_is_worth_it(self) -> None:
        """2000 s nearer."""
        moved = counted(street([job("j")], list(TWO), base_routes=self.HELD, weights=Weights(reassigned_price_s=600)))
        assert (orders(moved), moved.cost) == ({"near": ("j",)}, Cost(changes_ms=600_000))

    def test_without_a_price_it_goes_to_the_nearest(self) -> None:
        """As in planning, where nothing has been told."""
        assert orders(counted(street([job("j")], list(self.CLOSE), base_routes=self.HELD))) == {"near": ("j",)}


class TestUnfairness:
    CREW = (technician("A", crew="north"), technician("B", crew="north"))
    JOBS = (job("a", at=600), job("b", at=600))

    def test_work_is_shared_inside_a_crew(self) -> None:
        """One travels less if one does all; the spread costs more than the second way."""
        fair = Weights(unfairness_price_ms_per_s=1000)
        solution = counted(street(list(self.JOBS), list(self.CREW), weights=fair))
        assert (len(solution.routes), solution.cost.unfairness_ms) == (2, 0)

    def test_without_a_price_the_shortest_way_wins(self) -> None:
        """One technician does both."""
        assert len(counted(street(list(self.JOBS), list(self.CREW))).routes) == 1

    def test_two_crews_are_not_compared(self) -> None:
        """Each is alone in a crew of their own."""
        apart = [technician("A", crew="north"), technician("B", crew="south")]
        fair = Weights(unfairness_price_ms_per_s=1000)
        assert len(counted(street(list(self.JOBS), apart, weights=fair)).routes) == 1

    def test_half_a_day_is_not_asked_for_a_whole_days_work(self) -> None:
        """Spare time is compared: the one with four hours less is not asked at all."""
        people = [technician("A", crew="north"), technician("B", shift(end_s=4 * HOUR), crew="north")]
        fair = Weights(unfairness_price_ms_per_s=1000)
        assert orders(counted(street(list(self.JOBS), people, weights=fair))).keys() == {"A"}
