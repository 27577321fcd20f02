"""A day in the field on SQLite, founded once and copied for each test; what locks or dies asks for `database`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.db import Database
from tests.field_day import FieldDay


@pytest.fixture(scope="session")
def founded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """The file of a world that is founded, and what its places are called."""
    file = tmp_path_factory.mktemp("founded") / "founded.sqlite3"
    shutil.copyfile(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    day = FieldDay.morning(database)
    database.dispose()
    return file, day.world.ids


@pytest.fixture
def day(founded: tuple[Path, dict[str, int]], tmp_path: Path) -> Iterator[FieldDay]:
    """DAY, on SQLite."""
    file, ids = founded
    database = Database(f"sqlite:///{shutil.copyfile(file, tmp_path / 'day.sqlite3')}")
    day = FieldDay.resumed(database)
    day.world.ids |= ids
    yield day
    database.dispose()
