"""Chance that is the same every time: each question has its own seeded answer.

What somebody does depends on the seed and on what it is about, never on how often or in what
order anybody has asked before. So a city that was stopped goes on as it would have.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Chances:
    """All chance of one city."""

    seed: int

    def of(self, *about: object) -> random.Random:
        """The chance that decides about this."""
        return random.Random("/".join(map(str, (self.seed, *about))))

    def happens(self, share: float, *about: object) -> bool:
        """Whether something happens that happens in this share of cases."""
        return self.of(*about).random() < share

    def pick(self, weights: Mapping[T, float], *about: object) -> T:
        """One of these, by weight."""
        return self.of(*about).choices(list(weights), weights=list(weights.values()))[0]

    def between(self, least: float, most: float, *about: object) -> timedelta:
        """Some minutes between these two."""
        return timedelta(minutes=round(self.of(*about).uniform(least, most), 2))

    def around(self, minutes: float, *about: object, spread: float = 0.5) -> timedelta:
        """Log-normal, with this median of minutes."""
        return timedelta(minutes=round(minutes * math.exp(self.of(*about).gauss(0, spread)), 2))
