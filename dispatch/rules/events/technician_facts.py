"""Facts about technicians."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dispatch.rules.events.fact import Fact
from dispatch.rules.vocabulary import DisruptionKind


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


@dataclass(frozen=True, kw_only=True)
class DisruptionFact(Fact):
    """Something about one disruption of one territory's day."""

    disruption_id: int
    territory_id: int


@dataclass(frozen=True, kw_only=True)
class DisruptionReported(DisruptionFact):
    """The day cannot go on as planned."""

    disruption_kind: DisruptionKind
    technician_id: int | None = None
    visit_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class DisruptionUndecided(DisruptionFact):
    """No repair may be published by rule: somebody decides."""

    reason: str
    case_id: int


@dataclass(frozen=True, kw_only=True)
class DisruptionSettled(DisruptionFact):
    """Repaired, by rule or by somebody's decision, or there was nothing to repair."""

    reason: str
    plan_id: int | None = None
