"""Progress of a solve on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from notifications.wording import say
from web.terminal import err


class SolvingBar:
    """A bar that fills with the time a solve may take, on a terminal; nothing where the output is a file."""

    def __init__(self, territory: str, seconds: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=err,
            transient=True,
            disable=not sys.stderr.isatty() or "NO_PROGRESS" in os.environ,
        )
        self._task = self._progress.add_task(say("solving", territory=territory), total=seconds)

    def __enter__(self) -> Callable[[float], None]:
        self._progress.start()
        return lambda elapsed_s: self._progress.update(self._task, completed=elapsed_s)

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()
