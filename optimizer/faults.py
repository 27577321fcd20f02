"""What is wrong with an input, every fault of it, by path and code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that cannot be used: where it stands, a code for machines, the detail for people.

    `path` is written as in the JSON document: `jobs[3].windows[0].end_s`.
    """

    path: str
    code: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path}: {self.code} ({self.detail})"


class InvalidDocument(ValueError):
    """A document that cannot be used; `faults` holds every reason, not only the first."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))

    @property
    def path(self) -> str:
        """Where the first fault stands."""
        return self.faults[0].path

    @property
    def code(self) -> str:
        """The code of the first fault."""
        return self.faults[0].code

    @property
    def detail(self) -> str:
        """The detail of the first fault."""
        return self.faults[0].detail


class InvalidProblem(InvalidDocument):
    """A problem that cannot be planned as it stands."""


class InvalidSolution(InvalidDocument):
    """A solution document that cannot be read against its problem."""
