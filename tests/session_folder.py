"""A folder that every process of one test run shares, and work done in it only once.

pytest-xdist runs the tests in several processes. What is costly and the same for all of
them (a migrated database, a PostgreSQL) is made by whichever needs it first; the others
wait for it and read its answer.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

Answer = dict[str, Any]

PREFIX = "punctual-tests-"
ROOM_NEEDED_BYTES = 1 << 30


@dataclass(frozen=True)
class SessionFolder:
    """The shared folder of one test run, and the process that made it and will remove it."""

    path: str
    owner_pid: int

    @classmethod
    def create(cls) -> SessionFolder:
        """A new, empty folder that other system users may enter (PostgreSQL runs as one).

        In memory where there is room: there, copying a PostgreSQL database takes a tenth
        of the time that it takes on a busy disk.
        """
        remove_left_over_folders()
        place = next((place for place in _places() if _is_suitable(place)), Path("/tmp"))
        path = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=place)
        Path(path).chmod(0o755)
        return cls(path, os.getpid())

    def once(self, name: str, make: Callable[[], Answer]) -> Answer:
        """What `make()` answered in the first process that asked for `name`.

        If `make` raises, nothing is kept and the next caller tries again.
        """
        with self.file(f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            answer = self.answered(name)
            if answer is None:
                answer = make()
                self.file(f"{name}.answer").write_text(json.dumps(answer), encoding="utf-8")
            return answer

    def answered(self, name: str) -> Answer | None:
        """The answer kept for `name`, or None if nobody has made it."""
        kept = self.file(f"{name}.answer")
        return json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else None

    def file(self, name: str) -> Path:
        """The path of something in the folder."""
        return Path(self.path) / name

    def remove(self) -> None:
        """Delete the folder and all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def remove_left_over_folders() -> None:
    """Delete the folders of runs that were killed: their names tell whose they were."""
    for place in _places():
        for folder in place.glob(f"{PREFIX}*-*"):
            owner = folder.name.removeprefix(PREFIX).split("-")[0]
            if owner.isdigit() and not psutil.pid_exists(int(owner)):
                shutil.rmtree(folder, ignore_errors=True)


def _places() -> list[Path]:
    return [Path("/dev/shm"), Path(tempfile.gettempdir()).resolve()]


def _is_suitable(place: Path) -> bool:
    if not os.access(place, os.W_OK) or shutil.disk_usage(place).free < ROOM_NEEDED_BYTES:
        return False
    return all(folder.stat().st_mode & 0o001 for folder in (place, *place.parents))
