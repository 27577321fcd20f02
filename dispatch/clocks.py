"""Two clocks, both injected: nothing else in the product asks what time it is.

The *machine clock* is real: leases, retries, rate limits, sessions, holds. The *business
clock* is what promises, shifts and contact hours run on; in a demo or a simulation it may
be another time, faster. Leases never run on business time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from dispatch.models import BusinessClock


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """The current instant, in UTC."""


class MachineClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """The current instant, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """Always the same instant, such as one given by `--now`."""

    at: datetime

    def now(self) -> datetime:
        """The fixed instant."""
        return self.at.astimezone(UTC)


@dataclass(frozen=True)
class RatedClock:
    """A clock that showed `epoch_business_at` at machine time `epoch_machine_at` and runs at a rate."""

    machine: Clock
    epoch_machine_at: datetime
    epoch_business_at: datetime
    rate_permille: int

    def now(self) -> datetime:
        """The business time, in UTC."""
        passed: timedelta = self.machine.now() - self.epoch_machine_at
        return (self.epoch_business_at + passed * self.rate_permille / 1000).astimezone(UTC)


def business_clock(session: Session, machine: Clock) -> Clock:
    """The business clock that all processes share: the stored one, else the machine's."""
    row = session.get(BusinessClock, 1)
    if row is None:
        return machine
    return RatedClock(machine, row.epoch_machine_at, row.epoch_business_at, row.rate_permille)
