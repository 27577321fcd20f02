"""Findings that travel as a code and its particulars: obstacles, changes."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Coded:
    """One finding; `code` is the name of the class in snake case, the fields are its detail."""

    code: ClassVar[str] = "coded"

    def __init_subclass__(cls, **kwargs: object) -> None:
        super(Coded, cls).__init_subclass__(**kwargs)
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __str__(self) -> str:
        detail = ", ".join(f"{name} {value}" for name, value in asdict(self).items())
        words = self.code.replace("_", " ")
        return f"{words} ({detail})" if detail else words
