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
    cost_ms: int | None = None
    served: int = 0


class Budget(Protocol):
    """Says how much of a search is done."""

    def share(self, so_far: SoFar) -> float:
        """How much of the budget is spent; 1 or more: all of it."""
        ...


@dataclass(frozen=True, slots=True)
class WallClock:
    """So many seconds; the result depends on the machine."""

    seconds: float

    def share(self, so_far: SoFar) -> float:
        """The share of the seconds that has passed."""
        return _share(so_far.elapsed_s, self.seconds)


@dataclass(frozen=True, slots=True)
class Iterations:
    """So many candidate plans; with the same seed the result is the same on every machine."""

    count: int

    def share(self, so_far: SoFar) -> float:
        """The share of the candidates that has been looked at."""
        return _share(so_far.iterations, self.count)


class FirstOf:
    """Whichever of several budgets is spent first."""

    def __init__(self, *budgets: Budget) -> None:
        self.budgets = budgets

    def share(self, so_far: SoFar) -> float:
        """The share of the one that is spent most."""
        return max(budget.share(so_far) for budget in self.budgets)


@dataclass(frozen=True, slots=True)
class PartOf:
    """A share of another budget, whatever that counts."""

    whole: Budget
    part: float

    def share(self, so_far: SoFar) -> float:
        """The share of the part that is spent."""
        return self.whole.share(so_far) / self.part


def is_timed(budget: Budget) -> bool:
    """Whether time alone spends the budget, so that the machine has a part in the result."""
    return budget.share(SoFar(elapsed_s=1e12)) > 0


def _share(spent: float, allowed: float) -> float:
    return spent / allowed if allowed > 0 else 1.0
