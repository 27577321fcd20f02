"""What went wrong beside a plan that is good all the same: told by a code, without the error's text."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Failure:
    """`code` is the name of the error's class; `where` the file and line that raised it."""

    code: str
    where: str

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """The failure that an error stands for."""
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return cls(type(error).__name__, f"{Path(frame.filename).name}:{frame.lineno}")
