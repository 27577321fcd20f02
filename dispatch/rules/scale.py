"""What a broken promise is worth, on the published scale (R36)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from dispatch.rules.vocabulary import BreakCause


class Per(StrEnum):
    """How often the amount is owed."""

    ONCE = "once"
    DAY_BEGUN = "day_begun"
    CALENDAR_DAY = "calendar_day"


@dataclass(frozen=True)
class Scale:
    """So much, so often, at most so much, for these causes; amounts in minor units."""

    amount_minor: int
    currency: str
    per: Per
    causes: frozenset[BreakCause]
    most_minor: int | None = None

    @property
    def most_steps(self) -> int:
        """How many times the amount can be owed; the last may be a part of it."""
        if self.per is Per.ONCE:
            return 1
        return 10_000 if self.most_minor is None else -(-self.most_minor // self.amount_minor)

    def step_amount(self, step: int) -> int:
        """What step number `step` (from 1) adds: the amount, or what is left below the most."""
        if self.most_minor is None:
            return self.amount_minor
        return max(0, min(self.amount_minor, self.most_minor - (step - 1) * self.amount_minor))

    def step_at(self, due_at: datetime, step: int, zone: ZoneInfo) -> datetime:
        """The instant from which step number `step` is owed: each day begun counts in full."""
        if self.per is Per.CALENDAR_DAY:
            first = due_at.astimezone(zone)
            midnight = first.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
            return due_at if step == 1 else (midnight + timedelta(days=step - 1)).astimezone(due_at.tzinfo)
        return due_at + timedelta(days=step - 1)

    def steps_owed(self, due_at: datetime, until: datetime, zone: ZoneInfo) -> int:
        """How many steps have begun by `until`, lateness having begun at `due_at`."""
        step = 0
        while step < self.most_steps and self.step_at(due_at, step + 1, zone) < until:
            step += 1
        return step


def owed_steps(
    scale: Scale | None,
    cause: BreakCause | None,
    due_at: datetime,
    until: datetime,
    zone: ZoneInfo,
) -> int:
    """Steps of `scale` owed for a promise broken by `cause`; at least one once it is broken."""
    if scale is None or cause not in scale.causes:
        return 0
    return max(1, scale.steps_owed(due_at, until, zone))
