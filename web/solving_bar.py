"""Progress of solves on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from notifications.wording import say
from web.terminal import err


class SolvingBars:
    """A bar for each solve under way, which fills with the time it may take; nothing where the output is a file."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=err,
            transient=True,
            disable=not sys.stderr.isatty() or "NO_PROGRESS" in os.environ,
        )

    def __enter__(self) -> SolvingBars:
        self._progress.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()

    def of(self, territory: str) -> SolvingBar:
        """A bar below those before it."""
        title = say("solving", territory=territory)
        return SolvingBar(self._progress, self._progress.add_task(title, total=self._seconds, visible=False))

    @contextmanager
    def away(self) -> Iterator[None]:
        """No bar is in the way of what is printed."""
        self._progress.stop()
        yield
        self._progress.start()


@dataclass(frozen=True)
class SolvingBar:
    """The bar of one solve, seen while it is entered."""

    progress: Progress
    task: TaskID

    def __enter__(self) -> Callable[[float], None]:
        self.progress.reset(self.task, visible=True)
        return lambda elapsed_s: self.progress.update(self.task, completed=elapsed_s)

    def __exit__(self, *_error: object) -> None:
        self.progress.update(self.task, visible=False)
