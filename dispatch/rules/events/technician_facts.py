"""Facts about technicians."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dispatch.rules.events.fact import Fact


@dataclass(frozen=True, kw_only=True)
class TechnicianFact(Fact):
    """Something about one technician."""

    technician_id: int


@dataclass(frozen=True, kw_only=True)
class TechnicianJoined(TechnicianFact):
    """There is a new technician."""

    territory_id: int


@dataclass(frozen=True, kw_only=True)
class TechnicianChanged(TechnicianFact):
    """Name, phone, home, contractor or skills are different now."""


@dataclass(frozen=True, kw_only=True)
class ShiftsChanged(TechnicianFact):
    """Shifts of these days (both included) were added, changed or taken away."""

    from_on: date
    until_on: date
