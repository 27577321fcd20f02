"""A day is upset as it is said, what has begun stays in every answer, and what customers notice is counted right."""

from __future__ import annotations

from dataclasses import astuple, replace

import pytest
from click.testing import CliRunner

from optimizer.benchmarks.__main__ import main
from optimizer.benchmarks.repairs import Noticed, answers, noticed
from optimizer.benchmarks.technician_days import technician_day
from optimizer.benchmarks.upset_days import EMERGENCY_AT, OVERRUN_S, REASSIGNED_S, Upset, upsets
from optimizer.budget import Iterations
from optimizer.problem import Problem, Promise
from optimizer.solution import Route
from optimizer.solve import solve

DAY = technician_day(40)
PLAN = solve(DAY, Iterations(2000), 1)
ILL, OVERRUN, EMERGENCY = UPSETS = list(upsets(DAY, PLAN, 1))


def at_work(routes: tuple[Route, ...], now_s: int) -> dict[str, tuple[str, int]]:
    """Technician and start of every job that has begun."""
    return {
        stop.job: (route.technician, stop.start_s) for route in routes for stop in route.stops if stop.start_s <= now_s
    }


def counted(problem: Problem, before: tuple[Route, ...], after: tuple[Route, ...]) -> Noticed:
    """Job by job, from the plan as it was told."""
    then = {stop.job: (route.technician, stop) for route in after for stop in route.stops}
    other = missed = dropped = lost = 0
    for route in before:
        for stop in route.stops:
            if stop.job not in then:
                dropped += 1
                continue
            technician, now = then[stop.job]
            other += technician != route.technician
            opens = stop.start_s - stop.start_s % 3600
            missed += now.start_s < opens or now.start_s > opens + 7200
    for job in problem.jobs:
        for promise in job.promises:
            lost += job.id not in then or then[job.id][1].finish_s > promise.due_s
    return Noticed(other_technician=other, window_missed=missed, dropped=dropped, promises_lost=lost)


@pytest.mark.parametrize("upset", UPSETS, ids=lambda one: one.name.split(",")[0])
def test_every_answer_keeps_what_has_begun_and_is_judged_as_told(upset: Upset) -> None:
    now_s = upset.problem.now_s or 0
    left, repaired, anew = found = answers(upset, Iterations(1500), 1)
    for one in found:
        assert one.verdict.violations == ()
        assert one.verdict.cost == one.plan.cost
        assert at_work(one.plan.routes, now_s) == at_work(PLAN.routes, now_s)
        assert one.noticed == counted(upset.problem, PLAN.routes, one.plan.routes)
    assert repaired.verdict.cost.total_ms <= left.verdict.cost.total_ms
    assert sum(astuple(repaired.noticed)) <= sum(astuple(anew.noticed))
    assert {job.announced for job in upset.anew.jobs} == {None}


def test_a_plan_from_nothing_upsets_more_customers_than_repairs_do() -> None:
    """Over all disruptions: after one of them both may do the same."""
    found = [answers(upset, Iterations(1500), 1) for upset in UPSETS]
    repaired, anew = (sum(sum(astuple(answer[at].noticed)) for answer in found) for at in (1, 2))
    assert repaired < anew


def test_the_one_who_is_ill_is_gone_before_anything_has_begun() -> None:
    (gone,) = {one.id for one in DAY.technicians} - {one.id for one in ILL.problem.technicians}
    theirs = next(route.jobs for route in PLAN.routes if route.technician == gone)
    assert ILL.name == f"ill at 08:10, {len(theirs)} visits"
    assert noticed(ILL, [route for route in PLAN.routes if route.technician != gone]).dropped == len(theirs)
    assert not ILL.problem.frozen_jobs
    assert ILL.problem.weights.reassigned_price_s == REASSIGNED_S


def test_one_job_in_hand_takes_90_minutes_longer() -> None:
    before = {job.id: job.durations_s for job in DAY.jobs}
    (longer,) = [job for job in OVERRUN.problem.jobs if job.durations_s != before[job.id]]
    stop = next(stop for route in PLAN.routes for stop in route.stops if stop.job == longer.id)
    assert stop.start_s <= 11 * 3600 < stop.finish_s
    assert list(longer.durations_s.values()) == [stop.finish_s - stop.start_s + OVERRUN_S]


def test_an_emergency_is_promised_within_four_hours() -> None:
    new = EMERGENCY.problem.jobs[-1]
    assert new.id not in DAY.jobs_by_id
    assert new.promises == (Promise(due_s=EMERGENCY_AT + 4 * 3600, broken_price_s=7200),)
    unserved = noticed(EMERGENCY, PLAN.routes)
    kept = noticed(
        replace(EMERGENCY, problem=replace(EMERGENCY.problem, jobs=EMERGENCY.problem.jobs[:-1])), PLAN.routes
    )
    assert (kept, unserved) == (Noticed(**NOTHING), Noticed(**{**NOTHING, "promises_lost": 1}))


NOTHING = {"other_technician": 0, "window_missed": 0, "dropped": 0, "promises_lost": 0}


def test_the_command_prints_three_answers_to_three_disruptions() -> None:
    result = CliRunner().invoke(main, ["repairs", "--jobs", "20", "40", "--seconds", "0.2", "--planning", "0.5"])
    assert result.exit_code == 0, result.output
    rows = [line.split("|") for line in result.output.splitlines() if line.startswith("|")]
    plans = [row[2].strip() for row in rows if row[2].strip() in ("left as it is", "repaired", "from nothing")]
    assert plans == ["left as it is", "repaired", "from nothing"] * (len(plans) // 3)
    assert len(plans) >= 12
    assert {row[11].strip() for row in rows if row[2].strip() == "repaired"} == {"0"}
