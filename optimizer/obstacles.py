"""Why a job is not in a plan: each obstacle a small class with a code and its particulars."""

from __future__ import annotations

from dataclasses import dataclass

from optimizer.coded import Coded
from optimizer.problem import Window


@dataclass(frozen=True, slots=True)
class Obstacle(Coded):
    """One reason; `code` is the name of the class in snake case, the fields are its detail."""


@dataclass(frozen=True, slots=True)
class NobodyWorks(Obstacle):
    """There is no shift at all on the days that are planned."""


@dataclass(frozen=True, slots=True)
class MissingSkill(Obstacle):
    """No technician has the skill at this level or above."""

    skill: str
    level: int


@dataclass(frozen=True, slots=True)
class ExpiredSkill(Obstacle):
    """Technicians have had the skill, but on no shift is the certificate still good."""

    skill: str
    level: int


@dataclass(frozen=True, slots=True)
class NoTechnicianHasAll(Obstacle):
    """Each skill is there, but no one technician has all of them."""

    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllForbidden(Obstacle):
    """Everyone who has the skills is forbidden here, or the pin names somebody else."""

    technicians: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MissingPart(Obstacle):
    """No van of the technicians who could go carries enough of the part, not even in the morning."""

    part: str
    quantity: int


@dataclass(frozen=True, slots=True)
class NoShiftCovers(Obstacle):
    """No shift of the technicians who could go can serve the job in this window, even with nothing else to do."""

    window: Window


@dataclass(frozen=True, slots=True)
class NoRoomInRoutes(Obstacle):
    """It would fit an empty day of each of these technicians, but not their routes as they stand."""

    technicians: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CostsMoreThanItIsWorth(Obstacle):
    """It fits, but the cheapest place costs more than leaving the job out."""

    technician: str
    insertion_ms: int
    leaving_out_ms: int
