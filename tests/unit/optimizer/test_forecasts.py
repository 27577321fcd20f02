"""Forecasts: exact where arithmetic knows the answer, learnt as the records are, right as often as they say."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log
from random import Random
from statistics import NormalDist

import pytest

from optimizer.benchmarks.calibration import Truth, brier, said_and_kept, told_days
from optimizer.benchmarks.technician_days import technician_day
from optimizer.budget import Budget, Iterations, SoFar
from optimizer.check import check
from optimizer.problem import Announcement, BaseRoute, BaseStop, Problem, Promise, TravelPeriod, Window
from optimizer.risk.keep import Confidence, solve_as_asked, solve_with_confidence
from optimizer.risk.learning import DriveRecord, ServiceRecord, learn
from optimizer.risk.simulate import StopRisk, risks
from optimizer.risk.uncertainty import CERTAINTY, NO_HISTORY, Spread, Traits, TravelSpread, Uncertainty
from optimizer.solution import Solution
from optimizer.solve import solve
from tests.unit.optimizer.one_street import HOUR, job, plan, shift, street, technician

STREET = street(
    [job("near", at=1000, duration_s=1000), job("far", at=3000, duration_s=1000)],
    [technician("A", shift(end_place=None))],
)
LATE = NormalDist().inv_cdf(0.95)


def of(name: str, found: tuple[StopRisk, ...]) -> StopRisk:
    return next(one for one in found if one.job == name)


def only(**travel: float) -> Uncertainty:
    return Uncertainty(service=Spread(), travel=TravelSpread(**{"day_sigma": 0.0, "leg_sigma": 0.0} | travel))


def test_what_a_day_adds_is_shared_by_its_legs() -> None:
    """1,000 s and 2,000 s of driving on the same bad day are 3,000 s of bad day."""
    far = of("far", risks(STREET, plan(STREET), only(day_sigma=0.3)))
    assert far.median_start_s == pytest.approx(4000, abs=5)
    assert far.late_start_s == pytest.approx(1000 + 3000 * exp(0.3 * LATE), abs=10)


def test_what_legs_add_of_their_own_evens_out() -> None:
    """The same spread leg by leg is less than that of a shared day."""
    found = risks(STREET, plan(STREET), only(leg_sigma=0.3), samples=20_000)
    random = Random(5)
    drawn = sorted(1000 + 1000 * exp(random.gauss(0, 0.3)) + 2000 * exp(random.gauss(0, 0.3)) for _ in range(40_000))
    assert of("far", found).late_start_s == pytest.approx(drawn[int(0.95 * len(drawn))], rel=0.01)
    assert of("near", found).late_start_s == pytest.approx(1000 * exp(0.3 * LATE), abs=5)


def test_a_window_is_kept_as_often_as_its_end_is_met() -> None:
    """Who comes early waits; half of the services take longer than planned."""
    told = Announcement(window=Window(start_s=3500, end_s=4000))
    jobs = tuple(
        replace(one, announced=told, promises=(Promise(due_s=5000 + 693, broken_price_s=9),))
        if one.id == "far"
        else one
        for one in STREET.jobs
    )
    problem = replace(STREET, jobs=jobs)
    services = Uncertainty(service=Spread(0.0, 1.0), travel=CERTAINTY.travel)
    far = of("far", risks(problem, plan(problem), services))
    assert far.kept_probability == pytest.approx(0.5, abs=0.01)
    assert far.early_start_s == 3500
    # 693 s to spare are a factor of 1.693 on the first service
    assert far.due_probability == pytest.approx(NormalDist().cdf(log(1.693)), abs=0.01)
    assert of("near", risks(problem, plan(problem), services)).kept_probability is None


def test_what_has_begun_is_certain_and_only_what_is_left_of_it_is_not() -> None:
    """A service of 1,000 s that began 900 s ago can only surprise with the rest."""
    route = BaseRoute(technician="A", stops=(BaseStop(job="near", start_s=1000, begun=True),))
    running = replace(STREET, base_routes=(route,), now_s=1900)
    found = risks(running, plan(running), Uncertainty(service=Spread(0.0, 0.5), travel=CERTAINTY.travel))
    assert {of("near", found).early_start_s, of("near", found).late_start_s} == {1000}
    assert of("far", found).late_start_s == pytest.approx(1900 + 100 * exp(0.5 * LATE) + 2000, abs=5)


def test_a_drive_takes_what_it_takes_when_it_begins() -> None:
    """Twice as long from 1,500 s until 2,500 s: half of the services are over later, and the drive is short again."""
    rush = replace(STREET, travel_periods=(TravelPeriod(start_s=1500, end_s=2500, percent=200),))
    solution = plan(rush)
    assert of("far", risks(rush, solution, CERTAINTY)).median_start_s == 6000
    slow = Uncertainty(service=Spread(log(2), 0.0), travel=CERTAINTY.travel)
    assert of("far", risks(rush, solution, slow)).median_start_s == 5000


def test_the_same_seed_gives_the_same_forecast_and_certainty_is_the_plan() -> None:
    """One by one."""
    solution = plan(STREET)
    assert risks(STREET, solution, seed=3) == risks(STREET, solution, seed=3)
    assert risks(STREET, solution, seed=3) != risks(STREET, solution, seed=4)
    certain = risks(STREET, solution, CERTAINTY)
    assert [one.early_start_s for one in certain] == [one.late_start_s for one in certain] == [1000, 4000]
    nothing = street([])
    assert risks(nothing, plan(nothing)) == ()


def test_learning_finds_what_the_records_were_made_of() -> None:
    """Kinds, estates and technicians that differ, spreads that differ by kind, days that are slow."""
    random = Random(11)
    kinds = {"install": (0.2, 0.25), "repair": (-0.1, 0.5)}
    estates = {"old town": 0.15, "new town": -0.15}
    people = {f"T{number}": random.gauss(0, 0.2) for number in range(30)}
    services = []
    for _ in range(6000):
        (kind, (shift, sigma)), (estate, more) = random.choice([*kinds.items()]), random.choice([*estates.items()])
        who = random.choice([*people])
        took_s = 3000 * exp(0.1 + shift + more + people[who] + random.gauss(0, sigma))
        services.append(
            ServiceRecord(traits=Traits(kind, estate), technician=who, planned_s=3000, actual_s=round(took_s))
        )
    drives: list[DriveRecord] = []
    for day in range(400):
        slow = random.gauss(0, 0.15)
        factors = [exp(0.05 + slow + random.gauss(0, 0.3)) for _ in range(8)]
        drives.extend(DriveRecord(day=str(day), planned_s=900, actual_s=round(900 * one)) for one in factors)
    learnt = replace(
        learn(services, drives), traits={"job": Traits("repair", "old town"), "new": Traits("survey", "old town")}
    )
    for who, own in people.items():
        spread = learnt.service_of("job", who)
        assert spread.log_median == pytest.approx(0.1 - 0.1 + 0.15 + own, abs=0.12), who
        assert spread.sigma == pytest.approx(0.5, abs=0.05)
    stranger = learnt.service_of("job", "somebody new")
    assert stranger.sigma > learnt.service_of("job", "T0").sigma + 0.01
    assert learnt.travel.log_median == pytest.approx(0.05, abs=0.03)
    assert learnt.travel.day_sigma == pytest.approx(0.15, abs=0.03)
    assert learnt.travel.leg_sigma == pytest.approx(0.3, abs=0.02)


def test_little_history_moves_little() -> None:
    """Nothing, one odd visit, and visits that were recorded wrong."""
    assert learn() == NO_HISTORY
    odd = ServiceRecord(traits=Traits("install", "x"), technician="A", planned_s=1000, actual_s=4000)
    learnt = replace(learn([odd]), traits={"job": odd.traits})
    assert 0 < learnt.service_of("job", "A").log_median < 0.15 * log(4)
    assert learn([replace(odd, actual_s=0)], [DriveRecord(day="d", planned_s=30, actual_s=900)]) == NO_HISTORY
    assert learn([replace(odd, actual_s=5000)]) == learn([replace(odd, actual_s=500_000)])


def busy_day() -> Problem:
    """A day of 24 jobs with time to spare, of which every customer was told an hour."""
    problem = technician_day(24, seed=2, overload=0.6)
    told = {
        stop.job: Window(start_s=stop.start_s // 1800 * 1800, end_s=stop.start_s // 1800 * 1800 + HOUR)
        for route in plan(problem, 300).routes
        for stop in route.stops
    }
    jobs = tuple(replace(one, announced=Announcement(window=told[one.id])) for one in problem.jobs if one.id in told)
    return replace(problem, jobs=jobs)


def test_asking_for_a_level_makes_windows_safer_for_some_travel() -> None:
    """Judged by the problem itself: the checker passes, and nobody is left out or missed for it."""
    problem = busy_day()
    plans: list[Solution] = []

    def solving(asked: Problem, budget: Budget, seed: int, start: Solution | None) -> Solution:
        plans.append(solve(asked, budget, seed, start=start))
        return plans[-1]

    made = solve_with_confidence(problem, Iterations(1200), Confidence(0.9), 2, solving=solving)
    first = plans[0]
    assert check(problem, made).passed
    assert under(risks(problem, made, seed=2), 0.9) < under(risks(problem, first, seed=2), 0.9)
    assert made.served == first.served
    assert made.cost.changes_ms <= first.cost.changes_ms
    assert sum(route.travel_s for route in made.routes) < 1.25 * sum(route.travel_s for route in first.routes)


@pytest.mark.parametrize("solved", [1, 3])
def test_an_error_while_a_level_is_sought_leaves_the_best_plan_until_then(solved: int) -> None:
    """After the first plan, and when two rounds have made it surer; the plan says what it was."""
    problem = busy_day()
    plans: list[Solution] = []

    def solving(asked: Problem, budget: Budget, seed: int, start: Solution | None) -> Solution:
        if len(plans) == solved:
            raise LookupError("told to nobody")
        plans.append(solve(asked, budget, seed, start=start))
        return plans[-1]

    made = solve_with_confidence(problem, Iterations(1200), Confidence(0.9), 2, solving=solving)
    assert made.level_failure is not None
    assert made.level_failure.code == "LookupError"
    assert made.level_failure.where.startswith("test_forecasts.py:")
    assert check(problem, made).passed
    assert (made.routes == plans[0].routes) == (solved == 1)


def test_who_ends_the_search_for_a_level_ends_all_of_it() -> None:
    """Ctrl-C in the first plan or in a round: no further round begins, and the best plan is there."""
    problem, looks = busy_day(), []

    def interrupted(so_far: SoFar) -> None:
        looks.append(so_far)
        raise KeyboardInterrupt

    made = solve_as_asked(problem, Iterations(1200), 2, Confidence(0.9), interrupted)
    assert len(looks) == 1
    assert made.level_failure is None
    assert check(problem, made).passed


def under(found: tuple[StopRisk, ...], level: float) -> int:
    """How many stops keep their window with less."""
    return sum(one.kept_probability is not None and one.kept_probability < level for one in found)


def test_a_level_is_a_probability() -> None:
    """0 and 100 % cannot be asked for."""
    for level in (0.0, 1.0, 95.0):
        with pytest.raises(ValueError, match="between 0 and 1"):
            Confidence(level)


def test_what_is_said_comes_true_as_often_as_it_is_said() -> None:
    """On days drawn apart from the forecasts; and on wider days it does not, so the figures can tell."""
    days = told_days(range(1, 101), 24, 60)
    right, wrong = said_and_kept(days, NO_HISTORY, Truth("a")), said_and_kept(days, NO_HISTORY, Truth("b", wider=1.6))
    for pairs, is_right in ((right, True), (wrong, False)):
        doubtful = [(said, kept) for said, kept in pairs if 0.6 <= said < 0.99]
        said, kept = (sum(one[index] for one in doubtful) / len(doubtful) for index in (0, 1))
        assert (abs(said - kept) < 0.04) is is_right, (said, kept, len(doubtful))
    mean = sum(kept for _, kept in right) / len(right)
    assert brier(right) < brier([(mean, kept) for _, kept in right]) < brier(wrong)
