"""A city lived through at once: founded in a database of its own, day after day, as fast as it goes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlalchemy import event

from dispatch.db import Database, run_use_case
from dispatch.links import load_secret
from dispatch.services.import_rules import load_preset
from dispatch.settings import Settings
from dispatch.solving import Alive, silent
from dispatch.travel import build_travel_model
from dispatch.travel_memory import RememberedTravel
from optimizer.budget import Budget, Iterations
from optimizer.problem import Problem
from optimizer.risk.keep import Confidence, solve_as_asked
from optimizer.solution import Solution
from optimizer.solve import FAST, REFERENCE, default_engine
from web.city.chances import Chances
from web.city.city_crews import CityCrews
from web.city.city_size import TIME_ZONE, CitySize
from web.city.clockwork import Clockwork, SettableClock
from web.city.duty_desk import DutyDesk
from web.city.found_city import found_city
from web.city.invariants import Invariants, ReadingGateway, Violated
from web.city.planners import Planners
from web.city.simulation_report import measure
from web.city.surroundings import People, Surroundings
from web.city.townspeople import Townspeople
from web.worker import Worker

#: the Monday on which every simulated week begins; no holiday, and the same for everybody
FIRST_DAY = datetime(2026, 11, 23, tzinfo=ZoneInfo(TIME_ZONE))
#: what stands for a second of search: steps of the fast engine, candidate plans of the other
ITERATIONS_PER_S = {FAST: 2_000, REFERENCE: 60}


@dataclass(frozen=True)
class Scenario:
    """What is simulated: a seed and a city under some rules, planned by some engine."""

    seed: int = 1
    days: int = 5
    size: CitySize = field(default_factory=CitySize)
    preset: str = "jiangsu"
    engine: str | None = None


@dataclass(frozen=True)
class SolvesHere:
    """A solver in this process: no other one, and no thread, has a part in the result."""

    engine: str | None = None

    def solve(
        self,
        problem: Problem,
        budget: Budget,
        seed: int,
        *,
        confidence: Confidence | None = None,
        alive: Alive = silent,
    ) -> Solution:
        """See `Solver`."""
        alive(0.0)
        return solve_as_asked(problem, budget, seed, confidence, engine=self.engine)

    def close(self) -> None:
        """There is nothing to let go of."""


def iterations(seconds: float, engine: str | None = None) -> Budget:
    """As many steps or candidate plans of the engine, the default one if None, as stand for these seconds."""
    return Iterations(round(seconds * ITERATIONS_PER_S[engine or default_engine()]))


@contextmanager
def simulated(scenario: Scenario) -> Iterator[Clockwork]:
    """The clockwork of a city that has just been founded, in a database that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="punctual-city-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'city.sqlite3'}")
        event.listen(database.engine, "connect", _careless)
        try:
            database.upgrade()
            yield build_clockwork(database, scenario)
        finally:
            database.dispose()


def build_clockwork(database: Database, scenario: Scenario) -> Clockwork:
    """Found the city in an empty database and wind up its clockwork; it is midnight before the first day."""
    chances, preset = Chances(scenario.seed), load_preset(scenario.preset)
    run_use_case(database, lambda session: found_city(session, scenario.size, chances, preset, now=FIRST_DAY))
    clock = SettableClock(FIRST_DAY)
    settings = Settings(
        database_url=database.url.render_as_string(hide_password=False),
        secret_key=SecretStr(f"the secret of simulated city {scenario.seed}"),
    )
    around = Surroundings(database, clock, RememberedTravel(build_travel_model(settings)), scenario.size, chances)
    gateway = ReadingGateway(around, load_secret(settings))
    worker = Worker(
        database,
        settings,
        now=clock.at,
        machine=clock,
        pool=SolvesHere(scenario.engine),
        gateway=gateway,
        budgeting=partial(iterations, engine=scenario.engine),
    )
    people: list[People] = [Townspeople(around), CityCrews(around), DutyDesk(around), Planners(around)]
    return Clockwork(around, clock, worker, people, [Invariants(around, gateway)])


def end_of(scenario: Scenario) -> datetime:
    """The midnight after the last day."""
    return FIRST_DAY + timedelta(days=scenario.days)


def simulate(scenario: Scenario, progress: Callable[[datetime], None] = lambda _at: None) -> dict[str, Any]:
    """Live through the scenario: what it was, its figures, and what was violated, if anything was."""
    violation: dict[str, Any] | None = None
    with simulated(scenario) as clockwork:
        try:
            clockwork.run(end_of(scenario), progress)
        except Violated as violated:
            violation = {"seed": scenario.seed, **violated.about}
        with clockwork.around.database.read_session() as session:
            figures = measure(session, until=clockwork.clock.at)
        failures = clockwork.worker.failures()
    return {
        "scenario": asdict(scenario),
        "until": clockwork.clock.at.isoformat(),
        "steps": clockwork.steps,
        "figures": figures,
        "failures": failures,
        "violation": violation,
    }


def _careless(connection: Any, _record: object) -> None:
    """What is lost with the power can be simulated again."""
    connection.execute("PRAGMA synchronous = OFF")
