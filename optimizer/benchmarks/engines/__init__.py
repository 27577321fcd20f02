"""The engines that can be compared: ours and the peers, each behind `vrptw` and `technicians` of its module."""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol, cast

from optimizer.benchmarks.instances import DayInstance, VrptwInstance

Routes = dict[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms an engine runs: its wall-clock, seed, cores, and seconds of travel for a point of weight.

    `without` is a part of our own search that is switched off (parts.py).
    """

    engine: str
    seconds: float
    seed: int
    cores: int
    exchange_s: int
    without: str = ""

    @property
    def name(self) -> str:
        """The engine, and what it does without."""
        return f"{self.engine} without {self.without}" if self.without else self.engine


class Clock:
    """The wall-clock of one run, started with the instance in memory and nothing of the model built."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self._started = seconds, time.perf_counter()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self._started

    @property
    def left_s(self) -> float:
        """Seconds left, never less than a hundredth."""
        return max(0.01, self.seconds - self.elapsed_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An engine's answer, after how long, and the (seconds, cost) of every better plan on the way.

    The cost is travel in the instance's unit and the weight left out at the exchange rate.
    None for routes means that no plan was found in the time.
    """

    routes: Routes | None
    elapsed_s: float
    points: tuple[tuple[float, float], ...] = field(default=())


class EngineModule(Protocol):
    """What a module of this package offers."""

    def vrptw(self, instance: VrptwInstance, terms: Terms, clock: Clock) -> Answer:
        """Serve every customer with as little travel as can be."""

    def technicians(self, instance: DayInstance, terms: Terms, clock: Clock) -> Answer:
        """Leave out as little weight as can be, and travel as little as can be."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Where an engine is, what has to be installed for it, and whether a seed changes what it does."""

    module: str
    package: str | None = None
    takes_seed: bool = True

    def load(self) -> EngineModule:
        """The module itself."""
        return cast("EngineModule", importlib.import_module(self.module))

    @property
    def version(self) -> str | None:
        """The installed version of its package, None if it is not installed; what is ours is always there."""
        try:
            return version(self.package or "punctual")
        except PackageNotFoundError:
            return None if self.package else "this checkout"


ENGINES: Mapping[str, Engine] = {
    "ours": Engine(f"{__name__}.with_ours"),
    "reference": Engine(f"{__name__}.with_ours"),
    "vroom": Engine(f"{__name__}.with_vroom", "pyvroom", takes_seed=False),
    "pyvrp": Engine(f"{__name__}.with_pyvrp", "pyvrp"),
    "ortools": Engine(f"{__name__}.with_ortools", "ortools", takes_seed=False),
}
