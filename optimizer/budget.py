"""How long may an engine search? Small criteria behind one protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """How far a search has come.

    An iteration is one candidate plan looked at by the engine; engines look at their budget
    every few dozen of them.
    """

    elapsed_s: float = 0.0
    iterations: int = 0
    iterations_since_better: int = 0
    cost_ms: int | None = None
    served: int = 0


class Budget(Protocol):
    """Says when a search has had enough."""

    def spent(self, so_far: SoFar) -> bool:
        """Whether to stop now."""
        ...


@dataclass(frozen=True, slots=True)
class WallClock:
    """So many seconds; the result depends on the machine."""

    seconds: float

    def spent(self, so_far: SoFar) -> bool:
        """Whether the seconds are over."""
        return so_far.elapsed_s >= self.seconds


@dataclass(frozen=True, slots=True)
class Iterations:
    """So many candidate plans; with the same seed the result is the same on every machine."""

    count: int

    def spent(self, so_far: SoFar) -> bool:
        """Whether so many candidates have been looked at."""
        return so_far.iterations >= self.count


@dataclass(frozen=True, slots=True)
class NoImprovement:
    """Until so many candidates in a row have brought nothing better."""

    iterations: int

    def spent(self, so_far: SoFar) -> bool:
        """Whether nothing better has come up for so long."""
        return so_far.iterations_since_better >= self.iterations


class FirstOf:
    """Whichever of several budgets is spent first."""

    def __init__(self, *budgets: Budget) -> None:
        self.budgets = budgets

    def spent(self, so_far: SoFar) -> bool:
        """Whether any of them is spent."""
        return any(budget.spent(so_far) for budget in self.budgets)
