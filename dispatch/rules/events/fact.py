"""What a fact is, and what it may hold."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from dispatch.errors import InvalidInput

CODE = re.compile(r"[a-z][a-z0-9_.:/-]{0,79}")


class NotACode(InvalidInput):
    """A fact holds something that is not an id, a code or a time."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something that has happened, at `occurred_at` (aware)."""

    kind: ClassVar[str]
    occurred_at: datetime

    def __init_subclass__(cls) -> None:
        cls.kind = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        FACTS[cls.kind] = cls


FACTS: dict[str, type[Fact]] = {}


def check_fact(fact: Fact) -> None:
    """Raise NotACode if `fact` holds anything but ids, codes and times."""
    for item in fields(fact):
        value = getattr(fact, item.name)
        if isinstance(value, datetime):
            allowed = value.tzinfo is not None
        elif isinstance(value, str) and not isinstance(value, StrEnum):
            allowed = CODE.fullmatch(value) is not None
        else:
            allowed = value is None or isinstance(value, int | date | StrEnum)
        if not allowed:
            raise NotACode(item.name, fact=fact.kind)
