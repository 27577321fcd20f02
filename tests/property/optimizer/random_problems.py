"""Small random problems with any mix of features, as hypothesis draws them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import numpy as np

from optimizer.problem import (
    Announcement,
    BaseRoute,
    BaseStop,
    Break,
    Job,
    Pin,
    Place,
    Problem,
    Promise,
    Shift,
    Skill,
    SkillNeed,
    Technician,
    TravelPeriod,
    Weights,
    Window,
)
from optimizer.travel_model import TravelMatrix

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
FEATURES = (
    "skills",
    "windows",
    "breaks",
    "two_breaks",
    "target",
    "promises",
    "announced",
    "parts",
    "wishes",
    "durations",
    "overtime",
    "unfairness",
    "open_end",
    "two_shifts",
    "release",
    "pins",
    "mandatory",
    "one_way",
)
HOUR = 3600


def random_problem(
    seed: int, jobs: int, technicians: int, features: frozenset[str], *, shift_s: int = 4 * HOUR
) -> Problem:
    """A problem on a plane of half an hour's drive, the same for the same arguments."""
    random = Random(seed)
    size = jobs + technicians
    at = [(random.randrange(1200), random.randrange(1200)) for _ in range(size)]
    travel = [[abs(a[0] - b[0]) + abs(a[1] - b[1]) for b in at] for a in at]
    if "one_way" in features:
        travel = [[random.randint(leg, 2 * leg) for leg in row] for row in travel]
    makers = [_technician(random, index, features, shift_s) for index in range(technicians)]
    return Problem(
        horizon_start_at=START,
        places=tuple(Place(id=f"p{index}") for index in range(size)),
        technicians=tuple(makers),
        jobs=tuple(_job(random, index, technicians, makers, features, shift_s) for index in range(jobs)),
        travel=TravelMatrix(travel_s=np.array(travel)),
        travel_periods=_rush(random, shift_s) if "rush" in features else (),
        weights=Weights(
            unfairness_price_ms_per_s=random.choice([100, 1000]) if "unfairness" in features else 0,
            target_price_ms_per_s=random.choice([200, 1000, 3000]),
            travel_s_per_value=random.choice([60, 600]),
            reassigned_price_s=random.choice([0, 60, 600]),
        ),
    )


