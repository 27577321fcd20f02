"""Facts about plans."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.rules.events.fact import Fact


@dataclass(frozen=True, kw_only=True)
class PlanFact(Fact):
    """Something about one plan of one territory."""

    plan_id: int
    territory_id: int


@dataclass(frozen=True, kw_only=True)
class PlanRequested(PlanFact):
    """Somebody or a rule wants a plan."""


@dataclass(frozen=True, kw_only=True)
class PlanDrafted(PlanFact):
    """Solved and checked: there is something to look at."""


@dataclass(frozen=True, kw_only=True)
class PlanPublished(PlanFact):
    """The plan's routes are the truth now, as far as the truth had not moved on."""

    added: int
    moved: int
    removed: int


@dataclass(frozen=True, kw_only=True)
class PlanRefused(PlanFact):
    """Publishing would lose a booking, a promise or a told window."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class PlanDiscarded(PlanFact):
    """Nobody wants it any more."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class PlanFailed(PlanFact):
    """No plan could be made."""

    reason: str
