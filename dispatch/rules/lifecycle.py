"""How a thing with a status may move: the mechanism; the tables are in `lifecycles.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from dispatch.errors import Refusal

S = TypeVar("S", bound=StrEnum)


class MoveRefused(Refusal):
    """The life cycle has no such step, or a condition of the step is not met."""


@dataclass(frozen=True)
class Move:
    """One allowed step: why it happens, what must be stated, and how long it stays open.

    `requires` names the facts that must accompany the step (such as `reason`); `within`
    bounds the time since the current status began; `correction` marks a step that only a
    later fact about the past may cause.
    """

    why: str
    requires: tuple[str, ...] = ()
    within: timedelta | None = None
    correction: bool = False


@dataclass(frozen=True)
class Lifecycle(Generic[S]):
    """The statuses of one kind of thing and every step between them."""

    name: str
    initial: S
    moves: Mapping[tuple[S, S], Move] = field(hash=False)

    @property
    def statuses(self) -> tuple[S, ...]:
        """All statuses in the order in which they are declared."""
        return tuple(type(self.initial))

    @property
    def finals(self) -> frozenset[S]:
        """Statuses that nothing leaves."""
        return frozenset(self.statuses) - {start for start, _ in self.moves}

    def after(self, status: S) -> tuple[S, ...]:
        """Where `status` may go next, in table order."""
        return tuple(end for start, end in self.moves if start == status)

    def check(
        self,
        start: S,
        end: S,
        *,
        at: datetime,
        since: datetime,
        stated: frozenset[str] = frozenset(),
    ) -> Move:
        """The step from `start` to `end`; raises MoveRefused naming what is wrong.

        `at` is when the step happens and `since` when `start` began, both aware instants.
        """
        move = self.moves.get((start, end))
        if move is None:
            raise MoveRefused("status", thing=self.name, start=start, end=end, allowed=self.after(start))
        missing = [name for name in move.requires if name not in stated]
        if missing:
            raise MoveRefused(missing[0], thing=self.name, start=start, end=end, missing=missing)
        if move.within is not None and at - since > move.within:
            raise MoveRefused("at", thing=self.name, start=start, end=end, within_s=move.within.total_seconds())
        return move