def _rush(random: Random, shift_s: int) -> tuple[TravelPeriod, ...]:
    first = random.randrange(0, shift_s // 2)
    return (
        TravelPeriod(start_s=first, end_s=first + HOUR, percent=random.choice([150, 250])),
        TravelPeriod(start_s=first + 2 * HOUR, end_s=first + 3 * HOUR, percent=random.choice([60, 180])),
    )


def _technician(random: Random, index: int, features: frozenset[str], shift_s: int) -> Technician:
    days = 2 if "two_shifts" in features else 1
    shifts = tuple(_shift(random, f"p{index}", day * 24 * HOUR, features, shift_s) for day in range(days))
    skills = [Skill(code="fibre", level=random.randint(1, 2))] if random.random() < 0.8 else []
    if random.random() < 0.6:
        skills.append(Skill(code="copper", expires_s=random.choice([None, 0, 90 * HOUR])))
    return Technician(
        id=f"t{index}",
        shifts=shifts,
        skills=tuple(skills) if "skills" in features else (),
        crew="north",
        duration_percent=random.choice([80, 100, 125]) if "durations" in features else 100,
    )


def _shift(random: Random, place: str, start: int, features: frozenset[str], shift_s: int) -> Shift:
    breaks = []
    if "breaks" in features or "two_breaks" in features:
        breaks.append(Break(duration_s=1800, earliest_start_s=start + 4000, latest_start_s=start + 6500))
    if "two_breaks" in features:
        breaks.append(Break(duration_s=900, earliest_start_s=start + 8000, latest_start_s=start + 9500))
    return Shift(
        start_s=start,
        end_s=start + shift_s,
        start_place=place,
        end_place=None if "open_end" in features and random.random() < 0.5 else place,
        breaks=tuple(breaks),
        overtime_limit_s=1800 if "overtime" in features else 0,
        parts={"router": random.randint(0, 3)} if "parts" in features else {},
    )


def _job(
    random: Random, index: int, technicians: int, makers: list[Technician], features: frozenset[str], shift_s: int
) -> Job:
    ids = [maker.id for maker in makers]
    start = random.choice([0, 24 * HOUR]) if "two_shifts" in features else 0
    fields: dict[str, Any] = {}
    for feature, (chance, draw) in DRAWS.items():
        if feature in features and random.random() < chance:
            fields |= draw(random, ids, start, shift_s)
    return Job(
        id=f"j{index}",
        place=f"p{technicians + index}",
        duration_s=random.randrange(600, 4000),
        value=random.randint(1, 20),
        **fields,
    )


def _announced(random: Random, ids: list[str], start: int, shift_s: int) -> dict[str, Any]:
    begin = start + random.randrange(shift_s)
    window = Window(start_s=begin, end_s=begin + HOUR)
    return {"announced": Announcement(technician=random.choice([None, *ids]), window=window)}


def _wishes(random: Random, ids: list[str], start: int, shift_s: int) -> dict[str, Any]:
    return {
        "preferred_technicians": (random.choice(ids),),
        "regular_technicians": (random.choice(ids),),
        "forbidden_technicians": (random.choice(ids),) if random.random() < 0.3 else (),
    }


def _release(random: Random, ids: list[str], start: int, shift_s: int) -> dict[str, Any]:
    return {
        "release_s": start + random.randrange(shift_s // 2),
        "deadline_s": start + random.randrange(shift_s // 2, shift_s),
    }


def _pin(random: Random, ids: list[str], start: int, shift_s: int) -> dict[str, Any]:
    pins = [
        Pin(technician=random.choice(ids)),
        Pin(position=random.randint(0, 1)),
        Pin(technician=random.choice(ids), start_s=start + random.randrange(2000, shift_s - 4000)),
    ]
    return {"pin": random.choice(pins)}


def _promises(random: Random, ids: list[str], start: int, shift_s: int) -> dict[str, Any]:
    return {"promises": tuple(_promise(random, start, shift_s) for _ in range(random.randint(1, 2)))}


def _need(random: Random, ids: list[str], start: int, shift_s: int) -> dict[str, Any]:
    return {"skills": (SkillNeed(code=random.choice(["fibre", "copper"])),)}


def _durations(random: Random, ids: list[str], start: int, shift_s: int) -> dict[str, Any]:
    return {"durations_s": {random.choice(ids): random.randrange(300, 5000)}}


def _windows(random: Random, start: int, shift_s: int) -> tuple[Window, ...]:
    first = start + random.randrange(shift_s - HOUR)
    one = Window(start_s=first, end_s=first + random.randrange(600, HOUR))
    if random.random() < 0.5:
        return (one,)
    then = one.end_s + random.randrange(600, HOUR)
    return (one, Window(start_s=then, end_s=then + 1200))


def _promise(random: Random, start: int, shift_s: int) -> Promise:
    return Promise(
        due_s=start + random.randrange(shift_s),
        measure=random.choice(["start", "finish"]),
        late_price_ms_per_s=random.choice([500, 5000]),
        broken_price_s=random.choice([0, 600]),
    )


def with_base_routes(problem: Problem, routes: Any, random: Random) -> Problem:
    """The same problem at some moment of the day: these routes stand, some stops have begun or are frozen."""
    base = []
    for route in routes:
        now_s = route.stops[0].start_s + random.randrange(-600, 6000)
        stops = tuple(BaseStop(job=stop.job, start_s=stop.start_s, begun=stop.start_s <= now_s) for stop in route.stops)
        shift = problem.technicians_by_id[route.technician].shifts[route.shift]
        done = sum(pause.start_s <= now_s for pause in route.pauses)
        base.append(
            BaseRoute(
                technician=route.technician,
                shift=route.shift,
                stops=stops,
                freeze_before_s=now_s + random.randrange(0, 3600),
                breaks_done=min(done, len(shift.breaks)),
            )
        )
    fields = {name: getattr(problem, name) for name in ("horizon_start_at", "places", "technicians", "jobs")}
    more = {name: getattr(problem, name) for name in ("travel", "travel_periods", "weights")}
    return Problem(**fields, **more, base_routes=tuple(base))


def with_a_plan(problem: Problem, random: Random) -> Problem:
    """The same problem where most jobs are in somebody's route on the first day, whether that can be driven or not."""
    given: dict[str, list[BaseStop]] = {}
    for job in problem.jobs:
        if random.random() < 0.8:
            given.setdefault(random.choice(problem.technicians).id, []).append(BaseStop(job=job.id, start_s=0))
    routes = tuple(BaseRoute(technician=technician, stops=tuple(stops)) for technician, stops in given.items())
    return replace(problem, base_routes=routes)


Draw = Callable[[Random, list[str], int, int], dict[str, Any]]
#: for each feature, how often a job has it, and what it is then
DRAWS: dict[str, tuple[float, Draw]] = {
    "skills": (0.7, _need),
    "windows": (0.7, lambda random, ids, start, shift_s: {"windows": _windows(random, start, shift_s)}),
    "target": (0.6, lambda random, ids, start, shift_s: {"target_s": start + random.randrange(shift_s)}),
    "promises": (0.7, _promises),
    "announced": (0.6, _announced),
    "parts": (0.6, lambda random, ids, start, shift_s: {"parts": {"router": 1}}),
    "wishes": (0.7, _wishes),
    "durations": (0.4, _durations),
    "release": (0.5, _release),
    "pins": (0.3, _pin),
    "mandatory": (0.3, lambda random, ids, start, shift_s: {"mandatory": True}),
}
